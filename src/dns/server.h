// Server: DNS over UDP and TCP on one loop. It answers from a zone that is replaced whole.
//
//   dns::Server server({.loop = loop, .meters = registry}, {}, editor.freeze(index));
//   WEFT_TRY(const auto address, server.listen(*base::parse_socket_address("127.0.0.1:8600")));
//   server.zones().try_post(editor.freeze(next_index));   // from any thread
//   co_await server.stop();
#pragma once

#include "base/address.h"
#include "base/meters.h"
#include "base/result.h"
#include "dns/answerer.h"
#include "dns/dns_meters.h"
#include "dns/forwarder.h"
#include "dns/tcp_listener.h"
#include "dns/udp_listener.h"
#include "dns/zone.h"
#include "io/datagram_socket.h"
#include "io/loop.h"
#include "io/mailbox.h"
#include "io/resolver.h"
#include "io/socket.h"
#include "io/task.h"
#include "io/unique_fd.h"

#include <cstddef>
#include <list>
#include <memory>
#include <vector>

namespace weft::dns {

struct ServerOptions {
  // Behaviour.
  ForwarderOptions forwarder = {};  // without recursors names of elsewhere are REFUSED
  std::size_t later_max = 1024;     // queries that wait for recursors or lookups; more are failed
  TcpOptions tcp = {};
  // Speed.
  bool reuse_port = false;  // one server per loop on the same address
  std::size_t udp_batch = 32;
  std::size_t udp_receive_bytes = 1024 * 1024;  // the kernel's queue, as far as it allows
};

// Lifetime: outlives the server.
struct ServerParts {
  io::Loop& loop;
  base::MeterRegistry& meters;
  io::Resolver* resolver = nullptr;  // of the loop; for the addresses of hosts that services have
};

// Thread: its loop. Lifetime: stop() has ended before it is destroyed.
class Server final {
 public:
  using ZonePointer = std::shared_ptr<const Zone>;

  Server(const ServerParts& parts, const ServerOptions& options, ZonePointer zone);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves on both transports; may be called for several addresses.
  // Returns: the address bound, with the port chosen for port 0.
  // Errors:  kAddressInUse, kForbidden, kInvalid, kNoSpace, kIo, kUnsupported.
  base::Result<base::SocketAddress> listen(const base::SocketAddress& address);

  // The same with the two sockets of one address that another process served on.
  // Errors: those of io::DatagramSocket::adopt() and io::adopt_listener().
  base::Result<base::SocketAddress> inherit(io::UniqueFd udp, io::UniqueFd tcp);

  // By address. Thread: any, while nobody listens or stops. Lifetime of the descriptors: until
  // stop().
  struct OpenListener {
    base::SocketAddress address;
    int udp = -1;
    int tcp = -1;
  };
  std::vector<OpenListener> listeners() const;

  // From the next query on.
  void set_zone(ZonePointer zone) { answerer_.set_zone(std::move(zone)); }
  const Zone& zone() const { return answerer_.zone(); }
  // The same from another thread, which may keep a copy of the box as long as the loop lives. A box
  // that is full belongs to a loop that is far behind: post again.
  io::Mailbox<ZonePointer>& zones() { return zones_; }

  // Refuses new queries, ends those under way without an answer.
  io::Task<void> stop();

 private:
  base::Result<base::SocketAddress> try_listen(const base::SocketAddress& address);
  void serve(const base::SocketAddress& address, io::DatagramSocket udp, io::Listener tcp);

  ServerParts parts_;
  const ServerOptions options_;
  DnsMeters meters_;
  Answerer answerer_;
  io::Mailbox<ZonePointer> zones_;
  std::vector<OpenListener> open_;
  std::list<UdpListener> udp_;
  std::list<TcpListener> tcp_;
};

}  // namespace weft::dns
