// JSON: what is read is written as a text that reads back equal, and stays within the limits.
#include "base/json.h"
#include "base/text.h"
#include "fuzz.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace weft;

// Boost.JSON 1.81 reads numbers of many digits with an error of some units in the last place, and
// one beyond a double's range as infinity, which is written as null.
bool same_number(double a, const json::value& b) {
  if (!std::isfinite(a)) {
    return b.is_null();
  }
  return b.is_double() &&
         (a == b.get_double() || std::abs(a - b.get_double()) <= std::abs(a) * 1e-15 ||
          !std::isfinite(b.get_double()) || std::abs(a) < 1e-300);
}

bool same(const json::value& a, const json::value& b) {
  if (a.is_double()) {
    return same_number(a.get_double(), b);
  }
  if (a.is_array() && b.is_array()) {
    return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(),
                      b.get_array().end(), same);
  }
  if (a.is_object() && b.is_object()) {
    return std::equal(a.get_object().begin(), a.get_object().end(), b.get_object().begin(),
                      b.get_object().end(), [](const auto& left, const auto& right) {
                        return left.key() == right.key() && same(left.value(), right.value());
                      });
  }
  return a == b;
}

// Bytes that somebody chose are a string on one line, and to memory the same within its room.
void check_bytes(std::string_view bytes) {
  std::string quoted;
  base::append_json_bytes(quoted, bytes);
  const auto read = base::parse_json(quoted, {.bytes = quoted.size()});
  WEFT_ASSERT(read && read->is_string());
  WEFT_ASSERT(quoted.find('\n') == std::string::npos);
  std::vector<char> room(base::json_bytes_max(bytes.size()));
  const char* end = base::write_json_bytes(room.data(), bytes);
  WEFT_ASSERT(quoted == std::string_view(room.data(), static_cast<std::size_t>(end - room.data())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const auto value = base::parse_json(text, {.bytes = 4096, .depth = 8});
  if (value) {
    WEFT_ASSERT(size <= 4096);
    for (const auto layout : {base::JsonLayout::kCompact, base::JsonLayout::kIndented}) {
      const auto again = base::parse_json(base::write_json(*value, layout));
      WEFT_ASSERT(again.has_value());
      WEFT_ASSERT(same(*value, *again));
    }
  }
  check_bytes(text);
  if (base::is_utf8(text)) {
    std::string quoted;
    base::append_json_string(quoted, text);
    const auto again = base::parse_json(quoted);
    WEFT_ASSERT(again && again->is_string() && std::string_view(again->get_string()) == text);
  }
  return 0;
}
