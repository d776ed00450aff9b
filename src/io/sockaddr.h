// SocketAddress to and from the kernel's sockaddr, and the sockets both kernel drivers open.
// Thread: any, but before_send().
#pragma once

#include "base/address.h"
#include "io/driver.h"

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

// A non-blocking close-on-exec stream socket; -errno on failure.
int open_stream_socket(const base::SocketAddress& address);
// A bound listening socket; -errno on failure. A stale unix socket file is replaced. What is
// accepted from it sends small writes at once (Linux hands TCP_NODELAY down).
int open_listening_socket(const base::SocketAddress& address, bool reuse_port, int backlog);
// A waiting client of a listening socket as a non-blocking close-on-exec stream, or -errno
// (-EAGAIN: nobody waits). Clients that left while they waited are skipped.
int accept_stream_socket(int listener, base::SocketAddress& peer);
base::SocketAddress bound_address(int fd);
// Makes a listening socket of another process ours: non-blocking, closed on exec. 0 or -errno
// (-EINVAL: it does not listen).
int prepare_adopted_listener(int fd);
// Small writes go out at once (TCP only; ignored elsewhere).
void set_no_delay(int fd);

// Called before each attempt to send on a stream of open_stream_socket(). Nagle's rule as Linux has
// it (Minshall's variant) holds a small write back only while an earlier small one is
// unacknowledged, so TCP_NODELAY waits for the second: a connection that asks once is spared the
// call. Source: RFC 896; draft-minshall-nagle. Thread: the channel's loop.
inline void before_send(Channel& channel) {
  if (channel.sends == 2) [[likely]] {
    return;
  }
  ++channel.sends;
  if (channel.sends == 2) {
    set_no_delay(channel.fd);
  }
}

}  // namespace weft::io
