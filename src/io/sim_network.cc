#include "io/sim_network.h"

#include "base/check.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weft::io {
namespace {

// How long a connection waits before it knocks again on a full listener. Source: RFC 6298 §2.
constexpr base::Nanos kKnockAgain = base::Seconds(1);

}  // namespace

SimLink& SimNetwork::link(const base::SocketAddress& address) {
  return links_.try_emplace(address, default_link_).first->second;
}

const SimLink& SimNetwork::link_of(const base::SocketAddress& address) const {
  const auto found = links_.find(address);
  return found == links_.end() ? default_link_ : found->second;
}

void SimNetwork::pause(const base::SocketAddress& address) { paused_[address] = true; }

void SimNetwork::resume(const base::SocketAddress& address) {
  paused_.erase(address);
  std::vector<Held> held = std::exchange(held_, {});
  for (Held& one : held) {
    if (paused_.contains(one.address)) {
      held_.push_back(std::move(one));
    } else {
      schedule(now_, one.address, std::move(one.event));
    }
  }
}

void SimNetwork::reset_streams(const base::SocketAddress& address) {
  for (auto& [fd, stream] : streams_) {
    if (stream.listener == address && stream.peer >= 0) {
      schedule(now_, {}, [this, to = fd] { arrive_reset(to); });
    }
  }
}

void SimNetwork::kill(SimWatcher& by) {
  dead_.push_back(&by);
  for (auto& [fd, listener] : listeners_) {
    listener.is_dead |= listener.watcher == &by;
  }
  for (auto& [fd, stream] : streams_) {
    if (stream.watcher != &by || stream.is_dead) {
      continue;
    }
    if (stream.peer >= 0) {
      tell_of_close(fd, stream);
    }
    stream.is_dead = true;
    stream.peer = -1;
    stream.is_connecting = false;
    stream.is_ended = true;
    stream.is_write_ended = true;
    stream.error = ECONNRESET;
    by.on_ready(fd);
  }
}

base::MonoTime SimNetwork::next_event() const {
  return events_.empty() ? base::kNever : events_.begin()->first.first;
}

void SimNetwork::advance(base::MonoTime to) {
  while (!events_.empty() && events_.begin()->first.first <= to) {
    auto entry = events_.extract(events_.begin());
    now_ = std::max(now_, entry.key().first);
    Held& due = entry.mapped();
    if (paused_.contains(due.address)) {
      held_.push_back(std::move(due));
    } else {
      due.event();
    }
  }
  now_ = std::max(now_, to);
}

void SimNetwork::schedule(base::MonoTime at, const base::SocketAddress& link,
                          std::move_only_function<void()> event) {
  events_.emplace(std::pair(std::max(at, now_), ++scheduled_), Held{link, std::move(event)});
}

base::Nanos SimNetwork::draw_delay(const SimLink& link) {
  base::Nanos delay = link.latency;
  if (link.jitter > base::Nanos(0)) {
    delay += base::Nanos(random_.below(static_cast<std::uint64_t>(link.jitter.count())));
  }
  if (chance(link.delay_rate) && link.delay_max > base::Nanos(0)) {
    delay += base::Nanos(random_.below(static_cast<std::uint64_t>(link.delay_max.count())));
  }
  return delay;
}

void SimNetwork::send_event(Stream& from, std::move_only_function<void()> event) {
  from.last_arrival = std::max(from.last_arrival, now_ + draw_delay(link_of(from.listener)));
  schedule(from.last_arrival, from.listener, std::move(event));
}

std::size_t SimNetwork::shorten(std::size_t bytes, const SimLink& link) {
  return chance(link.short_rate) ? 1 + random_.below(bytes) : bytes;
}

SimNetwork::Stream* SimNetwork::find(int fd) {
  const auto found = streams_.find(fd);
  return found == streams_.end() ? nullptr : &found->second;
}

const SimNetwork::Stream* SimNetwork::find(int fd) const {
  const auto found = streams_.find(fd);
  return found == streams_.end() ? nullptr : &found->second;
}

int SimNetwork::listen(SimWatcher& by, base::SocketAddress address, bool reuse_port,
                       std::size_t backlog) {
  if (!address.is_unix() && address.port == 0) {
    address.port = ++last_port_;
  }
  for (const auto& [fd, other] : listeners_) {
    if (!other.is_dead && other.address == address && !(other.reuse_port && reuse_port)) {
      return -EADDRINUSE;
    }
  }
  listeners_.emplace(++last_fd_, Listener{&by, std::move(address), reuse_port, backlog, false, {}});
  return last_fd_;
}

int SimNetwork::open_stream(SimWatcher& by) {
  Stream& stream = streams_[++last_fd_];
  stream.watcher = &by;
  stream.is_dead = std::ranges::find(dead_, &by) != dead_.end();
  return last_fd_;
}

int SimNetwork::connect(int fd, const base::SocketAddress& to) {
  Stream& stream = *find(fd);
  if (stream.is_dead) {
    return -ENETUNREACH;
  }
  stream.is_connecting = true;
  stream.listener = to;
  stream.local = to.is_unix() ? base::SocketAddress{{}, 0, "-"}
                              : base::SocketAddress{base::IpAddress::loopback(), ++last_port_, ""};
  send_event(stream, [this, fd, to] { arrive_connection(fd, to); });
  return -EINPROGRESS;
}

int SimNetwork::connect_result(int fd) {
  Stream& stream = *find(fd);
  if (stream.is_connecting) {
    return -EINPROGRESS;
  }
  return -std::exchange(stream.error, 0);
}

// Listeners that share an address take turns by chance, as SO_REUSEPORT hashes do.
int SimNetwork::find_listener(const base::SocketAddress& to) {
  std::vector<int> fitting;
  for (const auto& [fd, listener] : listeners_) {
    const bool is_any = !to.is_unix() && !listener.address.is_unix() &&
                        listener.address.port == to.port && listener.address.ip.is_unspecified();
    if (!listener.is_dead && (listener.address == to || is_any)) {
      fitting.push_back(fd);
    }
  }
  if (fitting.empty()) {
    return -1;
  }
  return fitting.size() == 1 ? fitting[0] : fitting[random_.below(fitting.size())];
}

void SimNetwork::arrive_connection(int client, const base::SocketAddress& to) {
  Stream* from = find(client);
  if (from == nullptr || from->is_dead) {
    return;  // it gave up meanwhile
  }
  const int fd = find_listener(to);
  if (fd < 0 || chance(link_of(to).refuse_rate)) {
    send_event(*from, [this, client] { refuse(client); });
    return;
  }
  Listener& listener = listeners_.at(fd);
  if (listener.waiting.size() > listener.backlog) {
    schedule(now_ + kKnockAgain, to, [this, client, to] { arrive_connection(client, to); });
    return;
  }
  const int server = ++last_fd_;
  Stream& accepted = streams_[server];
  accepted.watcher = listener.watcher;
  accepted.peer = client;
  accepted.local = to;
  accepted.listener = to;
  from->peer = server;
  listener.waiting.emplace_back(server, from->local);
  listener.watcher->on_ready(fd);
  send_event(accepted, [this, client] {
    if (Stream* connected = find(client); connected != nullptr) {
      connected->is_connecting = false;
      connected->watcher->on_ready(client);
    }
  });
}

void SimNetwork::refuse(int client) {
  if (Stream* stream = find(client); stream != nullptr) {
    stream->is_connecting = false;
    stream->error = ECONNREFUSED;
    stream->watcher->on_ready(client);
  }
}

int SimNetwork::accept(int fd, base::SocketAddress& peer) {
  Listener& listener = listeners_.at(fd);
  if (listener.waiting.empty()) {
    return -EAGAIN;
  }
  auto [accepted, from] = std::move(listener.waiting.front());
  listener.waiting.pop_front();
  peer = std::move(from);
  return accepted;
}

std::int64_t SimNetwork::recv(int fd, char* into, std::size_t bytes) {
  Stream& stream = *find(fd);
  const std::size_t unread = stream.received.size() - stream.read;
  if (unread == 0 || bytes == 0) {
    if (stream.error != 0) {
      return -std::exchange(stream.error, 0);
    }
    return stream.is_ended || bytes == 0 ? 0 : -EAGAIN;
  }
  const std::size_t count = shorten(std::min(unread, bytes), link_of(stream.listener));
  std::memcpy(into, stream.received.data() + stream.read, count);
  stream.read += count;
  if (stream.read == stream.received.size()) {
    stream.received.clear();
    stream.read = 0;
  }
  give_credit(stream, count);
  return static_cast<std::int64_t>(count);
}

// The sender hears of the room after the way back.
void SimNetwork::give_credit(Stream& stream, std::size_t bytes) {
  send_event(stream, [this, peer = stream.peer, bytes] {
    if (Stream* sender = find(peer); sender != nullptr) {
      sender->credit += bytes;
      sender->watcher->on_ready(peer);
    }
  });
}

std::int64_t SimNetwork::send(int fd, const char* from, std::size_t bytes) {
  Stream& stream = *find(fd);
  if (stream.error != 0) {
    return -std::exchange(stream.error, 0);
  }
  if (stream.is_write_ended) {
    return -EPIPE;
  }
  if (stream.credit == 0) {
    return -EAGAIN;
  }
  const std::size_t count = shorten(std::min(bytes, stream.credit), link_of(stream.listener));
  stream.credit -= count;
  send_event(stream, [this, fd, peer = stream.peer, segment = std::string(from, count)] {
    arrive_bytes(fd, peer, segment);
  });
  return static_cast<std::int64_t>(count);
}

void SimNetwork::arrive_bytes(int from, int to, const std::string& bytes) {
  Stream* stream = find(to);
  if (stream == nullptr || stream->is_dead) {
    // Nobody there to read it: the sender learns by a reset, after the way back.
    if (Stream* sender = find(from); sender != nullptr) {
      send_event(*sender, [this, from] { arrive_reset(from); });
    }
    return;
  }
  if (stream->is_ended) {
    give_credit(*stream, bytes.size());  // lost behind the end that half_close_rate made
    return;
  }
  const SimLink& link = link_of(stream->listener);
  if (chance(link.reset_rate)) {
    arrive_reset(to);
    if (Stream* sender = find(from); sender != nullptr) {
      send_event(*sender, [this, from] { arrive_reset(from); });
    }
    return;
  }
  const bool is_cut = chance(link.half_close_rate);
  stream->received.append(bytes, 0, is_cut ? random_.below(bytes.size()) : bytes.size());
  stream->is_ended = is_cut;
  stream->watcher->on_ready(to);
}

void SimNetwork::arrive_end(int to) {
  if (Stream* stream = find(to); stream != nullptr) {
    stream->is_ended = true;
    stream->watcher->on_ready(to);
  }
}

void SimNetwork::arrive_reset(int to) {
  if (Stream* stream = find(to); stream != nullptr && !stream->is_connecting) {
    stream->is_ended = true;
    stream->is_write_ended = true;
    stream->error = ECONNRESET;
    stream->watcher->on_ready(to);
  }
}

void SimNetwork::shutdown_write(int fd) {
  Stream& stream = *find(fd);
  if (!stream.is_write_ended && stream.peer >= 0) {
    stream.is_write_ended = true;
    send_event(stream, [this, peer = stream.peer] { arrive_end(peer); });
  }
}

void SimNetwork::close(int fd) {
  if (const auto found = listeners_.find(fd); found != listeners_.end()) {
    const auto waiting = std::move(found->second.waiting);
    listeners_.erase(found);
    for (const auto& [stream, from] : waiting) {
      close(stream);
    }
    return;
  }
  Stream& stream = *find(fd);
  if (stream.peer >= 0) {
    tell_of_close(fd, stream);
  }
  streams_.erase(fd);
}

void SimNetwork::tell_of_close(int fd, Stream& stream) {
  const bool is_reset = has_unread(fd);  // RFC 1122 §4.2.2.13
  send_event(stream, [this, peer = stream.peer, is_reset] {
    is_reset ? arrive_reset(peer) : arrive_end(peer);
  });
}

bool SimNetwork::has_unread(int fd) const {
  const Stream* stream = find(fd);
  return stream != nullptr && stream->received.size() > stream->read;
}

bool SimNetwork::has_ended(int fd) const {
  const Stream* stream = find(fd);
  return stream != nullptr && (stream->is_ended || stream->error != 0);
}

base::SocketAddress SimNetwork::local_address(int fd) const {
  if (const auto found = listeners_.find(fd); found != listeners_.end()) {
    return found->second.address;
  }
  const Stream* stream = find(fd);
  return stream == nullptr ? base::SocketAddress{} : stream->local;
}

}  // namespace weft::io
