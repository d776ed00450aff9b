// SocketAddress to and from the kernel's sockaddr. Thread: any; pure.
#pragma once

#include "base/address.h"

#include <sys/socket.h>

namespace weft::io {

struct KernelAddress {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

KernelAddress to_kernel(const base::SocketAddress& address);
base::SocketAddress from_kernel(const KernelAddress& address);

// A non-blocking close-on-exec stream socket, with TCP_NODELAY when it is TCP; -errno on failure.
int open_stream_socket(const base::SocketAddress& address);
// A bound listening socket; -errno on failure. A stale unix socket file is replaced.
int open_listening_socket(const base::SocketAddress& address, bool reuse_port, int backlog);
// A waiting client of a listening socket as a non-blocking close-on-exec stream, or -errno
// (-EAGAIN: nobody waits). Clients that left while they waited are skipped.
int accept_stream_socket(int listener, base::SocketAddress& peer);
base::SocketAddress bound_address(int fd);
// Small writes go out at once (TCP only; ignored elsewhere).
void set_no_delay(int fd);

}  // namespace weft::io
