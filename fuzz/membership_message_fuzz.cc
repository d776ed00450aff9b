// What another node told over the database: anything is read or refused, and what is read is
// written the same again.
#include "base/check.h"
#include "membership/message.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view word(reinterpret_cast<const char*>(data), size);
  const auto message = weft::membership::decode_message(word);
  if (message) {
    const auto again = weft::membership::decode_message(weft::membership::encode(*message));
    WEFT_ASSERT(again && *again == *message);
  }
  return 0;
}
