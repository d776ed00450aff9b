// A snapshot that is out is read by every loop at once: nobody changes it.
// Refused by: g++, "read-only object"
#include "proxy/route_index.h"

void touch(const weft::proxy::RouteIndex& index) {
#ifdef WEFT_MISUSE
  index.snapshot().index = 1;
#else
  weft::model::Snapshot next = index.snapshot();
  next.index = 1;
#endif
}
