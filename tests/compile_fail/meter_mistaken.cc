// A counter only grows; what goes down is a gauge.
// Refused by: g++, "has no member named .subtract."
#include "base/meters.h"

constexpr weft::base::MeterInfo kOpen{"weft_open", "Open now"};

void leave(weft::base::MeterGroup& meters) {
#ifdef WEFT_MISUSE
  meters.counter(kOpen).subtract();
#else
  meters.gauge(kOpen).subtract();
#endif
}
