// TcpListener: serves queries on TCP connections, several on each, one after the other.
// Source: RFC 7766: a length before each message, pipelining, idle connections are closed.
#pragma once

#include "base/address.h"
#include "base/time.h"
#include "dns/answerer.h"
#include "dns/dns_meters.h"
#include "io/loop.h"
#include "io/socket.h"
#include "io/task.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace weft::dns {

struct TcpOptions {
  // chosen: RFC 7766 §6.2.3 asks for a few seconds; of a query that has begun, and of an answer.
  base::Nanos idle = base::Seconds(10);
  std::size_t connections_max = 1000;  // further ones are closed at once
  std::size_t per_client_max = 100;    // of one address
};

// Thread: its loop. Lifetime: stop() has ended before it is destroyed.
class TcpListener final {
 public:
  TcpListener(io::Loop& loop, Answerer& answerer, DnsMeters& meters, io::Listener listener,
              TcpOptions options);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  base::SocketAddress local_address() const { return listener_.local_address(); }
  // Lifetime: until stop().
  int descriptor() const { return listener_.descriptor(); }
  io::Task<void> stop();

 private:
  struct Place;  // a connection's, among those of its client
  io::Task<void> accept();
  io::Task<void> converse(io::Socket socket, base::IpAddress client);
  // Answers the whole messages at the front of `in`, as many as fill one sending, and takes them
  // off. Returns: false when the connection is to be closed.
  io::Task<bool> answer_some(io::Socket* socket, std::string* in);
  bool has_room_for(const base::IpAddress& client) const;

  io::Loop& loop_;
  Answerer& answerer_;
  DnsMeters& meters_;
  io::Listener listener_;
  const TcpOptions options_;
  std::map<base::IpAddress, std::size_t> connections_;  // by client
  std::size_t open_ = 0;
  std::vector<char> room_;  // one answer, between two waits
  io::TaskScope accepting_;
  io::TaskScope conversing_;
};

}  // namespace weft::dns
