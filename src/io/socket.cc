#include "io/socket.h"

namespace weft::io {

ConnectOperation::ConnectOperation(Loop& on, const base::SocketAddress& to, base::MonoTime until)
    : LeafOperation(on, nullptr, OpKind::kConnect, until),
      target_(to),
      opened_(on.driver().open_stream(to)) {
  address = &target_;
  if (opened_) {
    channel = *opened_;
    socket_ = Socket(on, channel);
  }
}

base::Result<Socket> ConnectOperation::await_resume() {
  if (opened_ && result >= 0) {
    return std::move(socket_);
  }
  base::Error error = opened_ ? failure("connect") : opened_.error();
  error.side = base::Side::kBackend;
  error.retry = base::Retry::kSafe;  // no byte of a request was sent
  return base::fail(error);
}

void Socket::cancel_recv() {
  if (channel_ != nullptr && channel_->reader != nullptr) {
    loop_->driver().cancel(*channel_->reader);
  }
}

void Socket::cancel_waits() {
  cancel_recv();
  // The reader's task may have closed the socket.
  if (channel_ != nullptr && channel_->writer != nullptr) {
    loop_->driver().cancel(*channel_->writer);
  }
}

base::Result<Listener> listen(Loop& loop, const base::SocketAddress& address,
                              const ListenOptions& options) {
  WEFT_TRY(Channel * channel, loop.driver().listen(address, options));
  return Listener(loop, channel);
}

base::Result<Listener> adopt_listener(Loop& loop, UniqueFd descriptor) {
  WEFT_TRY(Channel * channel, loop.driver().adopt_listener(std::move(descriptor)));
  return Listener(loop, channel);
}

}  // namespace weft::io
