// recv(2) and send(2) without glibc's cancellation points. In a process with threads the ones of
// libc announce and revoke that this thread may be cancelled, an atomic operation each; nobody here
// cancels threads.
#pragma once

#include <cerrno>
#include <cstddef>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::io {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define WEFT_WATCHED_CALLS 1
#endif
#endif
#if defined(WEFT_WATCHED_CALLS) || defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
// Those of libc, which the sanitizers watch.
inline ssize_t recv_once(int fd, char* into, std::size_t room) { return ::recv(fd, into, room, 0); }
inline ssize_t send_now(int fd, const char* from, std::size_t bytes) {
  return ::send(fd, from, bytes, MSG_NOSIGNAL);
}
#else
// Returns: bytes, or -1 with errno set.
inline ssize_t recv_once(int fd, char* into, std::size_t room) {
  return ::syscall(SYS_recvfrom, fd, into, room, 0, nullptr, nullptr);
}
inline ssize_t send_now(int fd, const char* from, std::size_t bytes) {
  return ::syscall(SYS_sendto, fd, from, bytes, MSG_NOSIGNAL, nullptr, 0);
}
#endif

// As recv_once(), but goes on where a signal interrupts it.
inline ssize_t recv_now(int fd, char* into, std::size_t room) {
  for (;;) {
    const ssize_t count = recv_once(fd, into, room);
    if (count >= 0 || errno != EINTR) {
      return count;
    }
  }
}

}  // namespace weft::io
