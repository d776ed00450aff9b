#include "io/sockaddr.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace weft::io {
namespace {

int set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value);
}

int close_with_errno(int fd) {
  const int sys = errno;
  ::close(fd);
  return -sys;
}

// A unix listener leaves its file behind; one that nobody answers on may go.
void remove_stale_unix_socket(const base::SocketAddress& address) {
  struct stat info{};
  if (lstat(address.unix_path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) {
    return;
  }
  const int probe = open_stream_socket(address);
  if (probe < 0) {
    return;
  }
  const KernelAddress kernel = to_kernel(address);
  if (::connect(probe, kernel.get(), kernel.bytes) != 0 && errno == ECONNREFUSED) {
    unlink(address.unix_path.c_str());
  }
  ::close(probe);
}

// A client that left, or lost its network, before it was accepted is not an error of the listener.
// Source: accept(2), "Error handling".
bool is_client_gone(int sys) {
  return sys == ECONNABORTED || sys == EINTR || sys == EPROTO || sys == ENETDOWN ||
         sys == ENETUNREACH || sys == EHOSTUNREACH || sys == EHOSTDOWN || sys == ENONET ||
         sys == ENOPROTOOPT;
}

}  // namespace

KernelAddress to_kernel(const base::SocketAddress& address) {
  KernelAddress out;
  if (address.is_unix()) {
    auto* un = reinterpret_cast<sockaddr_un*>(&out.storage);
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, address.unix_path.data(),
                std::min(address.unix_path.size(), sizeof un->sun_path - 1));
    out.bytes = sizeof(sockaddr_un);
  } else if (address.ip.is_v4()) {
    auto* in = reinterpret_cast<sockaddr_in*>(&out.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(address.port);
    in->sin_addr.s_addr = htonl(address.ip.v4_value());
    out.bytes = sizeof(sockaddr_in);
  } else {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(address.port);
    std::memcpy(&in6->sin6_addr, address.ip.bytes.data(), 16);
    out.bytes = sizeof(sockaddr_in6);
  }
  return out;
}

base::SocketAddress from_kernel(const KernelAddress& address) {
  base::SocketAddress out;
  if (address.storage.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    out.ip = base::IpAddress::v4(ntohl(in->sin_addr.s_addr));
    out.port = ntohs(in->sin_port);
  } else if (address.storage.ss_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    std::memcpy(out.ip.bytes.data(), &in6->sin6_addr, 16);
    out.port = ntohs(in6->sin6_port);
  } else if (address.storage.ss_family == AF_UNIX) {
    const auto* un = reinterpret_cast<const sockaddr_un*>(&address.storage);
    const bool named = address.bytes > offsetof(sockaddr_un, sun_path) && un->sun_path[0] != 0;
    out.unix_path = named ? un->sun_path : "-";
  }
  return out;
}

int open_stream_socket(const base::SocketAddress& address) {
  const int family = address.is_unix() ? AF_UNIX : address.ip.is_v4() ? AF_INET : AF_INET6;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return fd < 0 ? -errno : fd;
}

void set_no_delay(int fd) { set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

int open_listening_socket(const base::SocketAddress& address, bool reuse_port, int backlog) {
  if (address.is_unix()) {
    remove_stale_unix_socket(address);
  }
  const int fd = open_stream_socket(address);
  if (fd < 0) {
    return fd;
  }
  if (!address.is_unix()) {
    set_no_delay(fd);
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (reuse_port) {
      set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
  }
  const KernelAddress kernel = to_kernel(address);
  if (::bind(fd, kernel.get(), kernel.bytes) != 0 || ::listen(fd, backlog) != 0) {
    return close_with_errno(fd);
  }
  return fd;
}

int accept_stream_socket(int listener, base::SocketAddress& peer) {
  KernelAddress from;
  int fd = -1;
  do {
    from.bytes = sizeof from.storage;
    fd = ::accept4(listener, from.get(), &from.bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
  } while (fd < 0 && is_client_gone(errno));
  if (fd < 0) {
    return -errno;
  }
  peer = from_kernel(from);
  return fd;
}

int prepare_adopted_listener(int fd) {
  int is_listening = 0;
  socklen_t bytes = sizeof is_listening;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &bytes) != 0) {
    return errno == ENOTSOCK ? -EINVAL : -errno;
  }
  if (is_listening == 0) {
    return -EINVAL;
  }
  const int flags = ::fcntl(fd, F_GETFL);
  const bool is_ours = flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
                       ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
  return is_ours ? 0 : -errno;
}

base::SocketAddress bound_address(int fd) {
  KernelAddress kernel;
  kernel.bytes = sizeof kernel.storage;
  if (::getsockname(fd, kernel.get(), &kernel.bytes) != 0) {
    return {};
  }
  return from_kernel(kernel);
}

}  // namespace weft::io
