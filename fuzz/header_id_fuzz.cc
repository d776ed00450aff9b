// Field names: an id is given exactly to the names that are equal but for letter case.
#include "base/text.h"
#include "fuzz.h"
#include "wire/header_id.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const std::string_view name = fuzz::as_text(data, size);
  wire::HeaderId expected = wire::HeaderId::kOther;
  for (std::size_t i = 1; i < wire::kHeaderIdCount; ++i) {
    const auto id = static_cast<wire::HeaderId>(i);
    if (base::iequals(wire::header_name(id), name)) {
      expected = id;
    }
  }
  WEFT_ASSERT(wire::header_id(name) == expected);
  return 0;
}
