// Request heads: the scalar twin agrees, cuts change nothing, views stay inside, and what was
// understood is understood again when it is written out.
#include "base/text.h"
#include "fuzz.h"
#include "wire/http1.h"

#include <string>

namespace {

using namespace weft;
using wire::Header;
using wire::RequestHead;

constexpr wire::HeadLimits kLimits{.head_bytes = 4096, .header_count = 40, .uri_bytes = 512};

bool same_fields(const wire::HeaderList& a, const wire::HeaderList& b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].value != b[i].value || a[i].id != b[i].id) {
      return false;
    }
  }
  return true;
}

bool same_meaning(const RequestHead& a, const RequestHead& b) {
  return a.method == b.method && a.method_text == b.method_text && a.target == b.target &&
         a.path == b.path && a.query == b.query && a.has_query == b.has_query &&
         a.authority == b.authority && a.scheme == b.scheme && a.form == b.form &&
         a.version_minor == b.version_minor && a.framing.body == b.framing.body &&
         a.framing.content_length == b.framing.content_length &&
         a.framing.keep_alive == b.framing.keep_alive && a.framing.upgrade == b.framing.upgrade &&
         a.expect_continue == b.expect_continue && same_fields(a.headers, b.headers);
}

void check_head(const RequestHead& head, std::string_view input) {
  WEFT_ASSERT(head.bytes <= input.size() && head.bytes <= kLimits.head_bytes);
  WEFT_ASSERT(head.headers.size() <= kLimits.header_count);
  WEFT_ASSERT(head.target.size() <= kLimits.uri_bytes);
  WEFT_ASSERT(fuzz::is_within(head.target, input) && fuzz::is_within(head.authority, input));
  WEFT_ASSERT(wire::is_token(head.method_text));
  WEFT_ASSERT(head.version_minor == 0 || wire::is_authority(head.authority));
  WEFT_ASSERT(head.framing.body != wire::BodyKind::kUntilClose);
  for (const Header& header : head.headers) {
    WEFT_ASSERT(wire::is_token(header.name) && wire::is_field_value(header.value));
    WEFT_ASSERT(fuzz::is_within(header.name, input) && fuzz::is_within(header.value, input));
    WEFT_ASSERT(header.id == wire::header_id(header.name));
    WEFT_ASSERT(head.headers.find(header.name) != nullptr);
  }
}

std::string encode(const RequestHead& head) {
  std::string out = std::string(head.method_text) + " " + std::string(head.target) + " HTTP/1." +
                    std::to_string(head.version_minor) + "\r\n";
  for (const Header& header : head.headers) {
    out += std::string(header.name) + ": " + std::string(header.value) + "\r\n";
  }
  return out + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static RequestHead fast;
  static RequestHead plain;
  std::string_view input = fuzz::as_text(data, size);
  const std::size_t choice = fuzz::take_choice(input, 256);

  const auto a = wire::parse_request_head(input, kLimits, fast);
  const auto b = wire::parse_request_head_scalar(input, kLimits, plain);
  WEFT_ASSERT(a.has_value() == b.has_value());
  WEFT_ASSERT(a ? *a == *b : a.error().what == b.error().what && a.error() == b.error());
  if (a && *a > 0) {
    WEFT_ASSERT(same_meaning(fast, plain));
    check_head(fast, input);
    const std::string again = encode(fast);
    const auto c = wire::parse_request_head(again, {}, plain);
    WEFT_ASSERT(c && *c == again.size() && same_meaning(fast, plain));
  }

  // A cut: the part is refused only with the error of the whole; the whole, told what was seen,
  // ends as it did at once.
  const std::size_t cut = input.size() * choice / 256;
  const auto part = wire::parse_request_head(input.substr(0, cut), kLimits, plain);
  if (!part) {
    WEFT_ASSERT(!a && part.error().what == a.error().what);
  } else if (*part > 0) {
    WEFT_ASSERT(a && *a == *part);
  } else {
    const auto rest = wire::parse_request_head(input, kLimits, plain, cut);
    WEFT_ASSERT(rest ? *rest == 0 || (a && *a == *rest) : !a);
    WEFT_ASSERT(!a || *a == 0 || (rest && *rest == *a));
  }
  return 0;
}
