#include "io/datagram_socket.h"

#include "io/datagram_headers.h"
#include "io/datagram_sending.h"
#include "io/sockaddr.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

namespace weft::io {
namespace {

using base::Result;

std::unexpected<base::Error> failed_call(const char* what) {
  return base::fail(base::error_from_errno(errno, what));
}

bool is_no_room(int sys) {
  return sys == EAGAIN || sys == EWOULDBLOCK || sys == ENOBUFS || sys == ENOMEM;
}

Result<UniqueFd> open_datagram_socket(Loop& loop, const base::SocketAddress& address) {
  if (loop.driver().name() == "sim") {
    return base::fail(base::Code::kUnsupported, "a simulated network has no datagrams");
  }
  if (address.is_unix()) {
    return base::fail(base::Code::kInvalid, "datagrams go to an IP address");
  }
  UniqueFd descriptor(::socket(address.ip.is_v4() ? AF_INET : AF_INET6,
                               SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor) {
    return failed_call("open a datagram socket");
  }
  return descriptor;
}

bool set_socket_option(int fd, int level, int name, int value) {
  return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool set_options(int fd, const base::SocketAddress& address, const DatagramOptions& options) {
  if (options.receive_bytes > 0) {
    const auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
    const auto bytes = static_cast<int>(std::min(options.receive_bytes, most));
    set_socket_option(fd, SOL_SOCKET, SO_RCVBUF, bytes);
  }
  if (options.reuse_port && !set_socket_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) {
    return false;
  }
  if (!address.ip.is_unspecified()) {
    return true;
  }
  return address.ip.is_v4() ? set_socket_option(fd, IPPROTO_IP, IP_PKTINFO, 1)
                            : set_socket_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

}  // namespace

DatagramSocket::DatagramSocket(Loop& loop, UniqueFd descriptor, bool is_wildcard)
    : descriptor_(std::move(descriptor)),
      watched_(std::make_unique<ForeignDescriptor>(loop, descriptor_.value())),
      is_wildcard_(is_wildcard) {}

Result<DatagramSocket> DatagramSocket::bind(Loop& loop, const base::SocketAddress& address,
                                            const DatagramOptions& options) {
  WEFT_TRY(UniqueFd descriptor, open_datagram_socket(loop, address));
  const KernelAddress kernel = to_kernel(address);
  if (!set_options(descriptor.value(), address, options) ||
      ::bind(descriptor.value(), kernel.get(), kernel.bytes) != 0) {
    return failed_call("bind a datagram socket");
  }
  return DatagramSocket(loop, std::move(descriptor), address.ip.is_unspecified());
}

Result<DatagramSocket> DatagramSocket::adopt(Loop& loop, UniqueFd descriptor) {
  if (loop.driver().name() == "sim") {
    return base::fail(base::Code::kUnsupported, "a simulated network has no datagrams");
  }
  int type = 0;
  socklen_t bytes = sizeof type;
  if (::getsockopt(descriptor.value(), SOL_SOCKET, SO_TYPE, &type, &bytes) != 0 ||
      type != SOCK_DGRAM) {
    return base::fail(base::Code::kInvalid, "not a datagram socket");
  }
  DatagramSocket socket(loop, std::move(descriptor), false);
  socket.is_wildcard_ = socket.local_address().ip.is_unspecified();
  return socket;
}

Result<DatagramSocket> DatagramSocket::connect(Loop& loop, const base::SocketAddress& peer) {
  WEFT_TRY(UniqueFd descriptor, open_datagram_socket(loop, peer));
  const KernelAddress kernel = to_kernel(peer);
  if (::connect(descriptor.value(), kernel.get(), kernel.bytes) != 0) {
    return failed_call("connect a datagram socket");
  }
  return DatagramSocket(loop, std::move(descriptor), false);
}

Result<std::size_t> DatagramSocket::receive(DatagramBatch& batch) {
  DatagramBatch::Headers& headers = *batch.headers_;
  for (std::size_t i = 0; i < batch.written_; ++i) {
    msghdr& message = headers.received[i].msg_hdr;
    message.msg_namelen = sizeof(sockaddr_in6);
    message.msg_controllen = is_wildcard_ ? sizeof(DatagramControl::bytes) : 0;
  }
  batch.written_ = 0;
  batch.size_ = 0;
  int count = 0;
  do {
    count = ::recvmmsg(descriptor_.value(), headers.received.data(),
                       static_cast<unsigned>(batch.capacity()), MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return std::size_t{0};
    }
    return failed_call("receive datagrams");
  }
  batch.size_ = static_cast<std::size_t>(count);
  batch.written_ = batch.size_;
  for (std::size_t i = 0; i < batch.size_; ++i) {
    mmsghdr& message = headers.received[i];
    batch.received_bytes_[i] = message.msg_len;
    batch.answer_bytes_[i] = 0;
    batch.is_cut_[i] = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0 ? 1 : 0;
    if (is_wildcard_) {
      prepare_control_for_answer(message.msg_hdr);
    }
  }
  return batch.size_;
}

std::size_t DatagramSocket::answer(DatagramBatch& batch) {
  return DatagramSending(batch, descriptor_.value(), may_group_).send();
}

Result<> DatagramSocket::send(std::string_view bytes, const DatagramPath& path) {
  DatagramPath to = path;
  iovec from{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = to.name_.data();
  message.msg_namelen = to.name_bytes_;
  message.msg_iov = &from;
  message.msg_iovlen = 1;
  message.msg_control = to.control_bytes_ > 0 ? to.control_.data() : nullptr;
  message.msg_controllen = to.control_bytes_;
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor_.value(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    return is_no_room(errno) ? base::fail(base::Code::kUnavailable, "send a datagram")
                             : failed_call("send a datagram");
  }
  return {};
}

Result<> DatagramSocket::send(std::string_view bytes) {
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor_.value(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    return is_no_room(errno) ? base::fail(base::Code::kUnavailable, "send a datagram")
                             : failed_call("send a datagram");
  }
  return {};
}

Result<std::optional<std::size_t>> DatagramSocket::receive(std::span<char> into) {
  ssize_t count = 0;
  do {
    count = ::recv(descriptor_.value(), into.data(), into.size(), MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return std::nullopt;
    }
    return failed_call("receive a datagram");
  }
  return static_cast<std::size_t>(count);
}

base::SocketAddress DatagramSocket::local_address() const {
  return bound_address(descriptor_.value());
}

}  // namespace weft::io
