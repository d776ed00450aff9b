#include "io/uring_driver_ring.h"

#include "base/check.h"
#include "io/real_clock.h"
#include "io/uring_driver_buffers.h"

#include <liburing.h>

#include <array>
#include <cerrno>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace weft::io {
namespace {

constexpr unsigned kSubmissions = 1024;  // a turn that prepares more hands over in between
constexpr unsigned kCompletions = 8192;  // beyond, the kernel keeps them until there is room

UringCompletion completion_of(const io_uring_cqe& entry) {
  const bool has_slot = (entry.flags & IORING_CQE_F_BUFFER) != 0;
  return {entry.user_data, entry.res, (entry.flags & IORING_CQE_F_MORE) != 0,
          (entry.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0,
          has_slot ? static_cast<std::int32_t>(entry.flags >> IORING_CQE_BUFFER_SHIFT) : -1};
}

void use_slots(io_uring_sqe& entry) {
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.buf_group = UringBuffers::kGroup;
}

}  // namespace

base::Result<std::unique_ptr<UringRing>> UringRing::make() {
  auto ring = std::make_unique<io_uring>();
  io_uring_params params{};
  // SINGLE_ISSUER, DEFER_TASKRUN and COOP_TASKRUN spare interrupts of running code and are worth
  // most of what io_uring gains; disabled until the first turn because the ring then belongs to a
  // thread.
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_COOP_TASKRUN;
  params.cq_entries = kCompletions;
  const int result = io_uring_queue_init_params(kSubmissions, ring.get(), &params);
  if (result == -EMFILE || result == -ENFILE) {
    return base::fail(base::error_from_errno(-result, "io_uring"));
  }
  if (result < 0) {
    return base::fail(base::Code::kUnsupported, "io_uring is not offered by this kernel");
  }
  return std::make_unique<UringRing>(std::move(ring));
}

UringRing::UringRing(std::unique_ptr<io_uring> ring) : ring_(std::move(ring)) {}

UringRing::~UringRing() {
  if (is_enabled_ && pthread_equal(owner_, pthread_self()) != 0) {
    flush();  // what was cancelled last lets go of its sockets now, not some time after
  } else if (is_enabled_) {
    // The registration of the descriptor ended with its thread; here its number may mean the ring
    // of another loop. liburing 2.3 unregisters it when this flag is set.
    ring_->int_flags = 0;
    ring_->enter_ring_fd = ring_->ring_fd;
  }
  io_uring_queue_exit(ring_.get());
}

void UringRing::enable() {
  is_enabled_ = true;
  owner_ = pthread_self();
  // By number: liburing 2.3 declares io_uring_enable_rings() but does not export it.
  const long enabled =
      syscall(SYS_io_uring_register, ring_->ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  WEFT_ASSERT(enabled == 0);
  // Saves a look-up in the descriptor table per turn; without it everything works as well.
  static_cast<void>(io_uring_register_ring_fd(ring_.get()));
  for (const auto& prepared : std::exchange(early_, {})) {
    prepare() = *prepared;
  }
}

io_uring_sqe& UringRing::prepare() {
  io_uring_sqe* entry = io_uring_get_sqe(ring_.get());
  if (entry == nullptr && !is_enabled_) {
    return *early_.emplace_back(std::make_unique<io_uring_sqe>());
  }
  while (entry == nullptr) {
    if (io_uring_submit(ring_.get()) == -EEXIST) {
      // Not the ring's thread: its loop has ended, and what is closed now ends with the ring.
      return *early_.emplace_back(std::make_unique<io_uring_sqe>());
    }
    collect();  // makes room for completions
    entry = io_uring_get_sqe(ring_.get());
  }
  return *entry;
}

void UringRing::poll(int fd, short events, std::uint64_t about) {
  io_uring_sqe& entry = prepare();
  io_uring_prep_poll_add(&entry, fd, static_cast<unsigned>(events));
  entry.user_data = about;
}

void UringRing::recv(int fd, char* into, std::size_t bytes, bool is_empty, std::uint64_t about) {
  io_uring_sqe& entry = prepare();
  io_uring_prep_recv(&entry, fd, into, bytes, 0);
  entry.ioprio |= is_empty ? IORING_RECVSEND_POLL_FIRST : 0;
  entry.user_data = about;
}

void UringRing::recv_pooled(int fd, bool is_empty, std::uint64_t about) {
  io_uring_sqe& entry = prepare();
  io_uring_prep_recv(&entry, fd, nullptr, 0, 0);  // as much as the slot holds
  entry.ioprio |= is_empty ? IORING_RECVSEND_POLL_FIRST : 0;
  use_slots(entry);
  entry.user_data = about;
}

void UringRing::recv_many(int fd, std::uint64_t about) {
  io_uring_sqe& entry = prepare();
  io_uring_prep_recv_multishot(&entry, fd, nullptr, 0, 0);
  use_slots(entry);
  entry.user_data = about;
}

void UringRing::cancel(std::uint64_t about) {
  io_uring_sqe& entry = prepare();
  io_uring_prep_cancel64(&entry, about, 0);
  entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
  entry.user_data = kNobody;
}

bool UringRing::take_back(std::uint64_t about) {
  const auto make_nothing = [about](io_uring_sqe& entry) {
    if (entry.user_data != about) {
      return false;
    }
    io_uring_prep_nop(&entry);
    entry.user_data = kNobody;
    return true;
  };
  for (unsigned i = ring_->sq.sqe_head; i != ring_->sq.sqe_tail; ++i) {
    if (make_nothing(ring_->sq.sqes[i & *ring_->sq.kring_mask])) {
      return true;
    }
  }
  for (const auto& entry : early_) {
    if (make_nothing(*entry)) {
      return true;
    }
  }
  return false;
}

void UringRing::turn(base::MonoTime deadline) {
  const base::MonoTime now = real_now();
  if (taken_ < collected_.size() || deadline <= now) {
    flush();
    return;
  }
  // Interrupted, timed out or full: the turn goes on with what there is.
  if (deadline == base::kNever) {
    io_uring_submit_and_wait(ring_.get(), 1);
  } else {
    const base::Nanos wait = deadline - now;
    __kernel_timespec limit{};
    limit.tv_sec = wait / base::Seconds(1);
    limit.tv_nsec = (wait % base::Seconds(1)).count();
    io_uring_cqe* first = nullptr;
    io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, &limit, nullptr);
  }
  collect();
}

void UringRing::flush() {
  io_uring_submit_and_get_events(ring_.get());
  collect();
}

void UringRing::collect() {
  if (taken_ == collected_.size()) {
    collected_.clear();
    taken_ = 0;
  }
  std::array<io_uring_cqe*, 128> batch{};
  unsigned count = 0;
  do {
    count = io_uring_peek_batch_cqe(ring_.get(), batch.data(), batch.size());
    for (unsigned i = 0; i < count; ++i) {
      if (batch[i]->user_data != kNobody) {
        collected_.push_back(completion_of(*batch[i]));
      }
    }
    io_uring_cq_advance(ring_.get(), count);
  } while (count == batch.size());
}

std::optional<UringCompletion> UringRing::next() {
  while (taken_ < collected_.size()) {
    const UringCompletion& completion = collected_[taken_++];
    if (completion.about != kNobody) {
      return completion;
    }
  }
  return std::nullopt;
}

std::optional<UringCompletion> UringRing::next_about(std::uint64_t about) {
  for (std::size_t i = taken_; i < collected_.size(); ++i) {
    if (collected_[i].about == about) {
      return std::exchange(collected_[i], UringCompletion{});
    }
  }
  return std::nullopt;
}

}  // namespace weft::io
