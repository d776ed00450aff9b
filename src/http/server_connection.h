// The server's end of one HTTP/1.1 connection: bytes in, heads out, keep-alive and limits.
// The control-plane server and the gateway both stand on it.
#pragma once

#include "base/address.h"
#include "base/limits.h"
#include "base/time.h"
#include "io/buffer.h"
#include "io/socket.h"
#include "io/task.h"
#include "wire/http1.h"

#include <optional>
#include <string>

namespace weft::http {

// How long a client may take, and how much it may say.
struct ConnectionOptions {
  wire::HeadLimits head;
  // Between two requests.
  base::Nanos idle_timeout = base::default_time_of(base::Limit::kIdleMillis);
  // From the first byte of a head to its last.
  base::Nanos head_timeout = base::default_time_of(base::Limit::kStallMillis);
  // Between two pieces of a body or an answer.
  base::Nanos progress_timeout = base::default_time_of(base::Limit::kStallMillis);
  // Of a body, so that a byte now and then is no progress. Source: Apache mod_reqtimeout's default.
  std::uint64_t body_bytes_per_second_min = 500;
};

// How much of a body has come since when.
struct BodyProgress {
  base::MonoTime begun;
  std::uint64_t bytes = 0;
};

// When the client that sends a body is cut: progress_timeout without a byte, or as soon as it is
// below the least rate on average, with progress_timeout of credit. Pure.
base::MonoTime body_deadline(const ConnectionOptions& options, base::MonoTime now,
                             const BodyProgress& progress);

// As this process has set them.
ConnectionOptions connection_options(const base::Limits& limits);

// The limit that ended a conversation with a client in this way; nullopt: none, or not known which.
std::optional<base::Limit> client_limit_met(base::Code code);

// What read_head() ended with.
enum class HeadEvent : std::uint8_t {
  kHead,   // a head lies at the front of in(), parsed
  kEnd,    // the client left between two requests, or the server drains
  kIdled,  // no request came for idle_timeout
};

// Thread: its loop. Lifetime: outlives every task that awaits on it.
class ServerConnection final {
 public:
  ServerConnection(io::Socket socket, base::SocketAddress peer, const ConnectionOptions& options)
      : socket_(std::move(socket)),
        peer_(std::move(peer)),
        peer_ip_(peer_.is_unix() ? "unix" : peer_.ip.to_string()),
        options_(options) {}

  // Reads until a whole head lies at the front of in(). Its views point into in() and are good
  // until the next await; the caller consumes the head.
  // Errors:  kBadMessage, kHeadTooLarge, kTooManyFields, kUriTooLong, kUnsupported (all
  //          answerable, then close);
  //          kTimeout in mid-head (408); kReset, kClosed in mid-head, kCancelled (nobody to
  //          answer).
  io::Task<base::Result<HeadEvent>> read_head(wire::RequestHead& out);

  // The same in parts, for a conductor that would save the task: most heads come whole at once.
  //   while in() is empty and may_come(): await first_bytes(), ask take_first() what they are;
  //   else, and when that returns nullopt: await read_rest_of_head().
  bool may_come() const {
    return !draining_ || new_;
  }  // who has just connected will send something
  io::RecvOperation first_bytes();
  std::optional<base::Result<HeadEvent>> take_first(const base::Result<std::size_t>& count,
                                                    wire::RequestHead& out);
  io::Task<base::Result<HeadEvent>> read_rest_of_head(wire::RequestHead& out);

  // More bytes behind what in() already holds, in a larger buffer when that one is full.
  // Returns: bytes received; 0 at the end of the stream.
  // Errors:  kLimit (a bulk buffer is full), kTimeout, kReset, kCancelled.
  io::Task<base::Result<std::size_t>> read_more(base::MonoTime deadline);

  // Ends the conversation so that the client can still read what was sent: says that nothing more
  // comes, then reads and drops what is on its way (RFC 9112 §9.6).
  io::Task<void> close_gracefully();

  io::Buffer& in() { return in_; }
  io::Socket& socket() { return socket_; }
  const base::SocketAddress& peer() const { return peer_; }
  const std::string& peer_ip() const { return peer_ip_; }  // "unix" for a unix socket
  const ConnectionOptions& options() const { return options_; }
  base::MonoTime progress_deadline() const {
    return socket_.loop().now() + options_.progress_timeout;
  }
  // A stopping server lets the running request end and takes no further one.
  void set_draining() { draining_ = true; }
  bool is_draining() const { return draining_; }
  bool is_idle() const { return idle_; }  // waits for the first byte of a request
  bool is_new() const { return new_; }    // has not sent a whole request head yet

 private:
  std::optional<base::Result<HeadEvent>> parse_head(wire::RequestHead& out, std::size_t seen);

  io::Socket socket_;
  base::SocketAddress peer_;
  std::string peer_ip_;
  const ConnectionOptions& options_;
  io::Buffer in_;
  bool draining_ = false;
  bool idle_ = true;
  bool new_ = true;
};

}  // namespace weft::http
