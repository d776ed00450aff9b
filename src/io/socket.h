// Sockets as coroutines see them: every wait is one awaitable leaf with a deadline.
//
//   WEFT_CO_TRY(auto listener, io::listen(loop, address, {}));
//   WEFT_CO_TRY(io::Socket client, co_await listener.accept());
//   WEFT_CO_TRY(std::size_t count, co_await client.recv_pooled(buffer, loop.now() + 30s));
//   WEFT_CO_TRY_VOID(co_await client.send(answer, loop.now() + 30s));
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "io/driver.h"
#include "io/loop.h"

#include <span>
#include <string_view>

namespace weft::io {

class SealedBytes;

// The common half of every leaf: start, wait, turn errno into an Error.
// Lifetime: lives in the awaiting frame.
struct LeafOperation : Operation {
  using Operation::Operation;

  bool await_ready() noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> waiting) {
    return loop->begin(*this, waiting, waiting.promise().context);
  }

 protected:
  ~LeafOperation() = default;
  base::Error failure(const char* what) const {
    if (timed_out) {
      return base::Error{base::Code::kTimeout, base::Side::kSelf, base::Retry::kNever, 0, what};
    }
    return base::error_from_errno(static_cast<int>(-result), what);
  }
  base::Result<void> outcome(const char* what) const {
    if (result < 0) {
      return base::fail(failure(what));
    }
    return {};
  }
};

struct [[nodiscard]] RecvOperation final : LeafOperation {
  RecvOperation(Loop& on, Channel* from, std::span<char> into, base::MonoTime until)
      : LeafOperation(on, from, OpKind::kRecv, until) {
    data = into.data();
    bytes = into.size();
  }
  RecvOperation(Loop& on, Channel* from, Buffer& into, base::MonoTime until)
      : LeafOperation(on, from, OpKind::kRecvPooled, until) {
    buffer = &into;
  }
  // Returns: bytes received, 0 at the end of the stream.
  base::Result<std::size_t> await_resume() const {
    if (result < 0) {
      return base::fail(failure("receive"));
    }
    return static_cast<std::size_t>(result);
  }
};

struct [[nodiscard]] SendOperation final : LeafOperation {
  SendOperation(Loop& on, Channel* to, std::string_view from, base::MonoTime until)
      : LeafOperation(on, to, OpKind::kSend, until) {
    data = const_cast<char*>(from.data());
    bytes = from.size();
  }
  // Nothing can have been processed when the peer had gone before it was given a byte: kSafe then.
  base::Result<void> await_resume() const {
    auto sent = outcome("send");
    if (!sent && done == 0 && sent.error().retry == base::Retry::kIfReused) {
      sent.error().retry = base::Retry::kSafe;
    }
    return sent;
  }
};

// One connected stream; closes it when destroyed. No operation may wait then; one that starts on a
// closed socket ends with kCancelled.
// Thread: its loop.
class Socket final {
 public:
  Socket() = default;
  Socket(Loop& loop, Channel* channel) : loop_(&loop), channel_(channel) {}
  Socket(Socket&& other) noexcept
      : loop_(other.loop_), channel_(std::exchange(other.channel_, nullptr)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      close();
      loop_ = other.loop_;
      channel_ = std::exchange(other.channel_, nullptr);
    }
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  explicit operator bool() const { return channel_ != nullptr; }

  // Errors: kTimeout, kReset, kCancelled, kIo.
  RecvOperation recv(std::span<char> into, base::MonoTime deadline) {
    return {*loop_, channel_, into, deadline};
  }
  // Waits without holding memory; `into` is empty before and holds a pooled buffer with the bytes
  // after (no buffer at the end of the stream).
  RecvOperation recv_pooled(Buffer& into, base::MonoTime deadline) {
    return {*loop_, channel_, into, deadline};
  }
  // Sends all bytes or fails. `bytes` is borrowed until the await ends.
  SendOperation send(std::string_view bytes, base::MonoTime deadline) {
    return {*loop_, channel_, bytes, deadline};
  }

  // Passes on as much of both as is taken at once, without a copy of `rest`; never waits. What is
  // left is for send(), which also says what went wrong. Not while another send waits.
  // Returns: bytes taken, of `head` first; 0 where there is no such way.
  std::size_t pass(std::string_view head, const SealedBytes& rest);

  // Cuts short whatever waits on this stream, with kCancelled; used by whoever ends a conversation
  // that another task has with it.
  void cancel_waits();
  void cancel_recv();
  // Says to the peer that nothing more comes; reading goes on.
  void shutdown_write() { loop_->driver().shutdown_write(*channel_); }
  // Certainly unusable as an idle pooled stream?
  bool is_stale() const { return loop_->driver().is_stale(*channel_); }
  // The peer has ended the stream, or broken it; false when nothing is known.
  bool peer_has_left() const { return loop_->driver().has_left(*channel_); }
  base::SocketAddress local_address() const { return loop_->driver().local_address(*channel_); }
  Loop& loop() const { return *loop_; }
  void close() {
    if (channel_ != nullptr) {
      loop_->driver().close(*std::exchange(channel_, nullptr));
    }
  }

 private:
  Loop* loop_ = nullptr;
  Channel* channel_ = nullptr;
};

struct [[nodiscard]] ConnectOperation final : LeafOperation {
  ConnectOperation(Loop& on, const base::SocketAddress& to, base::MonoTime until);

  bool await_ready() noexcept { return !opened_; }
  base::Result<Socket> await_resume();

 private:
  base::SocketAddress target_;
  base::Result<Channel*> opened_;
  Socket socket_;
};

// `co_await connect(loop, address, deadline)`: Result<Socket>.
// Errors: kRefused, kUnreachable, kTimeout, kNoSpace, kCancelled; all Retry::kSafe.
inline ConnectOperation connect(Loop& loop, const base::SocketAddress& address,
                                base::MonoTime deadline) {
  return {loop, address, deadline};
}

struct Accepted {
  Socket socket;
  base::SocketAddress peer;
};

struct [[nodiscard]] AcceptOperation final : LeafOperation {
  AcceptOperation(Loop& on, Channel* listener, base::MonoTime until)
      : LeafOperation(on, listener, OpKind::kAccept, until) {
    peer = &from_;
  }
  base::Result<Accepted> await_resume() {
    if (result < 0) {
      return base::fail(failure("accept"));
    }
    return Accepted{Socket(*loop, accepted), std::move(from_)};
  }

 private:
  base::SocketAddress from_;
};

// A bound listening socket. Thread: its loop.
class Listener final {
 public:
  Listener() = default;
  Listener(Loop& loop, Channel* channel) : loop_(&loop), channel_(channel) {}
  Listener(Listener&& other) noexcept
      : loop_(other.loop_), channel_(std::exchange(other.channel_, nullptr)) {}
  Listener& operator=(Listener&& other) noexcept {
    if (this != &other) {
      close();
      loop_ = other.loop_;
      channel_ = std::exchange(other.channel_, nullptr);
    }
    return *this;
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(); }

  explicit operator bool() const { return channel_ != nullptr; }
  // Errors: kNoSpace (out of descriptors: pause before trying again), kTimeout, kCancelled, kIo.
  AcceptOperation accept(base::MonoTime deadline = base::kNever) {
    return {*loop_, channel_, deadline};
  }
  base::SocketAddress local_address() const { return loop_->driver().local_address(*channel_); }
  // By which another process may be given it. Lifetime: until close().
  int descriptor() const { return channel_->fd; }
  void close() {
    if (channel_ != nullptr) {
      loop_->driver().close(*std::exchange(channel_, nullptr));
    }
  }

 private:
  Loop* loop_ = nullptr;
  Channel* channel_ = nullptr;
};

// Errors: kAddressInUse, kForbidden, kNoSpace, kIo.
base::Result<Listener> listen(Loop& loop, const base::SocketAddress& address,
                              const ListenOptions& options);
// A listener that another process had, with whoever waits in its queue.
// Errors: kInvalid, kNoSpace, kIo, kUnsupported; see Driver::adopt_listener().
base::Result<Listener> adopt_listener(Loop& loop, UniqueFd descriptor);

struct [[nodiscard]] PollOperation final : LeafOperation {
  using LeafOperation::LeafOperation;
  base::Result<void> await_resume() const { return outcome("poll"); }
};

// A descriptor that somebody else owns (a client library, a pipe), awaited for readiness.
// Thread: its loop. Lifetime: unwatched before its owner closes it.
class ForeignDescriptor final {
 public:
  ForeignDescriptor(Loop& loop, int fd) : loop_(&loop), channel_(loop.driver().watch_foreign(fd)) {}
  ForeignDescriptor(const ForeignDescriptor&) = delete;
  ForeignDescriptor& operator=(const ForeignDescriptor&) = delete;
  ~ForeignDescriptor() { loop_->driver().close(*channel_); }

  PollOperation readable(base::MonoTime deadline) {
    return {*loop_, channel_, OpKind::kPollIn, deadline};
  }
  PollOperation writable(base::MonoTime deadline) {
    return {*loop_, channel_, OpKind::kPollOut, deadline};
  }

 private:
  Loop* loop_;
  Channel* channel_;
};

}  // namespace weft::io
