// gzip: any bytes are unpacked within the limit or refused; what is packed is unpacked as it was.
#include "fuzz.h"
#include "wire/gzip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  constexpr std::size_t kMost = 1024 * 1024;
  const std::string_view bytes = fuzz::as_text(data, size);
  if (const auto text = wire::gunzip(bytes, kMost)) {
    WEFT_ASSERT(text->size() <= kMost);
  }
  const auto again = wire::gunzip(wire::gzip(bytes), size);
  WEFT_ASSERT(again && *again == bytes);
  return 0;
}
