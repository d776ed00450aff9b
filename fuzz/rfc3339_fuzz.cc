// Times: what is read is written in a form that reads back equal to the microsecond.
#include "base/time.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const auto time = base::parse_rfc3339(fuzz::as_text(data, size));
  if (time) {
    const auto again = base::parse_rfc3339(base::format_rfc3339(*time));
    WEFT_ASSERT(again.has_value());
    WEFT_ASSERT(*again == std::chrono::floor<base::Micros>(*time));
  }
  return 0;
}
