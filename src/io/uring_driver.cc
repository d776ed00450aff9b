#include "io/uring_driver.h"

#include "base/check.h"
#include "io/byte_calls.h"
#include "io/channel_pool.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/send_group.h"
#include "io/sockaddr.h"
#include "io/unique_fd.h"
#include "io/uring_driver_buffers.h"
#include "io/uring_driver_ring.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::io {
namespace {

// Buffers a stream may fill before anybody asks; then its receive is cancelled until somebody does.
constexpr std::size_t kEarlyBuffersMax = 4;

// With so many buffers of a loop in use, no further stream is received from before anybody asks:
// what comes early lies in memory as long as its receiver is slow. chosen: far above what a loop
// that is busy with quick clients holds; 32 MiB.
constexpr std::size_t kEarlyCrowd = 2048;

// A stream whose pooled receive goes on in the kernel: one submission for many receives. What comes
// before anybody asks is kept here.
struct StreamChannel : Channel {
  bool is_armed = false;            // the kernel receives for it
  bool is_disarming = false;        // and was told to stop
  bool is_single = true;            // receives are submitted one by one
  bool has_carried_bulk = false;    // and will be
  bool is_closing = false;          // freed when the kernel has let go
  std::vector<Buffer> early;        // oldest first
  std::optional<std::int32_t> end;  // what ended the receiving: 0 or -errno
};

// What a completion is about: an Operation, a StreamChannel (marked), or the wake-up descriptor.
constexpr std::uint64_t kStreamMark = 1;
constexpr std::uint64_t kWake = 2;

std::uint64_t about_of(const Operation& op) { return reinterpret_cast<std::uintptr_t>(&op); }
std::uint64_t about_of(const StreamChannel& stream) {
  return reinterpret_cast<std::uintptr_t>(&stream) | kStreamMark;
}

StreamChannel& stream_of(const Operation& op) { return static_cast<StreamChannel&>(*op.channel); }

bool is_recv(OpKind kind) { return kind == OpKind::kRecv || kind == OpKind::kRecvPooled; }

// A buffer lent to the kernel is a small one. Where bulk is expected the kernel says when it is
// there, and it is received into a large one.
bool awaits_bulk(const Operation& op) {
  return op.kind == OpKind::kRecvPooled && op.channel->expects_bulk;
}

// The kernel goes on by itself only when little comes at a time. Of a large body it would take all
// that has arrived, and a slow receiver would hold it in memory.
void note_pooled(StreamChannel& stream, std::size_t bytes) {
  stream.note_pooled(bytes);
  stream.is_single = stream.has_carried_bulk || BufferPool::is_bulk(bytes);
}

// Not an end of the stream: no buffer was left, or the receive was stopped by us.
bool is_interruption(std::int32_t result) {
  return result == -ENOBUFS || result == -EINTR || result == -ECANCELED;
}

class UringDriver final : public Driver {
 public:
  UringDriver(std::unique_ptr<UringRing> ring, UniqueFd wake_fd)
      : ring_(std::move(ring)), wake_fd_(std::move(wake_fd)) {}

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
  bool has_left(Channel& channel) override;
  base::SocketAddress local_address(const Channel& channel) const override {
    return bound_address(channel.fd);
  }
  std::string_view name() const override { return "uring"; }

 private:
  static Operation*& slot_of(Operation& op) {
    return is_reading(op.kind) ? op.channel->reader : op.channel->writer;
  }
  void enable();
  void dispatch(const UringCompletion& completion);
  void complete(Operation& op, std::int64_t result);
  template <class F>
  void end_submitted(std::uint64_t about, F each);

  // What is tried at once and waits by a poll.
  void submit(Operation& op);
  bool attempt(Operation& op);
  bool try_accept(Operation& op);
  static bool try_connect(Operation& op);
  static bool try_send(Operation& op);
  bool try_recv_bulk(Operation& op);
  void leave_together();

  // Receives.
  bool start_recv(Operation& op);
  bool take_early(Operation& op);
  bool accept_received(Operation& op, const UringCompletion& completion);
  void arm(StreamChannel& stream);
  void disarm_now(StreamChannel& stream);
  void absorb(StreamChannel& stream, const UringCompletion& completion);
  void serve(StreamChannel& stream);

  UringBuffers buffers_;  // before the ring: outlives the kernel's hold on it
  std::unique_ptr<UringRing> ring_;
  UniqueFd wake_fd_;
  Loop* loop_ = nullptr;
  SendGroup sends_;
  ChannelPool<StreamChannel> channels_;
};

void UringDriver::enable() {
  ring_->enable();
  const auto opened = buffers_.open(ring_->kernel_ring(), loop_->buffers());
  WEFT_ASSERT(opened);
  ring_->poll(wake_fd_.value(), POLLIN, kWake);
}

void UringDriver::turn(base::MonoTime deadline) {
  if (!ring_->is_enabled()) {
    enable();
  }
  ring_->turn(deadline);
  loop_->wake_up_at(real_now());
  sends_.open();
  while (const auto completion = ring_->next()) {
    dispatch(*completion);
    if (sends_.is_due()) {
      leave_together();
    }
  }
  leave_together();
  sends_.close();
}

void UringDriver::leave_together() {
  sends_.leave([](Operation& op) { return try_send(op); }, [this](Operation& op) { submit(op); },
               [this](Operation& op) { complete(op, op.result); });
}

void UringDriver::dispatch(const UringCompletion& completion) {
  if (completion.about == kWake) {
    std::uint64_t drained = 0;
    static_cast<void>(!::read(wake_fd_.value(), &drained, sizeof drained));
    ring_->poll(wake_fd_.value(), POLLIN, kWake);
    return;
  }
  if ((completion.about & kStreamMark) != 0) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel gives back the number it was given.
    auto& stream = *reinterpret_cast<StreamChannel*>(completion.about & ~kStreamMark);
    absorb(stream, completion);
    serve(stream);
    return;
  }
  // NOLINTNEXTLINE(performance-no-int-to-ptr): as above.
  Operation& op = *reinterpret_cast<Operation*>(completion.about);
  if (is_recv(op.kind) && !awaits_bulk(op)) {
    if (accept_received(op, completion)) {
      complete(op, completion.result);
    } else {
      submit(op);
    }
  } else if (completion.result < 0) {
    complete(op, completion.result);
  } else if (attempt(op)) {
    complete(op, op.result);
  } else {
    submit(op);
  }
}

void UringDriver::complete(Operation& op, std::int64_t result) {
  slot_of(op) = nullptr;
  loop_->finish(op, result);
}

bool UringDriver::start(Operation& op) {
  WEFT_ASSERT(slot_of(op) == nullptr);
  if (is_recv(op.kind)) {
    return start_recv(op);
  }
  if (op.kind == OpKind::kSend && sends_.takes(op)) {
    slot_of(op) = &op;
    sends_.add(op);
    return false;
  }
  const bool is_poll = op.kind == OpKind::kPollIn || op.kind == OpKind::kPollOut;
  if (op.kind == OpKind::kConnect ? try_connect(op) : !is_poll && attempt(op)) {
    return true;
  }
  slot_of(op) = &op;
  submit(op);
  return false;
}

void UringDriver::submit(Operation& op) {
  const int fd = op.channel->fd;
  if (op.kind == OpKind::kRecv) {
    ring_->recv(fd, op.data, op.bytes, !op.channel->readable, about_of(op));
  } else if (op.kind == OpKind::kRecvPooled && !awaits_bulk(op)) {
    ring_->recv_pooled(fd, !op.channel->readable, about_of(op));
  } else {
    ring_->poll(fd, is_reading(op.kind) ? POLLIN : POLLOUT, about_of(op));
  }
}

bool UringDriver::start_recv(Operation& op) {
  StreamChannel& stream = stream_of(op);
  if (op.kind == OpKind::kRecv) {
    // Bulk goes straight to its place. A stream that has carried some stays with single receives:
    // stopping the kernel's own costs a call each time.
    stream.is_single = stream.has_carried_bulk = true;
    if (stream.is_armed) {
      disarm_now(stream);
    }
  }
  if (take_early(op)) {
    return true;
  }
  slot_of(op) = &op;
  stream.is_single |= !stream.is_armed && loop_->buffers().in_use() >= kEarlyCrowd;
  if (stream.is_single) {
    submit(op);
  } else if (!stream.is_armed) {
    arm(stream);
  }
  return false;
}

void UringDriver::arm(StreamChannel& stream) {
  stream.is_armed = true;
  ring_->recv_many(stream.fd, about_of(stream));
}

// Gives the operation what came before it asked. Returns: false when nothing did.
bool UringDriver::take_early(Operation& op) {
  StreamChannel& stream = stream_of(op);
  if (stream.early.empty()) {
    op.result = stream.end.value_or(0);
    return std::exchange(stream.end, std::nullopt).has_value();
  }
  Buffer& oldest = stream.early.front();
  if (op.kind == OpKind::kRecv) {
    const std::size_t count = std::min(op.bytes, oldest.size());
    std::memcpy(op.data, oldest.data(), count);
    oldest.consume(count);
    op.result = static_cast<std::int64_t>(count);
    if (!oldest.empty()) {
      return true;
    }
  } else {
    op.result = static_cast<std::int64_t>(oldest.size());
    *op.buffer = std::move(oldest);
  }
  stream.early.erase(stream.early.begin());
  return true;
}

// Takes what the kernel received on its own; somebody may wait for it or not.
void UringDriver::absorb(StreamChannel& stream, const UringCompletion& completion) {
  if (!completion.has_more) {
    stream.is_armed = false;
    stream.is_disarming = false;
  }
  if (completion.slot >= 0) {
    const auto slot = static_cast<std::uint16_t>(completion.slot);
    if (completion.result > 0 && !stream.is_closing) {
      stream.early.push_back(buffers_.take(slot, static_cast<std::size_t>(completion.result)));
    } else {
      buffers_.lend_again(slot);
    }
  }
  if (completion.result <= 0 && !is_interruption(completion.result)) {
    stream.end = completion.result;
    stream.peer_closed = true;
  }
}

void UringDriver::serve(StreamChannel& stream) {
  if (stream.is_closing) {
    if (!stream.is_armed) {
      channels_.give_back(stream);
    }
    return;
  }
  Operation* const op = stream.reader;
  if (op != nullptr && take_early(*op)) {
    complete(*op, op->result);
  } else if (op != nullptr && !stream.is_armed) {
    arm(stream);
  } else if (op == nullptr && stream.is_armed && !stream.is_disarming &&
             stream.early.size() >= kEarlyBuffersMax) {
    stream.is_disarming = true;
    ring_->cancel(about_of(stream));
  }
}

void UringDriver::disarm_now(StreamChannel& stream) {
  if (ring_->take_back(about_of(stream))) {
    stream.is_armed = false;
    return;
  }
  end_submitted(about_of(stream),
                [&](const UringCompletion& completion) { absorb(stream, completion); });
}

// Returns: false when a single receive has to be submitted again.
bool UringDriver::accept_received(Operation& op, const UringCompletion& completion) {
  if (completion.slot >= 0) {
    const auto slot = static_cast<std::uint16_t>(completion.slot);
    if (completion.result > 0) {
      *op.buffer = buffers_.take(slot, static_cast<std::size_t>(completion.result));
      note_pooled(stream_of(op), op.buffer->size());
    } else {
      buffers_.lend_again(slot);
    }
  }
  op.channel->readable = completion.is_nonempty;
  op.channel->peer_closed |= completion.result <= 0 && !is_interruption(completion.result);
  return !is_interruption(completion.result);
}

// Tries what waits by a poll. Returns: true when done, with op.result.
bool UringDriver::attempt(Operation& op) {
  switch (op.kind) {
    case OpKind::kAccept:
      return try_accept(op);
    case OpKind::kConnect: {
      int error = 0;
      socklen_t bytes = sizeof error;
      getsockopt(op.channel->fd, SOL_SOCKET, SO_ERROR, &error, &bytes);
      op.result = -error;
      return true;
    }
    case OpKind::kSend:
      return try_send(op);
    case OpKind::kPollIn:
    case OpKind::kPollOut:
      op.result = 0;
      return true;
    case OpKind::kRecvPooled:
      return try_recv_bulk(op);
    case OpKind::kRecv:
      break;  // start_recv()
  }
  return false;
}

bool UringDriver::try_recv_bulk(Operation& op) {
  StreamChannel& stream = stream_of(op);
  Buffer taken = loop_->buffers().take_to_receive(true);
  const ssize_t count = recv_now(stream.fd, taken.tail(), taken.tail_room());
  if (count < 0 && errno == EAGAIN) {
    return false;
  }
  op.result = count < 0 ? -errno : count;
  stream.peer_closed |= count <= 0;
  if (count > 0) {
    stream.readable = static_cast<std::size_t>(count) == taken.tail_room();
    note_pooled(stream, static_cast<std::size_t>(count));
    taken.commit(static_cast<std::size_t>(count));
    *op.buffer = std::move(taken);
  }
  return true;
}

bool UringDriver::try_accept(Operation& op) {
  const int fd = accept_stream_socket(op.channel->fd, *op.peer);
  if (fd == -EAGAIN) {
    return false;
  }
  if (fd < 0) {
    op.result = fd;
    return true;
  }
  op.accepted = channels_.take(fd);
  op.accepted->sends = 2;  // prompt already, as its listener is
  op.result = 0;
  return true;
}

bool UringDriver::try_connect(Operation& op) {
  const KernelAddress to = to_kernel(*op.address);
  op.result = ::connect(op.channel->fd, to.get(), to.bytes) == 0 ? 0 : -errno;
  return op.result != -EINPROGRESS && op.result != -EINTR;
}

bool UringDriver::try_send(Operation& op) {
  before_send(*op.channel);
  while (op.done < op.bytes) {
    const ssize_t count = send_now(op.channel->fd, op.data + op.done, op.bytes - op.done);
    if (count >= 0) {
      op.done += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      op.result = -errno;
      return true;
    }
  }
  op.result = static_cast<std::int64_t>(op.done);
  return true;
}

// The operation ends before this returns, so that its memory and descriptor may go at once.
void UringDriver::cancel(Operation& op) {
  WEFT_ASSERT(slot_of(op) == &op);
  if (op.is_gathered) {
    complete(op, sends_.take_back(op) || try_send(op) ? op.result : -ECANCELED);
    return;
  }
  std::int64_t result = -ECANCELED;
  // A pooled receive only listens to its stream's, which goes on.
  const bool is_submitted = op.kind != OpKind::kRecvPooled || stream_of(op).is_single;
  if (is_submitted && !ring_->take_back(about_of(op))) {
    end_submitted(about_of(op), [&](const UringCompletion& last) {
      // Bytes that came first are not lost: the receive then ends with them.
      if (is_recv(op.kind) && !awaits_bulk(op) && accept_received(op, last)) {
        result = last.result;
      }
    });
  }
  complete(op, result);
}

// Ends what was submitted, with `each` for its completions. Sockets and polls never leave this
// thread's hands inside the kernel, so the last one is there after the cancellation was handed over
// and pending work was run; more tries are for a full queue.
template <class F>
void UringDriver::end_submitted(std::uint64_t about, F each) {
  constexpr int kTries = 1000;
  ring_->cancel(about);
  for (int i = 0; i < kTries; ++i) {
    ring_->flush();
    while (const auto completion = ring_->next_about(about)) {
      each(*completion);
      if (!completion->has_more) {
        return;
      }
    }
  }
  WEFT_ASSERT(false && "a cancelled operation never ended");
}

void UringDriver::wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_fd_.value(), &one, sizeof one));
}

base::Result<Channel*> UringDriver::listen(const base::SocketAddress& address,
                                           const ListenOptions& options) {
  const int fd = open_listening_socket(address, options.reuse_port, options.backlog);
  if (fd < 0) {
    return base::fail(base::error_from_errno(-fd, "listen"));
  }
  return channels_.take(fd);
}

base::Result<Channel*> UringDriver::adopt_listener(UniqueFd descriptor) {
  if (const int result = prepare_adopted_listener(descriptor.value()); result < 0) {
    return base::fail(base::error_from_errno(-result, "adopt a listener"));
  }
  return channels_.take(descriptor.release());
}

base::Result<Channel*> UringDriver::open_stream(const base::SocketAddress& address) {
  const int fd = open_stream_socket(address);
  if (fd < 0) {
    return base::fail(base::error_from_errno(-fd, "open a socket", base::Side::kBackend));
  }
  Channel* channel = channels_.take(fd);
  channel->is_outgoing = true;
  return channel;
}

Channel* UringDriver::watch_foreign(int fd) {
  Channel* channel = channels_.take(fd);
  channel->is_foreign = true;
  return channel;
}

void UringDriver::close(Channel& channel) {
  WEFT_ASSERT(channel.reader == nullptr && channel.writer == nullptr);
  auto& stream = static_cast<StreamChannel&>(channel);
  if (!stream.is_foreign) {
    ::close(stream.fd);
  }
  stream.fd = -1;
  stream.early.clear();
  // A receive that was not handed over yet must not be: its number may soon be another socket's.
  if (!stream.is_armed || ring_->take_back(about_of(stream))) {
    channels_.give_back(stream);
    return;
  }
  // The kernel holds the socket until its receive has ended; the next turn tells it.
  stream.is_closing = true;
  ring_->cancel(about_of(stream));
}

bool UringDriver::has_left(Channel& channel) {
  const auto& stream = static_cast<const StreamChannel&>(channel);
  if (stream.peer_closed || stream.end) {
    return true;
  }
  if (stream.is_armed || !stream.early.empty()) {
    return false;  // its end will come the same way
  }
  char byte = 0;
  const ssize_t count = ::recv(channel.fd, &byte, 1, MSG_PEEK);
  return count == 0 || (count < 0 && errno != EAGAIN);
}

bool UringDriver::is_stale(Channel& channel) {
  const auto& stream = static_cast<const StreamChannel&>(channel);
  if (stream.is_armed || !stream.early.empty() || stream.end) {
    return !stream.early.empty() || stream.end.has_value();
  }
  char byte = 0;
  const ssize_t count = ::recv(channel.fd, &byte, 1, MSG_PEEK);
  return count >= 0 || errno != EAGAIN;
}

}  // namespace

base::Result<std::unique_ptr<Driver>> make_uring_driver() {
  WEFT_TRY(auto ring, UringRing::make());
  UniqueFd wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd) {
    return base::fail(base::error_from_errno(errno, "eventfd"));
  }
  return std::make_unique<UringDriver>(std::move(ring), std::move(wake_fd));
}

}  // namespace weft::io
