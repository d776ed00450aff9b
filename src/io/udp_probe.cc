#include "io/udp_probe.h"

#include "io/sockaddr.h"
#include "io/socket.h"
#include "io/unique_fd.h"

#include <cerrno>
#include <optional>
#include <sys/socket.h>

namespace weft::io {
namespace {

using base::Result;

// Connected, so that refusals are told to us and answers of others are not.
Result<UniqueFd> open_datagram(const base::SocketAddress& to) {
  KernelAddress address = to_kernel(to);
  UniqueFd fd(::socket(address.get()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.value(), address.get(), address.bytes) != 0) {
    return base::fail(base::error_from_errno(errno, "open a datagram socket"));
  }
  return fd;
}

// Returns: nullopt when nothing has come yet.
Result<std::optional<UdpReply>> receive(const UniqueFd& fd) {
  char first = 0;  // what it says does not matter
  if (::recv(fd.value(), &first, 1, 0) >= 0) {
    return UdpReply::kAnswer;
  }
  if (errno == EAGAIN || errno == EINTR) {
    return std::nullopt;
  }
  return base::fail(base::error_from_errno(errno, "receive a datagram", base::Side::kBackend));
}

}  // namespace

Task<Result<UdpReply>> probe_udp(Loop& loop, base::SocketAddress to, std::string datagram,
                                 base::MonoTime deadline) {
  WEFT_CO_TRY(const UniqueFd fd, open_datagram(to));
  if (::send(fd.value(), datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0) {
    co_return base::fail(base::error_from_errno(errno, "send a datagram"));
  }
  ForeignDescriptor watched(loop, fd.value());
  for (;;) {
    WEFT_CO_TRY(const std::optional<UdpReply> reply, receive(fd));
    if (reply) {
      co_return *reply;
    }
    const auto readable = co_await watched.readable(deadline);
    if (!readable && readable.error().code == base::Code::kTimeout) {
      co_return UdpReply::kSilence;
    }
    WEFT_CO_TRY_VOID(readable);
  }
}

}  // namespace weft::io
