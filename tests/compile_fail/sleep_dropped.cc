// A wait that nobody awaits does not happen.
// Refused by: g++, "ignoring returned value of type .*Sleep.*nodiscard"
#include "io/loop.h"

using namespace std::chrono_literals;

weft::io::Task<void> pause(weft::io::Loop* loop) {
#ifdef WEFT_MISUSE
  loop->sleep_for(1s);
  co_return;
#else
  weft::base::ignore(co_await loop->sleep_for(1s), "nobody cancels it");
#endif
}
