#include "io/sealed_bytes.h"

#include "io/socket.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::io {
namespace {

base::Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return base::fail(base::error_from_errno(errno, "write to memory"));
    }
    bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

base::Result<SealedBytes> SealedBytes::make(std::string_view bytes) {
  UniqueFd descriptor(::memfd_create("weft answer", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!descriptor) {
    return base::fail(base::error_from_errno(errno, "memfd_create"));
  }
  WEFT_TRY_VOID(write_all(descriptor.value(), bytes));
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (::fcntl(descriptor.value(), F_ADD_SEALS, seals) != 0) {
    return base::fail(base::error_from_errno(errno, "seal memory"));
  }
  void* mapped = ::mmap(nullptr, bytes.size(), PROT_READ, MAP_SHARED, descriptor.value(), 0);
  if (mapped == MAP_FAILED) {
    return base::fail(base::error_from_errno(errno, "map memory"));
  }
  return SealedBytes(std::move(descriptor), static_cast<const char*>(mapped), bytes.size());
}

SealedBytes::~SealedBytes() {
  if (data_ != nullptr) {
    ::munmap(const_cast<char*>(data_), size_);
  }
}

std::size_t Socket::pass(std::string_view head, const SealedBytes& rest) {
  if (channel_ == nullptr || channel_->fd < 0) {
    return 0;
  }
  const ssize_t begun =
      ::send(channel_->fd, head.data(), head.size(), MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE);
  if (begun < 0) {
    return 0;
  }
  auto taken = static_cast<std::size_t>(begun);
  if (taken < head.size()) {
    return taken;
  }
  off_t at = 0;
  const std::size_t bytes = rest.view().size();
  while (static_cast<std::size_t>(at) < bytes) {
    const ssize_t count =
        ::sendfile(channel_->fd, rest.descriptor(), &at, bytes - static_cast<std::size_t>(at));
    if (count <= 0 && !(count < 0 && errno == EINTR)) {
      break;
    }
  }
  return taken + static_cast<std::size_t>(at);
}

}  // namespace weft::io
