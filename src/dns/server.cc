#include "dns/server.h"

#include "io/datagram_socket.h"
#include "io/socket.h"

#include <utility>

namespace weft::dns {
namespace {

// Zones posted and not yet adopted.
constexpr std::size_t kZonesWaiting = 1024;

// With port 0 the port that UDP got may be taken by somebody else's TCP.
constexpr int kPortsTried = 16;

}  // namespace

Server::Server(const ServerParts& parts, const ServerOptions& options, ZonePointer zone)
    : parts_(parts),
      options_(options),
      meters_(parts.meters),
      answerer_({.loop = parts.loop, .meters = meters_, .resolver = parts.resolver},
                options.forwarder, options.later_max, std::move(zone)),
      zones_(parts.loop, kZonesWaiting, [this](ZonePointer next) { set_zone(std::move(next)); }) {}

base::Result<base::SocketAddress> Server::listen(const base::SocketAddress& address) {
  auto bound = try_listen(address);
  for (int i = 1; i < kPortsTried && address.port == 0 && !bound &&
                  bound.error().code == base::Code::kAddressInUse;
       ++i) {
    bound = try_listen(address);
  }
  return bound;
}

base::Result<base::SocketAddress> Server::try_listen(const base::SocketAddress& address) {
  WEFT_TRY(io::DatagramSocket socket,
           io::DatagramSocket::bind(
               parts_.loop, address,
               {.reuse_port = options_.reuse_port, .receive_bytes = options_.udp_receive_bytes}));
  const base::SocketAddress actual = socket.local_address();
  WEFT_TRY(io::Listener listener,
           io::listen(parts_.loop, actual, {.reuse_port = options_.reuse_port}));
  udp_.emplace_back(parts_.loop, answerer_, meters_, std::move(socket), options_.udp_batch);
  tcp_.emplace_back(parts_.loop, answerer_, meters_, std::move(listener), options_.tcp);
  return actual;
}

io::Task<void> Server::stop() {
  for (TcpListener& listener : tcp_) {
    co_await listener.stop();
  }
  for (UdpListener& listener : udp_) {
    co_await listener.stop();
  }
}

}  // namespace weft::dns
