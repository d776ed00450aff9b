#include "io/socket.h"

namespace weft::io {

ConnectOperation::ConnectOperation(Loop& on, const base::SocketAddress& to, base::MonoTime until)
    : LeafOperation(on, nullptr, OpKind::kConnect, until),
      target_(to),
      opened(on.driver().open_stream(to)) {
  address = &target_;
  if (opened) {
    channel = *opened;
    socket_ = Socket(on, channel);
  }
}

base::Result<Socket> ConnectOperation::await_resume() {
  if (opened && result >= 0) {
    return std::move(socket_);
  }
  base::Error error = opened ? failure("connect") : opened.error();
  error.side = base::Side::kBackend;
  error.retry = base::Retry::kSafe;  // no byte of a request was sent
  return base::fail(error);
}

base::Result<Listener> listen(Loop& loop, const base::SocketAddress& address,
                              const ListenOptions& options) {
  WEFT_TRY(Channel * channel, loop.driver().listen(address, options));
  return Listener(loop, channel);
}

}  // namespace weft::io
