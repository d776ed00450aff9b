#include "io/handover_socket.h"

#include "base/check.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace weft::io {
namespace {

using base::Code;
using base::Result;

constexpr int kBacklog = 4;
constexpr mode_t kOwnerOnly = 0600;

Result<sockaddr_un> address_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return base::fail(Code::kInvalid, "the path of a socket may have 107 bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd open_packet_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Of a listener it is who made it.
bool is_same_user(int descriptor) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 &&
         peer.uid == ::geteuid();
}

// Room for one message's descriptors, aligned as the kernel wants it.
struct Ancillary {
  alignas(
      cmsghdr) std::array<char, CMSG_SPACE(HandoverSocket::kDescriptorsMax * sizeof(int))> bytes{};
};

void take_descriptors(msghdr& header, std::vector<UniqueFd>& out) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof descriptor, sizeof descriptor);
      out.emplace_back(descriptor);
    }
  }
}

}  // namespace

Result<std::unique_ptr<HandoverSocket>> HandoverSocket::connect(Loop& loop,
                                                                const std::string& path) {
  WEFT_TRY(const sockaddr_un address, address_at(path));
  UniqueFd descriptor = open_packet_socket();
  if (!descriptor) {
    return base::fail(base::error_from_errno(errno, "open a socket"));
  }
  if (::connect(descriptor.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    return base::fail(base::error_from_errno(errno, "connect"));
  }
  if (!is_same_user(descriptor.value())) {
    return base::fail(Code::kForbidden, "the process there is another user's");
  }
  return std::make_unique<HandoverSocket>(loop, std::move(descriptor));
}

HandoverSocket::HandoverSocket(Loop& loop, UniqueFd descriptor)
    : loop_(loop), descriptor_(std::move(descriptor)), watched_(loop_, descriptor_.value()) {}

Result<void> HandoverSocket::send(std::string_view text, std::span<const int> descriptors) {
  if (text.empty() || text.size() > kTextBytesMax || descriptors.size() > kDescriptorsMax) {
    return base::fail(Code::kLimit, "a message of a hand-over is too large");
  }
  iovec content{const_cast<char*>(text.data()), text.size()};
  Ancillary ancillary;
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = ancillary.bytes.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = -1;
  do {
    sent = ::sendmsg(descriptor_.value(), &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    return errno == EPIPE || errno == ECONNRESET
               ? base::fail(Code::kClosed, "the other process has left")
               : base::fail(base::error_from_errno(errno, "send a message"));
  }
  return {};
}

Task<Result<HandoverMessage>> HandoverSocket::receive(base::MonoTime deadline) {
  HandoverMessage message;
  message.text.resize(kTextBytesMax);
  for (;;) {
    iovec content{message.text.data(), message.text.size()};
    Ancillary ancillary;
    msghdr header{};
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = ancillary.bytes.data();
    header.msg_controllen = ancillary.bytes.size();
    const ssize_t count = ::recvmsg(descriptor_.value(), &header, MSG_CMSG_CLOEXEC);
    if (count >= 0) {
      take_descriptors(header, message.descriptors);
      if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        co_return base::fail(Code::kBadMessage, "a message of a hand-over was cut off");
      }
      if (count == 0) {
        co_return base::fail(Code::kClosed, "the other process has left");
      }
      message.text.resize(static_cast<std::size_t>(count));
      co_return std::move(message);
    }
    if (errno == ECONNRESET) {
      co_return base::fail(Code::kClosed, "the other process has left");
    }
    if (errno != EAGAIN && errno != EINTR) {
      co_return base::fail(base::error_from_errno(errno, "receive a message"));
    }
    WEFT_CO_TRY_VOID(co_await watched_.readable(deadline));
  }
}

// Bound aside and renamed, so that nobody meets it with the mode the umask gives.
Result<std::unique_ptr<HandoverListener>> HandoverListener::listen(Loop& loop,
                                                                   const std::string& path) {
  const std::string draft = path + ".new";
  WEFT_TRY(const sockaddr_un address, address_at(draft));
  UniqueFd descriptor = open_packet_socket();
  if (!descriptor) {
    return base::fail(base::error_from_errno(errno, "open a socket"));
  }
  ::unlink(draft.c_str());
  if (::bind(descriptor.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      ::chmod(draft.c_str(), kOwnerOnly) != 0 || ::listen(descriptor.value(), kBacklog) != 0 ||
      std::rename(draft.c_str(), path.c_str()) != 0) {
    const int why = errno;
    ::unlink(draft.c_str());
    return base::fail(base::error_from_errno(why, "listen"));
  }
  return std::make_unique<HandoverListener>(loop, std::move(descriptor));
}

HandoverListener::HandoverListener(Loop& loop, UniqueFd descriptor)
    : loop_(loop), descriptor_(std::move(descriptor)), watched_(loop_, descriptor_.value()) {}

Task<Result<std::unique_ptr<HandoverSocket>>> HandoverListener::accept() {
  for (;;) {
    UniqueFd peer(::accept4(descriptor_.value(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (peer && is_same_user(peer.value())) {
      co_return std::make_unique<HandoverSocket>(loop_, std::move(peer));
    }
    if (peer || errno == ECONNABORTED || errno == EINTR) {
      continue;
    }
    if (errno != EAGAIN) {
      co_return base::fail(base::error_from_errno(errno, "accept"));
    }
    WEFT_CO_TRY_VOID(co_await watched_.readable(base::kNever));
  }
}

}  // namespace weft::io
