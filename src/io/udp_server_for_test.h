// A datagram socket of this machine that tells what came, and answers if a test wants it to.
#pragma once

#include "base/address.h"
#include "base/check.h"
#include "io/sockaddr.h"
#include "io/unique_fd.h"

#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace weft::io {

// Thread: any.
class UdpServerForTest final {
 public:
  explicit UdpServerForTest(const char* at = "127.0.0.1:0") {
    KernelAddress address = to_kernel(*base::parse_socket_address(at));
    fd_ = UniqueFd(::socket(address.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    WEFT_ASSERT(::bind(fd_.value(), address.get(), address.bytes) == 0);
  }

  base::SocketAddress address() const { return bound_address(fd_.value()); }

  // Returns: the next datagram, nullopt when none has come. Its sender is who is answered.
  std::optional<std::string> receive() {
    std::string into(2048, '\0');
    client_.bytes = sizeof client_.storage;
    const ssize_t count = ::recvfrom(fd_.value(), into.data(), into.size(), MSG_DONTWAIT,
                                     client_.get(), &client_.bytes);
    if (count < 0) {
      return std::nullopt;
    }
    into.resize(static_cast<std::size_t>(count));
    return into;
  }
  void answer(std::string_view text) {
    WEFT_ASSERT(::sendto(fd_.value(), text.data(), text.size(), 0, client_.get(), client_.bytes) >=
                0);
  }

 private:
  UniqueFd fd_;
  KernelAddress client_;
};

}  // namespace weft::io
