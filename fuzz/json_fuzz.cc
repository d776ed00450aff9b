// JSON: what is read is written as a text that reads back as one that is written the same (a number
// beyond a double's range becomes null), and stays within the limits.
#include "base/json.h"
#include "base/text.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const std::string_view text = fuzz::as_text(data, size);
  const auto value = base::parse_json(text, {.bytes = 4096, .depth = 8});
  if (value) {
    WEFT_ASSERT(size <= 4096);
    for (const auto layout : {base::JsonLayout::kCompact, base::JsonLayout::kIndented}) {
      const std::string written = base::write_json(*value, layout);
      const auto again = base::parse_json(written);
      WEFT_ASSERT(again.has_value());
      WEFT_ASSERT(base::write_json(*again, layout) == written);
    }
  }
  if (base::is_utf8(text)) {
    std::string quoted;
    base::append_json_string(quoted, text);
    const auto again = base::parse_json(quoted);
    WEFT_ASSERT(again && again->is_string() && std::string_view(again->get_string()) == text);
  }
  return 0;
}
