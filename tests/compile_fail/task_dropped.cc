// A task that nobody awaits never starts.
// Refused by: g++, "ignoring returned value of type .*Task.*nodiscard"
#include "io/task.h"

using weft::io::Task;

Task<void> work() { co_return; }

Task<void> begin() {
#ifdef WEFT_MISUSE
  work();
#else
  co_await work();
#endif
  co_return;
}
