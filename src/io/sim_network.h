// The network of a simulation: non-blocking calls like the kernel's, over streams whose bytes take
// virtual time to arrive and meet the faults a test asked for. SimDriver is to it what the epoll
// driver is to the kernel. Start at SimNetwork; tests start at sim_world.h.
#pragma once

#include "base/address.h"
#include "base/random.h"
#include "base/time.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace weft::io {

// What happens to the streams of one listening address. Rates are chances in [0, 1].
struct SimLink {
  base::Nanos latency = base::Micros(100);  // one way
  base::Nanos jitter{0};                    // up to so much more, drawn per segment
  double delay_rate = 0;                    // a segment is late by up to delay_max
  base::Nanos delay_max = base::Millis(50);
  double refuse_rate = 0;      // a connection is refused
  double reset_rate = 0;       // a segment resets its stream instead of arriving
  double half_close_rate = 0;  // a segment arrives in part, and the end of the stream behind it
  double short_rate = 0;       // a read or write takes less than it could
};

// Hears that a socket may have become readable or writable.
class SimWatcher {
 public:
  virtual void on_ready(int fd) = 0;

 protected:
  ~SimWatcher() = default;
};

// Results are counts or descriptors >= 0, or -errno, as from the kernel's calls. Descriptors are
// never used again. Same seed and same calls: same run.
// Thread: the one that runs the simulation.
class SimNetwork final {
 public:
  // Bytes of one direction that are under way or unread; a sender waits beyond.
  static constexpr std::size_t kDirectionBytes = 64 * 1024;

  explicit SimNetwork(std::uint64_t seed) : random_(seed) {}
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // The link of streams to `address`; made as a copy of the default one.
  SimLink& link(const base::SocketAddress& address);
  SimLink& default_link() { return default_link_; }
  // Holds back everything sent to or from a listener's address, as if its process were stopped.
  void pause(const base::SocketAddress& address);
  void resume(const base::SocketAddress& address);
  // Resets every stream to `address`.
  void reset_streams(const base::SocketAddress& address);
  // As if the process of `by` were killed: its listeners are gone, the peers of its streams hear
  // the end, and nothing it does from now on reaches anybody. It must not be used for new loops.
  void kill(SimWatcher& by);
  // Runs `event` at that time, before the loops turn.
  void call_at(base::MonoTime at, std::move_only_function<void()> event) {
    schedule(at, {}, std::move(event));
  }

  int listen(SimWatcher& by, base::SocketAddress address, bool reuse_port, std::size_t backlog);
  int open_stream(SimWatcher& by);
  int connect(int fd, const base::SocketAddress& to);  // -EINPROGRESS; ready when decided
  int connect_result(int fd);                          // 0, -EINPROGRESS or why not
  int accept(int fd, base::SocketAddress& peer);
  std::int64_t recv(int fd, char* into, std::size_t bytes);
  std::int64_t send(int fd, const char* from, std::size_t bytes);
  void shutdown_write(int fd);
  void close(int fd);
  bool has_unread(int fd) const;
  bool has_ended(int fd) const;  // by the peer or by a reset
  base::SocketAddress local_address(int fd) const;
  std::size_t open_sockets() const { return streams_.size() + listeners_.size(); }

  base::MonoTime now() const { return now_; }
  base::MonoTime next_event() const;
  // Moves time to `to` through every event due by then.
  void advance(base::MonoTime to);

 private:
  // One end of a stream. Ends know each other by descriptor; one that is gone is a closed one.
  struct Stream {
    SimWatcher* watcher = nullptr;
    int peer = -1;
    bool is_connecting = false;
    bool is_ended = false;        // the peer's end has arrived
    bool is_write_ended = false;  // ours is under way
    bool is_dead = false;         // killed
    int error = 0;                // errno to report once
    base::SocketAddress local;
    base::SocketAddress listener;  // names the link
    std::string received;
    std::size_t read = 0;  // bytes of `received` already taken
    std::size_t credit = kDirectionBytes;
    base::MonoTime last_arrival{};  // of what was sent last: order is kept
  };
  struct Listener {
    SimWatcher* watcher = nullptr;
    base::SocketAddress address;
    bool reuse_port = false;
    std::size_t backlog = 0;
    bool is_dead = false;                                     // killed
    std::deque<std::pair<int, base::SocketAddress>> waiting;  // accepted by us, not by them
  };
  struct Held {
    base::SocketAddress address;
    std::move_only_function<void()> event;
  };

  const SimLink& link_of(const base::SocketAddress& address) const;
  bool chance(double rate) { return rate > 0 && random_.unit() < rate; }
  std::size_t shorten(std::size_t bytes, const SimLink& link);
  base::Nanos draw_delay(const SimLink& link);
  void schedule(base::MonoTime at, const base::SocketAddress& link,
                std::move_only_function<void()> event);
  // Runs `event` when what `from` sends now has arrived.
  void send_event(Stream& from, std::move_only_function<void()> event);
  int find_listener(const base::SocketAddress& to);
  void tell_of_close(int fd, Stream& stream);
  void give_credit(Stream& stream, std::size_t bytes);
  void arrive_connection(int client, const base::SocketAddress& to);
  void refuse(int client);
  void arrive_bytes(int from, int to, const std::string& bytes);
  void arrive_end(int to);
  void arrive_reset(int to);
  Stream* find(int fd);
  const Stream* find(int fd) const;

  base::Random random_;
  base::MonoTime now_{base::Seconds(1)};
  SimLink default_link_;
  std::map<base::SocketAddress, SimLink> links_;
  std::map<base::SocketAddress, bool> paused_;
  std::vector<Held> held_;
  std::map<std::pair<base::MonoTime, std::uint64_t>, Held> events_;  // by time, then order
  std::uint64_t scheduled_ = 0;
  std::map<int, Stream> streams_;
  std::map<int, Listener> listeners_;
  std::vector<const SimWatcher*> dead_;  // their processes were killed
  int last_fd_ = 0;
  std::uint16_t last_port_ = 20'000;
};

}  // namespace weft::io
