// Clients that keep their connections busy: each asks again as soon as its answer is whole. One
// epoll loop that does nothing else, so that it is not what is measured: a general load generator
// takes as much of a core per request as the backend, and was at its limit while the quicker of the
// proxies still waited for it. Plain system calls, no part of weft.
//
//   bench_clients WHERE CONNECTIONS PATH     WHERE: a port of 127.0.0.1, or unix:/path
//
// Each line of the input is a number of seconds to ask for; between them the connections are
// silent. For each comes a line of JSON: requests answered, and quantiles of the time from a
// request to its whole answer. Every answer must be a 200 with Content-Length on a connection that
// stays; anything else ends the run with status 1.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kUnix = "unix:";
constexpr int kPatienceMillis = 10'000;

[[noreturn]] void fail(std::string_view what) {
  std::cerr << "bench_clients: " << what << "\n";
  std::_Exit(1);
}

[[noreturn]] void fail_errno(const std::string& what) {
  fail(what + ": " + std::system_category().message(errno));
}

// Microseconds, each to within 1/32 of itself.
class Histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_.at(slot_of(value));
    ++total_;
  }

  // The value that `share` of all do not exceed.
  std::uint64_t quantile(double share) const {
    auto left = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
      if (counts_[slot] > left) {
        return value_of(slot);
      }
      left -= counts_[slot];
    }
    return 0;
  }

 private:
  static constexpr unsigned kBits = 5;  // of a value that are kept
  static constexpr std::uint64_t kSteps = 1U << kBits;

  static std::size_t slot_of(std::uint64_t value) {
    if (value < kSteps) {
      return value;
    }
    const auto shift = static_cast<unsigned>(63 - __builtin_clzll(value)) - kBits;
    return (shift + 1) * kSteps + (value >> shift) - kSteps;
  }
  static std::uint64_t value_of(std::size_t slot) {
    const std::size_t octave = slot / kSteps;
    return octave == 0 ? slot : (kSteps + slot % kSteps) << (octave - 1);
  }

  std::array<std::uint64_t, 40 * kSteps> counts_{};
  std::uint64_t total_ = 0;
};

template <class Address>
int connect_to(int family, const Address& address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    fail_errno("connect");
  }
  return fd;
}

int connect_to(const std::string& where) {
  if (where.starts_with(kUnix)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    where.copy(address.sun_path, sizeof address.sun_path - 1, kUnix.size());
    return connect_to(AF_UNIX, address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(where.c_str())));
  const int fd = connect_to(AF_INET, address);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

struct Client {
  int fd = -1;
  std::uint64_t body_left = 0;
  bool awaits_head = true;
  Clock::time_point asked;
};

class Clients {
 public:
  Clients(const std::string& where, std::size_t count, const std::string& path)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), clients_(count) {
    request_ = "GET " + path + " HTTP/1.1\r\nHost: bench\r\n\r\n";
    for (Client& client : clients_) {
      client.fd = connect_to(where);
      epoll_event event{};
      event.events = EPOLLIN | EPOLLET;
      event.data.ptr = &client;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    }
  }

  // Returns when everything that was asked is answered.
  void run(Clock::duration duration) {
    const auto end = Clock::now() + duration;
    took_us_ = {};
    answered_ = 0;
    is_ending_ = false;
    waiting_ = clients_.size();
    for (Client& client : clients_) {
      ask(client, Clock::now());
    }
    std::array<epoll_event, 256> events{};
    while (waiting_ > 0) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), kPatienceMillis);
      if (count == 0) {
        fail("no answer came");
      }
      for (int i = 0; i < count; ++i) {
        read_all(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
      }
      is_ending_ = Clock::now() >= end;
    }
  }

  void print() const {
    std::cout << "{\"requests\": " << answered_ << ", \"p50_us\": " << took_us_.quantile(0.5)
              << ", \"p99_us\": " << took_us_.quantile(0.99) << "}" << std::endl;
  }

 private:
  void ask(Client& client, Clock::time_point now) {
    client.asked = now;
    client.awaits_head = true;
    const ssize_t sent = ::send(client.fd, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request_.size())) {
      fail_errno("send");
    }
  }

  void read_all(Client& client) {
    for (;;) {
      const ssize_t count = ::recv(client.fd, input_.data(), input_.size(), MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) {
        return;
      }
      if (count <= 0) {
        fail("a connection was closed");
      }
      take({input_.data(), static_cast<std::size_t>(count)}, client);
      if (static_cast<std::size_t>(count) < input_.size()) {
        return;
      }
    }
  }

  void take(std::string_view bytes, Client& client) {
    if (client.awaits_head) {
      const std::size_t end = bytes.find(kHeadEnd);
      if (end == std::string_view::npos) {
        fail("the head of an answer came in parts, or was none");
      }
      client.body_left = body_bytes(bytes.substr(0, end + 2));
      client.awaits_head = false;
      bytes.remove_prefix(end + kHeadEnd.size());
    }
    if (bytes.size() > client.body_left) {
      fail("an answer was longer than it said");
    }
    client.body_left -= bytes.size();
    if (client.body_left == 0) {
      const auto now = Clock::now();
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - client.asked);
      took_us_.add(static_cast<std::uint64_t>(took.count()));
      ++answered_;
      if (is_ending_) {
        --waiting_;
      } else {
        ask(client, now);
      }
    }
  }

  // Of an answer with this head.
  static std::uint64_t body_bytes(std::string_view head) {
    constexpr std::string_view kOk = "HTTP/1.1 200 ";
    constexpr std::string_view kLength = "\ncontent-length: ";
    if (!head.starts_with(kOk)) {
      fail(head.substr(0, head.find('\r')));
    }
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; };
    const auto* const at =
        std::search(head.begin(), head.end(), kLength.begin(), kLength.end(), same);
    std::uint64_t bytes = 0;
    if (at == head.end() ||
        std::from_chars(at + kLength.size(), head.end(), bytes).ec != std::errc()) {
      fail("an answer without Content-Length");
    }
    return bytes;
  }

  int epoll_;
  std::vector<Client> clients_;
  std::string request_;
  std::vector<char> input_ = std::vector<char>(std::size_t{128} << 10);
  Histogram took_us_;
  std::uint64_t answered_ = 0;
  std::size_t waiting_ = 0;  // clients whose answer is on its way
  bool is_ending_ = false;   // nobody asks again
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_clients WHERE CONNECTIONS PATH < seconds, line by line\n";
    return 2;
  }
  Clients clients(argv[1], static_cast<std::size_t>(std::max(1, std::atoi(argv[2]))), argv[3]);
  for (double seconds = 0; std::cin >> seconds;) {
    clients.run(
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
    clients.print();
  }
}
