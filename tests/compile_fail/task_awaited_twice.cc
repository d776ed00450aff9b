// A task runs once: awaiting gives it away.
// Refused by: g++, "discards qualifiers"
#include "io/task.h"

using weft::io::Task;

Task<int> wait_for(Task<int> task) {
#ifdef WEFT_MISUSE
  co_return co_await task;
#else
  co_return co_await std::move(task);
#endif
}
