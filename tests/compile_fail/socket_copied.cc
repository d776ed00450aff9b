// A socket has one owner: it moves and is never copied.
// Refused by: g++, "use of deleted function"
#include "io/socket.h"

using weft::io::Socket;

Socket pass_on(Socket socket) {
#ifdef WEFT_MISUSE
  Socket copy = socket;
#else
  Socket copy = std::move(socket);
#endif
  return copy;
}
