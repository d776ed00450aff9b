// Moments: what is read is written in a form that reads back as the same.
#include "base/moment.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const base::WallTime now{base::Seconds(1'769'870'000)};
  const auto moment = base::parse_moment(fuzz::as_text(data, size), now);
  if (moment) {
    const std::string text = base::format_moment(*moment);
    const auto again = base::parse_moment(text, now);
    WEFT_ASSERT(again.has_value());
    WEFT_ASSERT(base::format_moment(*again) == text);
    WEFT_ASSERT(again->index == moment->index);
  }
  return 0;
}
