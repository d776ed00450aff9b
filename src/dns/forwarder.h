// Forwarder: asks recursors about names that are not ours.
#pragma once

#include "base/address.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "dns/responder.h"
#include "io/loop.h"
#include "io/task.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

struct ForwarderOptions {
  std::vector<base::SocketAddress> recursors;  // asked in this order
  base::Nanos try_timeout = base::Seconds(2);  // of one recursor, once
  int rounds = 2;                              // over all of them
};

// Each query has a socket, and so a port, of its own, and an id of its own: what does not come from
// the recursor, to that port, with that id and question, is no answer. Source: RFC 5452 §9.
// Thread: its loop. Lifetime: its tasks have ended before it is destroyed.
class Forwarder final {
 public:
  Forwarder(io::Loop& loop, ForwarderOptions options);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  bool has_recursors() const { return !options_.recursors.empty(); }

  // Asks `query`, a whole message, until a recursor knows. A client that came by TCP gets what did
  // not fit a datagram; one that came by UDP is told by TC to come again.
  // Returns: an answer with the query's id: of the first that knows (NOERROR or NXDOMAIN), or what
  // the last one said.
  // Errors: kTimeout, kRefused and others of io, of the last recursor; kBadMessage (the query has
  // no question); kCancelled.
  io::Task<base::Result<std::string>> ask(std::string query, Transport client);

 private:
  io::Task<base::Result<std::string>> ask_one(const base::SocketAddress* recursor,
                                              const std::string* query, Transport client);
  io::Task<base::Result<std::string>> ask_by_udp(const base::SocketAddress* recursor,
                                                 const std::string* query);
  io::Task<base::Result<std::string>> ask_by_tcp(const base::SocketAddress* recursor,
                                                 const std::string* query);

  io::Loop& loop_;
  const ForwarderOptions options_;
  std::vector<char> room_;  // a datagram that has come; used between two waits
};

}  // namespace weft::dns
