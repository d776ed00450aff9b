// Response heads: the scalar twin agrees, cuts change nothing, the body's kind follows the rules.
#include "fuzz.h"
#include "wire/http1.h"

#include <string>

namespace {

using namespace weft;
using wire::BodyKind;
using wire::Method;
using wire::ResponseHead;

constexpr wire::HeadLimits kLimits{.head_bytes = 4096, .header_count = 40, .uri_bytes = 512};

bool same_meaning(const ResponseHead& a, const ResponseHead& b) {
  if (a.headers.size() != b.headers.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.headers.size(); ++i) {
    if (a.headers[i].name != b.headers[i].name || a.headers[i].value != b.headers[i].value) {
      return false;
    }
  }
  return a.status == b.status && a.reason == b.reason && a.version_minor == b.version_minor &&
         a.framing.body == b.framing.body && a.framing.keep_alive == b.framing.keep_alive &&
         a.framing.content_length == b.framing.content_length &&
         a.is_informational == b.is_informational;
}

void check_head(const ResponseHead& head, Method method, std::string_view input) {
  WEFT_ASSERT(head.bytes <= input.size() && head.bytes <= kLimits.head_bytes);
  WEFT_ASSERT(head.status >= 100 && head.status <= 999);
  WEFT_ASSERT(fuzz::is_within(head.reason, input) && wire::is_field_value(head.reason));
  const bool has_no_body =
      method == Method::kHead || head.status < 200 || head.status == 204 || head.status == 304;
  WEFT_ASSERT(!has_no_body || head.framing.body == BodyKind::kNone);
  WEFT_ASSERT(head.framing.body != BodyKind::kUntilClose || !head.framing.keep_alive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ResponseHead fast;
  static ResponseHead plain;
  std::string_view input = fuzz::as_text(data, size);
  const std::size_t choice = fuzz::take_choice(input, 256);
  const auto method = static_cast<Method>(fuzz::take_choice(input, 10));

  const auto a = wire::parse_response_head(input, method, kLimits, fast);
  const auto b = wire::parse_response_head_scalar(input, method, kLimits, plain);
  WEFT_ASSERT(a.has_value() == b.has_value());
  WEFT_ASSERT(a ? *a == *b : a.error().what == b.error().what);
  if (a && *a > 0) {
    WEFT_ASSERT(same_meaning(fast, plain));
    check_head(fast, method, input);
  }
  const std::size_t cut = input.size() * choice / 256;
  const auto part = wire::parse_response_head(input.substr(0, cut), method, kLimits, plain);
  if (!part) {
    WEFT_ASSERT(!a && part.error().what == a.error().what);
  } else if (*part > 0) {
    WEFT_ASSERT(a && *a == *part);
  } else {
    const auto rest = wire::parse_response_head(input, method, kLimits, plain, cut);
    WEFT_ASSERT(!a || *a == 0 || (rest && *rest == *a));
    WEFT_ASSERT(rest || !a);
  }
  return 0;
}
