// The backend behind the measured proxies: answers fixed bytes from one epoll loop and does nothing
// else, so that it is not what is measured. Plain system calls, no part of weft.
//
//   bench_origin WHERE...     each a PORT of 127.0.0.1, a range FIRST-LAST of them, any:PORT for
//                             every address of this machine, or unix:/path
//
// GET /64k answers 64 KiB, GET /count how many requests came before it, anything else 256 bytes.
// Requests have no body. Ends on SIGTERM.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
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

constexpr std::size_t kInputBytes = 16 * 1024;  // one request head, or many pipelined ones
constexpr std::string_view kHeadEnd = "\r\n\r\n";

struct Connection {
  int fd = -1;
  bool listens = false;
  std::array<char, kInputBytes> input;
  std::size_t input_bytes = 0;
  std::string output;  // what the socket did not take yet
};

std::string answer(std::string_view body) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";
  return text.append(std::to_string(body.size())).append(kHeadEnd).append(body);
}

class Origin {
 public:
  explicit Origin(int epoll) : epoll_(epoll) {}

  void add(int fd, bool listens) {
    const auto slot = static_cast<std::size_t>(fd);
    if (slot >= connections_.size()) {
      connections_.resize(slot + 1);
    }
    connections_[slot] = std::make_unique<Connection>();
    connections_[slot]->fd = fd;
    connections_[slot]->listens = listens;
    epoll_event event{};
    event.events = listens ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        Connection& connection = *connections_[static_cast<std::size_t>(event.data.fd)];
        if (connection.listens) {
          accept_all(connection.fd);
        } else if (!flush(connection) || !read_all(connection)) {
          drop(connection);
        }
      }
    }
  }

 private:
  void accept_all(int listener) {
    for (;;) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        return;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      add(fd, false);
    }
  }

  // Returns: false when the connection has ended.
  bool read_all(Connection& from) {
    for (;;) {
      const std::size_t room = kInputBytes - from.input_bytes;
      const ssize_t count = ::recv(from.fd, from.input.data() + from.input_bytes, room, 0);
      if (count <= 0) {
        return count < 0 && errno == EAGAIN;
      }
      from.input_bytes += static_cast<std::size_t>(count);
      if (!answer_whole_requests(from) || from.input_bytes == kInputBytes) {
        return false;  // broken, or a head without end
      }
      if (static_cast<std::size_t>(count) < room) {
        return true;
      }
    }
  }

  bool answer_whole_requests(Connection& from) {
    const std::string_view input(from.input.data(), from.input_bytes);
    std::size_t used = 0;
    for (;;) {
      const std::size_t end = input.find(kHeadEnd, used);
      if (end == std::string_view::npos) {
        break;
      }
      if (!reply(from, input.substr(used, end - used))) {
        return false;
      }
      used = end + kHeadEnd.size();
    }
    std::memmove(from.input.data(), from.input.data() + used, from.input_bytes - used);
    from.input_bytes -= used;
    return true;
  }

  bool reply(Connection& to, std::string_view head) {
    const std::size_t begin = std::min(head.find(' ') + 1, head.size());
    const std::string_view path = head.substr(begin, head.find(' ', begin) - begin);
    if (path.starts_with("/count")) {
      return send_all(to, answer(std::to_string(served_)));
    }
    ++served_;
    return send_all(to, path.starts_with("/64k") ? large_ : small_);
  }

  bool send_all(Connection& to, std::string_view bytes) {
    if (to.output.empty()) {
      const ssize_t sent = ::send(to.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    to.output.append(bytes);
    return true;
  }

  bool flush(Connection& to) {
    if (to.output.empty()) {
      return true;
    }
    const ssize_t sent = ::send(to.fd, to.output.data(), to.output.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return errno == EAGAIN;
    }
    to.output.erase(0, static_cast<std::size_t>(sent));
    return true;
  }

  void drop(Connection& connection) {
    const int fd = connection.fd;
    connections_[static_cast<std::size_t>(fd)].reset();
    ::close(fd);
  }

  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
  std::uint64_t served_ = 0;
  std::string small_ = answer(std::string(256, 'w'));
  std::string large_ = answer(std::string(64 * 1024, 'W'));
};

[[noreturn]] void fail(const std::string& what) {
  std::cerr << "bench_origin: " << what << ": " << std::system_category().message(errno) << "\n";
  std::_Exit(1);
}

template <class Address>
int open_listener(int family, const Address& address, const std::string& name) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
      ::listen(fd, 4096) < 0) {
    fail(name);
  }
  return fd;
}

int listen_on_port(std::uint32_t host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return open_listener(AF_INET, address, "port " + std::to_string(port));
}

int listen_on_path(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(address.sun_path);
  return open_listener(AF_UNIX, address, std::string(path));
}

void listen_at(Origin& origin, const std::string& where) {
  constexpr std::string_view kUnix = "unix:";
  if (where.starts_with(kUnix)) {
    origin.add(listen_on_path(where.substr(kUnix.size())), true);
    return;
  }
  constexpr std::string_view kAny = "any:";
  if (where.starts_with(kAny)) {
    origin.add(listen_on_port(INADDR_ANY, std::atoi(where.c_str() + kAny.size())), true);
    return;
  }
  const std::size_t dash = where.find('-');
  const int first = std::atoi(where.c_str());
  const int last = dash == std::string::npos ? first : std::atoi(where.c_str() + dash + 1);
  for (int port = first; port <= last; ++port) {
    origin.add(listen_on_port(INADDR_LOOPBACK, port), true);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: bench_origin WHERE... (PORT, FIRST-LAST, any:PORT or unix:/path)\n";
    return 2;
  }
  Origin origin(::epoll_create1(EPOLL_CLOEXEC));
  for (int i = 1; i < argc; ++i) {
    listen_at(origin, argv[i]);
  }
  origin.run();
}
