#include "io/service_manager.h"

#include "io/unique_fd.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace weft::io {

base::Result<void> tell_service_manager(const std::string& socket, std::string_view state) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_name = socket.starts_with('/') || socket.starts_with('@');
  if (!is_name || socket.size() >= sizeof address.sun_path) {
    return base::fail(base::Code::kInvalid, "not the name of a socket");
  }
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (socket.starts_with('@')) {
    address.sun_path[0] = '\0';  // abstract: a name without a file
  }
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const UniqueFd descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor) {
    return base::fail(base::error_from_errno(errno, "open a socket"));
  }
  if (::sendto(descriptor.value(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), bytes) < 0) {
    return base::fail(base::error_from_errno(errno, "tell the service manager"));
  }
  return {};
}

}  // namespace weft::io
