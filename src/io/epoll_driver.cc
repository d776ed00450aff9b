#include "io/epoll_driver.h"

#include "base/check.h"
#include "io/byte_calls.h"
#include "io/channel_pool.h"
#include "io/channel_queue.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/send_group.h"
#include "io/sockaddr.h"
#include "io/unique_fd.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::io {
namespace {

constexpr int kEventsPerTurn = 256;
constexpr std::uint32_t kStreamEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

class EpollDriver final : public Driver {
 public:
  EpollDriver(int epoll_fd, int wake_fd) : epoll_fd_(epoll_fd), wake_fd_(wake_fd) {}
  ~EpollDriver() override {
    ::close(wake_fd_);
    ::close(epoll_fd_);
  }

  void attach(Loop& loop) override { loop_ = &loop; }
  bool start(Operation& op) override;
  void cancel(Operation& op) override;
  void turn(base::MonoTime deadline) override;
  void wake() override;
  base::MonoTime now() const override { return real_now(); }
  base::WallTime wall_now() const override { return real_wall_now(); }
  base::Result<Channel*> listen(const base::SocketAddress& address,
                                const ListenOptions& options) override;
  base::Result<Channel*> adopt_listener(UniqueFd descriptor) override;
  base::Result<Channel*> open_stream(const base::SocketAddress& address) override;
  Channel* watch_foreign(int fd) override;
  void close(Channel& channel) override;
  void shutdown_write(Channel& channel) override { ::shutdown(channel.fd, SHUT_WR); }
  bool is_stale(Channel& channel) override;
  bool has_left(Channel& channel) override { return channel.peer_closed; }
  base::SocketAddress local_address(const Channel& channel) const override {
    return bound_address(channel.fd);
  }
  std::string_view name() const override { return "epoll"; }

 private:
  base::Result<Channel*> add_channel(int fd, std::uint32_t events);
  void free_closed();
  void serve_clients();
  void leave_together();
  void serve(Channel& channel);
  void on_event(Channel& channel, std::uint32_t events);
  void on_foreign_event(Channel& channel, std::uint32_t events);
  static void park(Operation& op);
  void retry(Operation& op);

  int watch(Channel& channel, std::uint32_t events);  // 0 or -errno

  bool try_accept(Operation& op);
  bool try_connect(Operation& op);
  static bool try_recv(Operation& op);
  static bool try_send(Operation& op);
  int arm_foreign(Channel& channel);  // 0 or -errno
  bool start_poll(Operation& op);

  int epoll_fd_;
  int wake_fd_;
  Loop* loop_ = nullptr;
  Channel* closed_ = nullptr;  // freed at the end of the turn: events of it may lie ahead
  ChannelQueue clients_;       // something has come from them
  SendGroup sends_;
  ChannelPool<Channel> channels_;
  std::array<epoll_event, kEventsPerTurn> events_{};
};

bool would_block(int sys) { return sys == EAGAIN || sys == EWOULDBLOCK; }

void EpollDriver::park(Operation& op) {
  Operation*& slot = is_reading(op.kind) ? op.channel->reader : op.channel->writer;
  WEFT_ASSERT(slot == nullptr);
  slot = &op;
}

bool EpollDriver::start(Operation& op) {
  bool done = false;
  switch (op.kind) {
    case OpKind::kAccept:
      done = try_accept(op);
      break;
    case OpKind::kConnect:
      done = try_connect(op);
      break;
    case OpKind::kRecv:
    case OpKind::kRecvPooled:
      done = op.channel->readable && try_recv(op);
      break;
    case OpKind::kSend:
      if (op.channel->writable && sends_.takes(op)) {
        sends_.add(op);
      } else {
        done = op.channel->writable && try_send(op);
      }
      break;
    case OpKind::kPollIn:
    case OpKind::kPollOut:
      return start_poll(op);  // parks by itself
  }
  if (!done) {
    park(op);
  }
  return done;
}

bool EpollDriver::try_accept(Operation& op) {
  const int fd = accept_stream_socket(op.channel->fd, *op.peer);
  if (fd < 0) {
    op.result = fd;
    return !would_block(-fd);
  }
  auto channel = add_channel(fd, kStreamEvents);
  if (!channel) {
    ::close(fd);
    op.result = -channel.error().sys;
    return true;
  }
  (*channel)->writable = true;
  (*channel)->sends = 2;  // prompt already, as its listener is
  op.accepted = *channel;
  op.result = 0;
  return true;
}

bool EpollDriver::try_connect(Operation& op) {
  const KernelAddress to = to_kernel(*op.address);
  const bool connected = ::connect(op.channel->fd, to.get(), to.bytes) == 0;
  if (!connected && errno != EINPROGRESS && errno != EINTR) {
    op.result = -errno;
    return true;
  }
  // Watched from here on: before connect() a socket reports a hang-up that means nothing.
  op.result = watch(*op.channel, kStreamEvents);
  op.channel->writable = connected;
  return connected || op.result < 0;
}

bool EpollDriver::try_recv(Operation& op) {
  Channel& channel = *op.channel;
  Buffer taken;
  char* into = op.data;
  std::size_t room = op.bytes;
  if (op.kind == OpKind::kRecvPooled) {
    taken = op.loop->buffers().take_to_receive(channel.expects_bulk);
    into = taken.tail();
    room = taken.tail_room();
  }
  const ssize_t count = recv_now(channel.fd, into, room);
  if (count < 0) {
    if (would_block(errno)) {
      channel.readable = false;
      return false;
    }
    op.result = -errno;
    return true;
  }
  // A short read means drained, unless the peer's end lies behind it.
  channel.readable = static_cast<std::size_t>(count) == room || channel.peer_closed;
  if (count > 0 && op.kind == OpKind::kRecvPooled) {
    taken.commit(static_cast<std::size_t>(count));
    *op.buffer = std::move(taken);
    channel.note_pooled(static_cast<std::size_t>(count));
  }
  op.result = count;
  return true;
}

bool EpollDriver::try_send(Operation& op) {
  before_send(*op.channel);
  while (op.done < op.bytes) {
    const ssize_t count = send_now(op.channel->fd, op.data + op.done, op.bytes - op.done);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      if (would_block(errno)) {
        op.channel->writable = false;
        return false;
      }
      op.result = -errno;
      return true;
    }
    op.done += static_cast<std::size_t>(count);
    if (op.done < op.bytes) {
      op.channel->writable = false;  // a short write: the next one would block
      return false;
    }
  }
  op.result = static_cast<std::int64_t>(op.done);
  return true;
}

// Foreign descriptors keep their own state, so they are armed per wait, for whatever waits now.
int EpollDriver::arm_foreign(Channel& channel) {
  epoll_event event{};
  event.events = (channel.reader != nullptr ? EPOLLIN : 0U) |
                 (channel.writer != nullptr ? EPOLLOUT : 0U) | EPOLLONESHOT;
  event.data.ptr = &channel;
  return epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, channel.fd, &event) == 0 ? 0 : -errno;
}

bool EpollDriver::start_poll(Operation& op) {
  Operation*& slot = is_reading(op.kind) ? op.channel->reader : op.channel->writer;
  WEFT_ASSERT(slot == nullptr);
  slot = &op;
  op.result = arm_foreign(*op.channel);
  if (op.result < 0) {
    slot = nullptr;
    return true;
  }
  return false;
}

void EpollDriver::cancel(Operation& op) {
  Operation*& slot = is_reading(op.kind) ? op.channel->reader : op.channel->writer;
  WEFT_ASSERT(slot == &op);
  slot = nullptr;
  const bool has_result = op.is_gathered && (sends_.take_back(op) || try_send(op));
  loop_->finish(op, has_result ? op.result : -ECANCELED);
}

void EpollDriver::turn(base::MonoTime deadline) {
  const int patience = !clients_.is_empty() ? 0 : wait_millis(real_now(), deadline);
  const int count = epoll_wait(epoll_fd_, events_.data(), kEventsPerTurn, patience);
  loop_->wake_up_at(real_now());
  sends_.open();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr) {
      std::uint64_t drained = 0;
      static_cast<void>(!::read(wake_fd_, &drained, sizeof drained));
      continue;
    }
    on_event(*static_cast<Channel*>(event.data.ptr), event.events);
    if (sends_.is_due()) {
      leave_together();
    }
  }
  serve_clients();
  leave_together();
  sends_.close();
  free_closed();
}

// One without room stays where it waits, for the event that tells of some.
void EpollDriver::leave_together() {
  sends_.leave([](Operation& op) { return try_send(op); }, [](Operation& /*waits*/) {},
               [this](Operation& op) {
                 op.channel->writer = nullptr;
                 loop_->finish(op, op.result);
               });
}

void EpollDriver::on_event(Channel& channel, std::uint32_t events) {
  if (channel.fd < 0) {
    return;  // closed earlier in this turn
  }
  if (channel.is_foreign) {
    on_foreign_event(channel, events);
    return;
  }
  const bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  channel.peer_closed |= ended;
  channel.readable |= ended || (events & EPOLLIN) != 0;
  channel.writable |= ended || (events & EPOLLOUT) != 0;
  if (channel.is_outgoing) {
    serve(channel);
  } else if (channel.reader != nullptr || channel.writer != nullptr) {
    clients_.add(channel);
  }
}

// Answers went first; new requests come in small groups (kClientsPerTurn).
void EpollDriver::serve_clients() {
  for (int i = 0; i < kClientsPerTurn && !clients_.is_empty(); ++i) {
    Channel& channel = clients_.take();
    if (channel.fd < 0) {
      channel.next_free = std::exchange(closed_, &channel);
    } else {
      serve(channel);
    }
    if (sends_.is_due()) {
      leave_together();
    }
  }
}

void EpollDriver::serve(Channel& channel) {
  if (channel.reader != nullptr && channel.readable) {
    retry(*channel.reader);
  }
  // The reader's coroutine may have closed the channel.
  if (channel.fd >= 0 && channel.writer != nullptr && channel.writable &&
      !channel.writer->is_gathered) {
    retry(*channel.writer);
  }
}

void EpollDriver::on_foreign_event(Channel& channel, std::uint32_t events) {
  const bool ended = (events & (EPOLLHUP | EPOLLERR)) != 0;
  if (channel.reader != nullptr && (ended || (events & EPOLLIN) != 0)) {
    loop_->finish(*std::exchange(channel.reader, nullptr), 0);
  }
  if (channel.fd >= 0 && channel.writer != nullptr && (ended || (events & EPOLLOUT) != 0)) {
    loop_->finish(*std::exchange(channel.writer, nullptr), 0);
  }
  // The event disarmed both directions; one may still be waited for.
  if (channel.fd >= 0 && (channel.reader != nullptr || channel.writer != nullptr)) {
    arm_foreign(channel);
  }
}

void EpollDriver::retry(Operation& op) {
  bool done = false;
  switch (op.kind) {
    case OpKind::kAccept:
      done = try_accept(op);
      break;
    case OpKind::kConnect: {
      // Writable and not at its end: connected, no need to ask.
      int error = 0;
      socklen_t bytes = sizeof error;
      if (op.channel->peer_closed) {
        getsockopt(op.channel->fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
      }
      op.result = -error;
      done = true;
      break;
    }
    case OpKind::kRecv:
    case OpKind::kRecvPooled:
      done = try_recv(op);
      break;
    case OpKind::kSend:
      done = try_send(op);
      break;
    case OpKind::kPollIn:
    case OpKind::kPollOut:
      break;  // on_foreign_event()
  }
  if (done) {
    (is_reading(op.kind) ? op.channel->reader : op.channel->writer) = nullptr;
    loop_->finish(op, op.result);
  }
}

bool EpollDriver::is_stale(Channel& channel) {
  if (!channel.readable || channel.peer_closed) {
    return channel.peer_closed;
  }
  // Readable may only mean that the last read filled its buffer to the brim.
  char byte = 0;
  const ssize_t count = ::recv(channel.fd, &byte, 1, MSG_PEEK);
  return count >= 0 || !would_block(errno);
}

void EpollDriver::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_fd_, &one, sizeof one));
}

base::Result<Channel*> EpollDriver::listen(const base::SocketAddress& address,
                                           const ListenOptions& options) {
  const int fd = open_listening_socket(address, options.reuse_port, options.backlog);
  if (fd < 0) {
    return base::fail(base::error_from_errno(-fd, "listen"));
  }
  return add_channel(fd, EPOLLIN | EPOLLET);
}

// Whoever waits in its queue is reported as the first event.
base::Result<Channel*> EpollDriver::adopt_listener(UniqueFd descriptor) {
  if (const int result = prepare_adopted_listener(descriptor.value()); result < 0) {
    return base::fail(base::error_from_errno(-result, "adopt a listener"));
  }
  WEFT_TRY(Channel * channel, add_channel(descriptor.value(), EPOLLIN | EPOLLET));
  descriptor.release();
  return channel;
}

base::Result<Channel*> EpollDriver::open_stream(const base::SocketAddress& address) {
  const int fd = open_stream_socket(address);
  if (fd < 0) {
    return base::fail(base::error_from_errno(-fd, "open a socket", base::Side::kBackend));
  }
  Channel* channel = channels_.take(fd);
  channel->is_outgoing = true;
  return channel;
}

Channel* EpollDriver::watch_foreign(int fd) {
  Channel* channel = channels_.take(fd);
  channel->is_foreign = true;
  if (watch(*channel, EPOLLONESHOT) < 0) {
    WEFT_BUG("a foreign descriptor cannot be watched");
  }
  return channel;
}

base::Result<Channel*> EpollDriver::add_channel(int fd, std::uint32_t events) {
  Channel* channel = channels_.take(fd);
  if (const int result = watch(*channel, events); result < 0) {
    channels_.give_back(*channel);
    return base::fail(base::error_from_errno(-result, "watch a socket"));
  }
  return channel;
}

int EpollDriver::watch(Channel& channel, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &channel;
  return epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, channel.fd, &event) == 0 ? 0 : -errno;
}

void EpollDriver::close(Channel& channel) {
  WEFT_ASSERT(channel.reader == nullptr && channel.writer == nullptr);
  if (channel.is_foreign) {
    epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, channel.fd, nullptr);
  } else {
    ::close(channel.fd);
  }
  channel.fd = -1;
  if (!channel.is_queued) {
    channel.next_free = std::exchange(closed_, &channel);
  }
}

void EpollDriver::free_closed() {
  while (closed_ != nullptr) {
    Channel* channel = std::exchange(closed_, closed_->next_free);
    channels_.give_back(*channel);
  }
}

}  // namespace

base::Result<std::unique_ptr<Driver>> make_epoll_driver() {
  UniqueFd epoll_fd(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_fd) {
    return base::fail(base::error_from_errno(errno, "epoll_create1"));
  }
  UniqueFd wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;  // data.ptr == nullptr marks it
  if (!wake_fd || epoll_ctl(epoll_fd.value(), EPOLL_CTL_ADD, wake_fd.value(), &event) != 0) {
    return base::fail(base::error_from_errno(errno, "eventfd"));
  }
  return std::make_unique<EpollDriver>(epoll_fd.release(), wake_fd.release());
}

}  // namespace weft::io
