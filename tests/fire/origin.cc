// A backend that misbehaves on purpose, says who it is in every answer, and keeps a ledger of every
// POST. One epoll loop, so that it is as fast as what it is tested with.
//
//   weft_fire_origin [--port 0] [--service web] [--instance web-1] [--ledger FILE] [--seed 1]
//     [--idle-ms 50,200] [--phase-ms 1000]  closes idle connections at these ages, one after
//     another
//     [--jitter-ms 5]                       ... give or take so much
//     [--linger-ms 0]                       ... having stopped to listen so long before
//     [--leave-ratio 0.1]                   share of the requests after, or within, which it leaves
//     [--announces 5]                       says Keep-Alive: timeout=5
//
// Prints its port. GET /bytes/N answers N bytes, GET /count what it saw, as JSON. Ends on SIGTERM.
#include "tool.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <queue>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weft::fire {
namespace {

constexpr std::size_t kInputBytes = 64 * 1024;
constexpr std::size_t kFillerBytes = 64 * 1024;  // of a large body, at a time
// Within how long it leaves a connection that it has just used.
constexpr double kLeaveMillisMax = 20;

// How it leaves: at random, when --leave-ratio says so.
enum class Leave : std::uint8_t { kNot, kUnread, kUnanswered, kAnswered, kSoon };

struct Connection {
  int fd = -1;
  std::uint64_t number = 0;  // a descriptor comes again, a number does not
  std::uint64_t served = 0;  // requests answered on it
  std::string input;
  std::uint64_t body_left = 0;
  std::string answer;  // of the request whose body is still to come
  std::string output;
  std::uint64_t filler_bytes = 0;  // of the answer's body, behind `output`
  Leave leave = Leave::kNot;
  std::uint64_t id = 0;     // of the POST under way
  bool is_post = false;     // a POST is under way
  bool is_leaving = false;  // reads nothing any more
};

struct Due {
  std::int64_t at_us;
  int fd;
  std::uint64_t number;
  std::uint64_t served;  // it is due only if the connection served nothing since
  bool operator>(const Due& other) const { return at_us > other.at_us; }
};

struct Seen {
  std::uint64_t connections = 0;
  std::uint64_t requests = 0;
  std::uint64_t posts = 0;
  std::uint64_t closed_idle = 0;
  std::uint64_t late = 0;  // requests that met a connection which was being closed
};

class Origin final {
 public:
  Origin(const Arguments& arguments, int listener)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        listener_(listener),
        chance_(arguments.count("seed", 1)),
        service_(arguments.text("service", "web")),
        instance_(arguments.text("instance", "web-1")),
        announces_(arguments.text("announces")),
        phase_us_(arguments.number("phase-ms", 1000) * 1000),
        jitter_us_(arguments.number("jitter-ms", 5) * 1000),
        linger_us_(arguments.number("linger-ms", 0) * 1000),
        leave_ratio_(arguments.number("leave-ratio", 0)) {
    for (const std::string& age : arguments.list("idle-ms", "")) {
      if (!age.empty()) {
        idle_us_.push_back(std::strtod(age.c_str(), nullptr) * 1000);
      }
    }
    const std::string path = arguments.text("ledger");
    ledger_ = path.empty() ? nullptr : std::fopen(path.c_str(), "wb");
    watch(listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), wait_ms());
      for (int i = 0; i < count; ++i) {
        on_ready(events[static_cast<std::size_t>(i)].data.fd);
      }
      close_what_is_due();
      if (ledger_ != nullptr) {
        static_cast<void>(std::fflush(ledger_));
      }
    }
  }

 private:
  void on_ready(int fd) {
    if (fd == listener_) {
      accept_all();
      return;
    }
    Connection* connection = find(fd);
    if (connection != nullptr && !connection->is_leaving && !serve(*connection)) {
      drop(*connection);
    }
  }

  void watch(int fd, std::uint32_t what) const {
    epoll_event event{};
    event.events = what;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  Connection* find(int fd) {
    const auto slot = static_cast<std::size_t>(fd);
    return slot < connections_.size() ? connections_[slot].get() : nullptr;
  }

  int wait_ms() const {
    if (due_.empty()) {
      return -1;
    }
    // Rounded up: a timer that is waited for without a pause would take the other side's time.
    return static_cast<int>(std::max<std::int64_t>(due_.top().at_us - now_us() + 999, 0) / 1000);
  }

  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        return;
      }
      make_prompt(fd);
      const auto slot = static_cast<std::size_t>(fd);
      if (slot >= connections_.size()) {
        connections_.resize(slot + 1);
      }
      connections_[slot] = std::make_unique<Connection>();
      connections_[slot]->fd = fd;
      connections_[slot]->number = ++seen_.connections;
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }
  }

  // Reads and answers what there is. Returns: false when the connection has ended.
  bool serve(Connection& from) {
    if (!flush(from)) {
      return false;
    }
    std::array<char, kInputBytes> piece;
    for (;;) {
      const ssize_t count = ::recv(from.fd, piece.data(), piece.size(), 0);
      if (count <= 0) {
        return count < 0 && would_block();
      }
      from.input.append(piece.data(), static_cast<std::size_t>(count));
      while (!from.is_leaving && step(from)) {
      }
      if (from.is_leaving) {
        return false;
      }
    }
  }

  // One step with what has arrived. Returns: false when more must come first.
  bool step(Connection& from) {
    if (from.body_left > 0) {
      const std::uint64_t taken = std::min<std::uint64_t>(from.body_left, from.input.size());
      from.input.erase(0, static_cast<std::size_t>(taken));
      from.body_left -= taken;
      if (from.body_left > 0 || taken == 0) {
        return false;
      }
      finish(from);
      return true;
    }
    const std::size_t end = from.input.find(kHeadEnd);
    if (end == std::string::npos) {
      return false;
    }
    begin(from, std::string_view(from.input).substr(0, end));
    from.input.erase(0, end + kHeadEnd.size());
    if (from.leave == Leave::kUnread) {
      from.is_leaving = true;
    } else if (from.body_left == 0) {
      finish(from);
    }
    return true;
  }

  void begin(Connection& from, std::string_view head) {
    ++seen_.requests;
    from.is_post = head.starts_with("POST ");
    from.id = number_of(field(head, "X-Fire-Id"));
    from.body_left = number_of(field(head, "Content-Length"));
    from.leave = Leave::kNot;
    if (leave_ratio_ > 0 && chance_.unit() < leave_ratio_) {
      constexpr std::array kWays{Leave::kUnread, Leave::kUnanswered, Leave::kAnswered,
                                 Leave::kSoon};
      from.leave = kWays[chance_.below(kWays.size())];
    }
    const std::size_t target = head.find(' ') + 1;
    set_answer(from, head.substr(target, head.find(' ', target) - target));
  }

  // The whole request is here: writes it down and answers.
  void finish(Connection& to) {
    if (to.is_post) {
      ++seen_.posts;
      if (ledger_ != nullptr) {
        static_cast<void>(std::fwrite(&to.id, sizeof to.id, 1, ledger_));
      }
    }
    ++to.served;
    if (to.leave == Leave::kUnanswered) {
      to.is_leaving = true;
      return;
    }
    to.output.append(to.answer);
    if (!flush(to) || to.leave == Leave::kAnswered) {
      to.is_leaving = true;
    } else if (to.leave == Leave::kSoon) {
      close_in(to, chance_.between(0, kLeaveMillisMax) * 1000);
    } else if (!idle_us_.empty()) {
      const auto phase =
          static_cast<std::size_t>(static_cast<double>(now_us() - began_us_) / phase_us_);
      const double age = idle_us_[phase % idle_us_.size()];
      close_in(to, age + chance_.between(-jitter_us_, jitter_us_));
    }
  }

  void set_answer(Connection& to, std::string_view path) const {
    constexpr std::string_view kBytes = "/bytes/";
    std::string body = "ok\n";
    const std::size_t at = path.find(kBytes);
    to.filler_bytes = at == std::string_view::npos ? 0 : number_of(path.substr(at + kBytes.size()));
    if (to.filler_bytes > 0) {
      body.clear();
    } else if (path.ends_with("/count")) {
      body = "{\"connections\":" + std::to_string(seen_.connections) +
             ",\"requests\":" + std::to_string(seen_.requests) +
             ",\"posts\":" + std::to_string(seen_.posts) +
             ",\"closed_idle\":" + std::to_string(seen_.closed_idle) +
             ",\"late\":" + std::to_string(seen_.late) + "}";
    }
    to.answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Fire-Service: " + service_ +
                "\r\nX-Fire-Instance: " + instance_ + "\r\n";
    if (!announces_.empty()) {
      to.answer += "Keep-Alive: timeout=" + announces_ + "\r\n";
    }
    to.answer += "Content-Length: " + std::to_string(body.size() + to.filler_bytes) +
                 std::string(kHeadEnd) + body;
  }

  // Returns: false when the connection is broken.
  bool flush(Connection& to) const {
    for (;;) {
      if (to.output.empty() && to.filler_bytes > 0) {
        to.output = filler_.substr(0, std::min<std::uint64_t>(to.filler_bytes, kFillerBytes));
        to.filler_bytes -= to.output.size();
      }
      if (to.output.empty()) {
        return true;
      }
      const ssize_t sent = ::send(to.fd, to.output.data(), to.output.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        return would_block();
      }
      to.output.erase(0, static_cast<std::size_t>(sent));
    }
  }

  void close_in(const Connection& connection, double us) {
    due_.push({now_us() + static_cast<std::int64_t>(us), connection.fd, connection.number,
               connection.served});
  }

  // First it stops to listen, as a backend that is far away has long decided when one hears of it.
  void close_what_is_due() {
    const std::int64_t now = now_us();
    while (!due_.empty() && due_.top().at_us <= now) {
      const Due due = due_.top();
      due_.pop();
      Connection* connection = find(due.fd);
      if (connection == nullptr || connection->number != due.number ||
          connection->served != due.served || connection->body_left > 0) {
        continue;
      }
      if (!connection->is_leaving && linger_us_ > 0) {
        connection->is_leaving = true;
        due_.push({now + static_cast<std::int64_t>(linger_us_), due.fd, due.number, due.served});
        continue;
      }
      int unread = 0;
      ::ioctl(connection->fd, FIONREAD, &unread);
      seen_.late += unread > 0 ? 1 : 0;
      ++seen_.closed_idle;
      drop(*connection);
    }
  }

  void drop(Connection& connection) {
    const int fd = connection.fd;
    connections_[static_cast<std::size_t>(fd)].reset();
    ::close(fd);
  }

  const int epoll_;
  const int listener_;
  Chance chance_;
  const std::string service_;
  const std::string instance_;
  const std::string announces_;
  std::vector<double> idle_us_;
  const double phase_us_;
  const double jitter_us_;
  const double linger_us_;
  const double leave_ratio_;
  std::FILE* ledger_ = nullptr;
  const std::int64_t began_us_ = now_us();
  const std::string filler_ = std::string(kFillerBytes, 'f');
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  Seen seen_;
};

int open_listener(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fail("no socket", errno);
  }
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  socklen_t bytes = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, any, bytes) < 0 || ::listen(fd, 4096) < 0 || ::getsockname(fd, any, &bytes) < 0) {
    fail("cannot listen", errno);
  }
  static_cast<void>(std::printf("%d\n", ntohs(address.sin_port)));
  static_cast<void>(std::fflush(stdout));
  return fd;
}

}  // namespace
}  // namespace weft::fire

int main(int argc, char** argv) {
  const weft::fire::Arguments arguments(
      argc, argv,
      {"port", "service", "instance", "ledger", "seed", "idle-ms", "phase-ms", "jitter-ms",
       "linger-ms", "leave-ratio", "announces"});
  weft::fire::Origin origin(
      arguments, weft::fire::open_listener(static_cast<std::uint16_t>(arguments.count("port", 0))));
  origin.run();
}
