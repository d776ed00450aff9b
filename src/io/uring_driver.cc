#include "io/uring_driver.h"

#include "base/check.h"
#include "io/channel_pool.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/sockaddr.h"
#include "io/unique_fd.h"
#include "io/uring_driver_buffers.h"

#include <liburing.h>

#include <cerrno>
#include <deque>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::io {
namespace {

constexpr unsigned kSubmissions = 1024;  // a turn that prepares more submits in between
constexpr unsigned kCompletions = 8192;  // beyond, the kernel keeps them until there is room

// What a completion is about: an Operation, or one of these.
constexpr std::uint64_t kNobody = 0;
constexpr std::uint64_t kWake = 1;

struct Completion {
  std::uint64_t about;
  std::int32_t result;
  std::uint32_t flags;
};

std::uint64_t about_of(const Operation& op) { return reinterpret_cast<std::uintptr_t>(&op); }

bool is_reading(OpKind kind) {
  return kind == OpKind::kAccept || kind == OpKind::kRecv || kind == OpKind::kRecvPooled ||
         kind == OpKind::kPollIn;
}

bool is_recv(OpKind kind) { return kind == OpKind::kRecv || kind == OpKind::kRecvPooled; }

class UringDriver final : public Driver {
 public:
  UringDriver(const io_uring& ring, UniqueFd wake_fd) : ring_(ring), wake_fd_(std::move(wake_fd)) {}
  UringDriver(const UringDriver&) = delete;
  UringDriver& operator=(const UringDriver&) = delete;
  ~UringDriver() override;

  void attach(Loop& loop) override { loop_ = &loop; }
  bool start(Operation& op) override;
  void cancel(Operation& op) override;
  void turn(base::MonoTime deadline) override;
  void wake() override;
  base::MonoTime now() const override { return real_now(); }
  base::WallTime wall_now() const override { return real_wall_now(); }
  base::Result<Channel*> listen(const base::SocketAddress& address,
                                const ListenOptions& options) override;
  base::Result<Channel*> open_stream(const base::SocketAddress& address) override;
  Channel* watch_foreign(int fd) override;
  void close(Channel& channel) override;
  void shutdown_write(Channel& channel) override { ::shutdown(channel.fd, SHUT_WR); }
  bool is_stale(Channel& channel) override;
  base::SocketAddress local_address(const Channel& channel) const override {
    return bound_address(channel.fd);
  }
  std::string_view name() const override { return "uring"; }

 private:
  // The ring.
  void enable();
  io_uring_sqe& next_submission();
  void submit_and_wait(base::MonoTime deadline);
  void collect();
  void dispatch(const Completion& completion);
  bool take_back_unsubmitted(std::uint64_t about);
  Completion cancel_submitted(std::uint64_t about);
  void arm_wake();

  // Operations.
  static Operation*& slot_of(Operation& op) {
    return is_reading(op.kind) ? op.channel->reader : op.channel->writer;
  }
  void queue(Operation& op);
  void queue_recv(Operation& op);
  bool attempt(Operation& op);
  bool try_accept(Operation& op);
  static bool try_connect(Operation& op);
  static bool try_send(Operation& op);
  bool accept_received(Operation& op, const Completion& completion);
  void complete(Operation& op, std::int64_t result);

  io_uring ring_;
  UniqueFd wake_fd_;
  Loop* loop_ = nullptr;
  UringBuffers buffers_;
  bool is_enabled_ = false;
  pthread_t owner_{};                // the thread of the first turn
  std::deque<io_uring_sqe> early_;   // prepared before the first turn, beyond what the ring holds
  std::vector<Completion> backlog_;  // collected, not yet dispatched
  std::size_t next_ = 0;             // in backlog_
  ChannelPool channels_;
};

UringDriver::~UringDriver() {
  if (is_enabled_ && pthread_equal(owner_, pthread_self()) == 0) {
    // The registration of the descriptor ended with its thread; here its number may mean the ring
    // of another loop. liburing 2.3 unregisters it when this flag is set.
    ring_.int_flags = 0;
    ring_.enter_ring_fd = ring_.ring_fd;
  }
  io_uring_queue_exit(&ring_);
}

// On the loop's own thread: from here on the ring is its and no other thread may submit.
void UringDriver::enable() {
  is_enabled_ = true;
  owner_ = pthread_self();
  // By number: liburing 2.3 declares io_uring_enable_rings() but does not export it.
  const long enabled =
      syscall(SYS_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  WEFT_ASSERT(enabled == 0);
  // Saves a look-up in the descriptor table per turn; without it everything works as well.
  static_cast<void>(io_uring_register_ring_fd(&ring_));
  const auto opened = buffers_.open(ring_, loop_->buffers());
  WEFT_ASSERT(opened);
  arm_wake();
  for (const io_uring_sqe& prepared : early_) {
    next_submission() = prepared;
  }
  early_.clear();
}

io_uring_sqe& UringDriver::next_submission() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry == nullptr && !is_enabled_) {
    return early_.emplace_back();
  }
  while (entry == nullptr) {
    io_uring_submit(&ring_);
    entry = io_uring_get_sqe(&ring_);
  }
  return *entry;
}

void UringDriver::arm_wake() {
  io_uring_sqe& entry = next_submission();
  io_uring_prep_poll_add(&entry, wake_fd_.value(), POLLIN);
  entry.user_data = kWake;
}

void UringDriver::turn(base::MonoTime deadline) {
  if (!is_enabled_) {
    enable();
  }
  submit_and_wait(next_ < backlog_.size() ? base::MonoTime{} : deadline);
  loop_->wake_up_at(real_now());
  collect();
  while (next_ < backlog_.size()) {
    dispatch(Completion(backlog_[next_++]));  // a copy: the list may grow below
  }
  backlog_.clear();
  next_ = 0;
}

void UringDriver::submit_and_wait(base::MonoTime deadline) {
  const base::MonoTime now = real_now();
  if (deadline <= now) {
    io_uring_submit_and_get_events(&ring_);
    return;
  }
  // Interrupted, timed out or full: the turn goes on with what there is.
  if (deadline == base::kNever) {
    io_uring_submit_and_wait(&ring_, 1);
    return;
  }
  const base::Nanos wait = deadline - now;
  __kernel_timespec limit{};
  limit.tv_sec = wait / base::Seconds(1);
  limit.tv_nsec = (wait % base::Seconds(1)).count();
  io_uring_cqe* first = nullptr;
  io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
}

void UringDriver::collect() {
  std::array<io_uring_cqe*, 128> batch{};
  unsigned count = 0;
  do {
    count = io_uring_peek_batch_cqe(&ring_, batch.data(), batch.size());
    for (unsigned i = 0; i < count; ++i) {
      backlog_.push_back({batch[i]->user_data, batch[i]->res, batch[i]->flags});
    }
    io_uring_cq_advance(&ring_, count);
  } while (count == batch.size());
}

void UringDriver::dispatch(const Completion& completion) {
  if (completion.about == kNobody) {
    return;
  }
  if (completion.about == kWake) {
    std::uint64_t drained = 0;
    static_cast<void>(!::read(wake_fd_.value(), &drained, sizeof drained));
    arm_wake();
    return;
  }
  Operation& op = *reinterpret_cast<Operation*>(completion.about);
  if (is_recv(op.kind)) {
    if (accept_received(op, completion)) {
      complete(op, completion.result);
    } else {
      queue(op);
    }
  } else if (completion.result < 0) {
    complete(op, completion.result);
  } else if (attempt(op)) {
    complete(op, op.result);
  } else {
    queue(op);
  }
}

void UringDriver::complete(Operation& op, std::int64_t result) {
  slot_of(op) = nullptr;
  loop_->finish(op, result);
}

bool UringDriver::start(Operation& op) {
  // Receives go to the ring at once: the kernel tries them while it submits.
  const bool is_tried =
      !is_recv(op.kind) && op.kind != OpKind::kPollIn && op.kind != OpKind::kPollOut;
  if (op.kind == OpKind::kConnect ? try_connect(op) : is_tried && attempt(op)) {
    return true;
  }
  WEFT_ASSERT(slot_of(op) == nullptr);
  slot_of(op) = &op;
  queue(op);
  return false;
}

void UringDriver::queue(Operation& op) {
  if (is_recv(op.kind)) {
    queue_recv(op);
    return;
  }
  io_uring_sqe& entry = next_submission();
  io_uring_prep_poll_add(&entry, op.channel->fd, is_reading(op.kind) ? POLLIN : POLLOUT);
  entry.user_data = about_of(op);
}

void UringDriver::queue_recv(Operation& op) {
  io_uring_sqe& entry = next_submission();
  io_uring_prep_recv(&entry, op.channel->fd, op.data, op.bytes, 0);
  entry.user_data = about_of(op);
  if (!op.channel->readable) {
    // Nothing is known to be there, so a first try would be a call for nothing.
    entry.ioprio |= IORING_RECVSEND_POLL_FIRST;
  }
  if (op.kind == OpKind::kRecvPooled) {
    entry.addr = 0;
    entry.len = 0;  // as much as the buffer holds
    entry.flags |= IOSQE_BUFFER_SELECT;
    entry.buf_group = UringBuffers::kGroup;
  }
}

// Returns: false when the receive has to be asked for again.
bool UringDriver::accept_received(Operation& op, const Completion& completion) {
  if ((completion.flags & IORING_CQE_F_BUFFER) != 0) {
    const auto slot = static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    if (completion.result > 0) {
      *op.buffer = buffers_.take(slot, static_cast<std::size_t>(completion.result));
    } else {
      buffers_.lend_again(slot);
    }
  }
  op.channel->readable = (completion.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
  op.channel->peer_closed |= completion.result == 0 || completion.result == -ECONNRESET;
  return completion.result != -ENOBUFS && completion.result != -EINTR;
}

// Tries what is waited for by a poll. Returns: true when done, with op.result.
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
    case OpKind::kRecv:
    case OpKind::kRecvPooled:
      break;  // dispatch() takes them apart
  }
  return false;
}

bool UringDriver::try_accept(Operation& op) {
  const int fd = accept_stream_socket(op.channel->fd, *op.peer);
  if (fd == -EAGAIN) {
    return false;
  }
  op.result = fd < 0 ? fd : 0;
  op.accepted = fd < 0 ? nullptr : channels_.take(fd);
  return true;
}

bool UringDriver::try_connect(Operation& op) {
  const KernelAddress to = to_kernel(*op.address);
  op.result = ::connect(op.channel->fd, to.get(), to.bytes) == 0 ? 0 : -errno;
  return op.result != -EINPROGRESS && op.result != -EINTR;
}

bool UringDriver::try_send(Operation& op) {
  while (op.done < op.bytes) {
    const ssize_t count =
        ::send(op.channel->fd, op.data + op.done, op.bytes - op.done, MSG_NOSIGNAL);
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
  if (take_back_unsubmitted(about_of(op))) {
    complete(op, -ECANCELED);
    return;
  }
  const Completion last = cancel_submitted(about_of(op));
  // Bytes that came first are not lost: the receive then ends with them.
  if (is_recv(op.kind) && accept_received(op, last) && last.result >= 0) {
    complete(op, last.result);
  } else {
    complete(op, -ECANCELED);
  }
}

// Makes nothing of an entry that the kernel has not seen yet.
bool UringDriver::take_back_unsubmitted(std::uint64_t about) {
  const auto make_nothing = [about](io_uring_sqe& entry) {
    if (entry.user_data != about) {
      return false;
    }
    io_uring_prep_nop(&entry);
    entry.user_data = kNobody;
    return true;
  };
  for (unsigned i = ring_.sq.sqe_head; i != ring_.sq.sqe_tail; ++i) {
    if (make_nothing(ring_.sq.sqes[i & *ring_.sq.kring_mask])) {
      return true;
    }
  }
  for (io_uring_sqe& entry : early_) {
    if (make_nothing(entry)) {
      return true;
    }
  }
  return false;
}

// Sockets and polls never leave this thread's hands inside the kernel, so the completion is there
// after the cancellation was submitted and pending work was run; more tries are for a full queue.
Completion UringDriver::cancel_submitted(std::uint64_t about) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    for (std::size_t k = next_; k < backlog_.size(); ++k) {
      if (backlog_[k].about == about) {
        return std::exchange(backlog_[k], Completion{kNobody, 0, 0});
      }
    }
    if (i == 0) {
      io_uring_sqe& entry = next_submission();
      io_uring_prep_cancel64(&entry, about, 0);
      entry.user_data = kNobody;
    }
    io_uring_submit_and_get_events(&ring_);
    collect();
  }
  WEFT_ASSERT(false && "a cancelled operation never ended");
  return {};
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

base::Result<Channel*> UringDriver::open_stream(const base::SocketAddress& address) {
  const int fd = open_stream_socket(address);
  if (fd < 0) {
    return base::fail(base::error_from_errno(-fd, "open a socket", base::Side::kBackend));
  }
  return channels_.take(fd);
}

Channel* UringDriver::watch_foreign(int fd) {
  Channel* channel = channels_.take(fd);
  channel->is_foreign = true;
  return channel;
}

void UringDriver::close(Channel& channel) {
  WEFT_ASSERT(channel.reader == nullptr && channel.writer == nullptr);
  if (!channel.is_foreign) {
    ::close(channel.fd);
  }
  channel.fd = -1;
  channels_.give_back(channel);
}

bool UringDriver::is_stale(Channel& channel) {
  char byte = 0;
  const ssize_t count = ::recv(channel.fd, &byte, 1, MSG_PEEK);
  return count >= 0 || errno != EAGAIN;
}

}  // namespace

base::Result<std::unique_ptr<Driver>> make_uring_driver() {
  io_uring ring{};
  io_uring_params params{};
  // SINGLE_ISSUER, DEFER_TASKRUN and COOP_TASKRUN spare interrupts of running code and are worth
  // most of what io_uring gains; disabled until the first turn because the ring then belongs to a
  // thread.
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
                 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL;
  params.cq_entries = kCompletions;
  if (const int result = io_uring_queue_init_params(kSubmissions, &ring, &params); result < 0) {
    if (result == -EMFILE || result == -ENFILE) {
      return base::fail(base::error_from_errno(-result, "io_uring"));
    }
    return base::fail(base::Code::kUnsupported, "io_uring is not offered by this kernel");
  }
  UniqueFd wake_fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd) {
    const int sys = errno;
    io_uring_queue_exit(&ring);
    return base::fail(base::error_from_errno(sys, "eventfd"));
  }
  return std::make_unique<UringDriver>(ring, std::move(wake_fd));
}

}  // namespace weft::io
