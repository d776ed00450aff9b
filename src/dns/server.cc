#include "dns/server.h"

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
  base::SocketAddress actual = socket.local_address();
  WEFT_TRY(io::Listener listener,
           io::listen(parts_.loop, actual, {.reuse_port = options_.reuse_port}));
  serve(actual, std::move(socket), std::move(listener));
  return actual;
}

base::Result<base::SocketAddress> Server::inherit(io::UniqueFd udp, io::UniqueFd tcp) {
  WEFT_TRY(io::DatagramSocket socket, io::DatagramSocket::adopt(parts_.loop, std::move(udp)));
  WEFT_TRY(io::Listener listener, io::adopt_listener(parts_.loop, std::move(tcp)));
  base::SocketAddress actual = socket.local_address();
  serve(actual, std::move(socket), std::move(listener));
  return actual;
}

void Server::serve(const base::SocketAddress& address, io::DatagramSocket udp, io::Listener tcp) {
  open_.push_back({address, udp.descriptor(), tcp.descriptor()});
  udp_.emplace_back(parts_.loop, answerer_, meters_, std::move(udp), options_.udp_batch);
  tcp_.emplace_back(parts_.loop, answerer_, meters_, std::move(tcp), options_.tcp);
}

std::vector<Server::OpenListener> Server::listeners() const { return open_; }

io::Task<void> Server::stop() {
  for (TcpListener& listener : tcp_) {
    co_await listener.stop();
  }
  for (UdpListener& listener : udp_) {
    co_await listener.stop();
  }
}

}  // namespace weft::dns
