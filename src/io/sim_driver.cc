#include "io/sim_driver.h"

#include "base/check.h"
#include "io/loop.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace weft::io {
namespace {

constexpr base::WallTime kWallStart{base::Seconds(1'700'000'000)};
// Real time after which a simulation that waits for a message of another thread has hung.
constexpr base::Nanos kHangs = base::Seconds(30);

Operation* Channel::* slot_of(OpKind kind) {
  const bool is_writing =
      kind == OpKind::kConnect || kind == OpKind::kSend || kind == OpKind::kPollOut;
  return is_writing ? &Channel::writer : &Channel::reader;
}

}  // namespace

bool SimDriver::start(Operation& op) {
  bool done = false;
  if (op.channel->is_foreign) {
    op.result = -EOPNOTSUPP;
    return true;
  }
  if (op.kind == OpKind::kConnect) {
    op.result = network_.connect(op.channel->fd, *op.address);
    done = op.result != -EINPROGRESS;
  } else {
    done = attempt(op);
  }
  if (!done) {
    Operation*& slot = op.channel->*slot_of(op.kind);
    WEFT_ASSERT(slot == nullptr);
    slot = &op;
  }
  return done;
}

bool SimDriver::attempt(Operation& op) {
  switch (op.kind) {
    case OpKind::kAccept:
      return try_accept(op);
    case OpKind::kConnect:
      op.result = network_.connect_result(op.channel->fd);
      return op.result != -EINPROGRESS;
    case OpKind::kRecv:
    case OpKind::kRecvPooled:
      return try_recv(op);
    case OpKind::kSend:
      return try_send(op);
    case OpKind::kPollIn:
    case OpKind::kPollOut:
      break;  // start() refuses them
  }
  return false;
}

bool SimDriver::try_accept(Operation& op) {
  const int fd = network_.accept(op.channel->fd, *op.peer);
  if (fd < 0) {
    return false;
  }
  op.accepted = add_channel(fd);
  op.accepted->peer_closed = network_.has_ended(fd);
  op.result = 0;
  return true;
}

bool SimDriver::try_recv(Operation& op) {
  Buffer taken;
  char* into = op.data;
  std::size_t room = op.bytes;
  if (op.kind == OpKind::kRecvPooled) {
    taken = op.loop->buffers().take();
    into = taken.tail();
    room = taken.tail_room();
  }
  op.result = network_.recv(op.channel->fd, into, room);
  if (op.result == -EAGAIN) {
    return false;
  }
  if (op.result > 0 && op.kind == OpKind::kRecvPooled) {
    taken.commit(static_cast<std::size_t>(op.result));
    *op.buffer = std::move(taken);
  }
  return true;
}

bool SimDriver::try_send(Operation& op) {
  while (op.done < op.bytes) {
    const std::int64_t count = network_.send(op.channel->fd, op.data + op.done, op.bytes - op.done);
    if (count < 0) {
      op.result = count;
      return count != -EAGAIN;
    }
    op.done += static_cast<std::size_t>(count);
  }
  op.result = static_cast<std::int64_t>(op.done);
  return true;
}

void SimDriver::cancel(Operation& op) {
  Operation*& slot = op.channel->*slot_of(op.kind);
  WEFT_ASSERT(slot == &op);
  slot = nullptr;
  loop_->finish(op, -ECANCELED);
}

void SimDriver::turn(base::MonoTime deadline) {
  const bool was_woken = take_woken();
  if (mover_ == Mover::kSelf && !was_woken && ready_.empty() && deadline > now()) {
    const base::MonoTime next = std::min(deadline, network_.next_event());
    if (next == base::kNever) {
      wait_until_woken();
    } else {
      network_.advance(next);
    }
  }
  network_.advance(now());  // what is due at this very moment
  wanted_ = was_woken || !ready_.empty() ? now() : std::max(deadline, now());
  loop_->wake_up_at(now());
  const std::vector<int> batch = std::exchange(ready_, {});
  for (const int fd : batch) {
    if (const auto found = channels_.find(fd); found != channels_.end()) {
      found->second->peer_closed = network_.has_ended(fd);
    }
    retry(fd, &Channel::reader);
    retry(fd, &Channel::writer);  // looks the channel up again: the reader may have closed it
  }
}

void SimDriver::retry(int fd, Operation* Channel::* slot) {
  const auto found = channels_.find(fd);
  if (found == channels_.end()) {
    return;
  }
  Channel& channel = *found->second;
  Operation* const op = channel.*slot;
  if (op != nullptr && attempt(*op)) {
    channel.*slot = nullptr;
    loop_->finish(*op, op->result);
  }
}

bool SimDriver::take_woken() {
  const std::lock_guard lock(mutex_);
  return std::exchange(woken_, false);
}

void SimDriver::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  woken_signal_.notify_one();
}

void SimDriver::wait_until_woken() {
  std::unique_lock lock(mutex_);
  const bool woken = woken_signal_.wait_for(lock, kHangs, [this] { return woken_; });
  WEFT_ASSERT(woken);  // else nothing can ever happen in this simulation
  woken_ = false;
}

base::WallTime SimDriver::wall_now() const { return kWallStart + now().time_since_epoch(); }

base::Result<Channel*> SimDriver::listen(const base::SocketAddress& address,
                                         const ListenOptions& options) {
  const int fd = network_.listen(*this, address, options.reuse_port,
                                 static_cast<std::size_t>(options.backlog));
  if (fd < 0) {
    return base::fail(base::error_from_errno(-fd, "listen"));
  }
  return add_channel(fd);
}

// Its sockets are no descriptors.
base::Result<Channel*> SimDriver::adopt_listener(UniqueFd /*descriptor*/) {
  return base::fail(base::Code::kUnsupported, "a simulated network has no descriptors");
}

base::Result<Channel*> SimDriver::open_stream(const base::SocketAddress& /*address*/) {
  return add_channel(network_.open_stream(*this));
}

Channel* SimDriver::watch_foreign(int /*fd*/) {
  Channel* channel = add_channel(--last_foreign_);
  channel->is_foreign = true;
  return channel;
}

Channel* SimDriver::add_channel(int fd) {
  auto& channel = channels_[fd];
  channel = std::make_unique<Channel>();
  channel->fd = fd;
  return channel.get();
}

void SimDriver::close(Channel& channel) {
  WEFT_ASSERT(channel.reader == nullptr && channel.writer == nullptr);
  if (!channel.is_foreign) {
    network_.close(channel.fd);
  }
  channels_.erase(channel.fd);
}

bool SimDriver::has_left(Channel& channel) { return network_.has_ended(channel.fd); }

bool SimDriver::is_stale(Channel& channel) {
  return network_.has_unread(channel.fd) || network_.has_ended(channel.fd);
}

}  // namespace weft::io
