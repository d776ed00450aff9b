// A duration has a unit.
// Refused by: g++, "no match for .operator="
#include "http/server_connection.h"

void set(weft::http::ConnectionOptions& options) {
#ifdef WEFT_MISUSE
  options.idle_timeout = 60;
#else
  options.idle_timeout = weft::base::Seconds(60);
#endif
}
