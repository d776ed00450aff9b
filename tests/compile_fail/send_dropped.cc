// Bytes are sent by awaiting, not by calling.
// Refused by: g++, "ignoring returned value of type .*SendOperation.*nodiscard"
#include "io/socket.h"

weft::io::Task<void> greet(weft::io::Socket* socket, weft::base::MonoTime deadline) {
#ifdef WEFT_MISUSE
  socket->send("hello", deadline);
  co_return;
#else
  weft::base::ignore(co_await socket->send("hello", deadline), "nobody may be left to hear it");
#endif
}
