// Hex, base64 and percent escapes: there and back; UTF-8 in pieces as in one.
#include "base/text.h"
#include "fuzz.h"
#include "wire/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const std::string_view text = fuzz::as_text(data, size);
  WEFT_ASSERT(base::from_hex(base::to_hex(text)) == text);
  WEFT_ASSERT(base::from_base64(base::to_base64(text)) == text);
  WEFT_ASSERT(base::percent_decode(base::percent_encode(text)) == text);
  if (const auto bytes = base::from_hex(text)) {
    WEFT_ASSERT(base::iequals(base::to_hex(*bytes), text));
  }
  if (const auto bytes = base::from_base64(text)) {
    WEFT_ASSERT(bytes->size() <= text.size());
  }
  if (const auto plain = base::percent_decode(text)) {
    WEFT_ASSERT(plain->size() <= text.size());
  }
  wire::Utf8Checker checker;
  const std::size_t middle = size / 2;
  const bool valid = checker.feed(text.substr(0, middle)) && checker.feed(text.substr(middle)) &&
                     checker.is_complete();
  WEFT_ASSERT(valid == base::is_utf8(text));
  return 0;
}
