// Durations: what is read is written in a form that reads back equal.
#include "base/time.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const auto duration = base::parse_duration(fuzz::as_text(data, size));
  if (duration) {
    WEFT_ASSERT(duration->count() >= 0);
    const auto again = base::parse_duration(base::format_duration(*duration));
    WEFT_ASSERT(again.has_value());
    WEFT_ASSERT(*again == *duration);
  }
  return 0;
}
