// Serves a made-up zone over DNS until SIGINT or SIGTERM, for measuring (bench/dns).
//
//   bench_dns_server ADDRESS [DRIVER] [BATCH]      DRIVER: epoll, uring, auto
//
// The zone: svc0 to svc999 with one instance each, ten0 to ten99 with ten; as bench/dns writes it
// for its peer.
#include "base/meters.h"
#include "dns/server.h"
#include "dns/zone.h"
#include "io/driver.h"
#include "io/loop.h"
#include "io/signals.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

using namespace weft;

dns::ServiceFacts make_service(std::string name, std::uint32_t first_ip, std::uint32_t count) {
  dns::ServiceFacts facts{.name = std::move(name), .instances = {}};
  for (std::uint32_t i = 0; i < count; ++i) {
    dns::InstanceFacts instance;
    instance.address = base::IpAddress::v4(first_ip + i).to_string();
    instance.id = std::to_string(i);
    instance.port = 80;
    facts.instances.push_back(std::move(instance));
  }
  return facts;
}

std::shared_ptr<const dns::Zone> make_zone() {
  dns::ZoneEditor editor(*dns::compile_zone_settings({}));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const std::uint32_t ip = 0x0a010000U | (i / 250) << 8 | (i % 250 + 1);
    editor.put_service(make_service(fmt::format("svc{}", i), ip, 1));
  }
  for (std::uint32_t i = 0; i < 100; ++i) {
    editor.put_service(make_service(fmt::format("ten{}", i), 0x0a020000U | i << 8 | 1U, 10));
  }
  return editor.freeze(1);
}

io::Task<void> run(io::Loop* loop, base::SocketAddress address, dns::ServerOptions options) {
  base::MeterRegistry meters;
  dns::Server server({.loop = *loop, .meters = meters}, options, make_zone());
  const auto bound = server.listen(address);
  if (!bound) {
    fmt::print(stderr, "bench_dns_server: {}\n", base::describe(bound.error()));
    co_return;
  }
  fmt::print("{}\n", bound->to_string());
  static_cast<void>(std::fflush(stdout));
  constexpr std::array<int, 2> kEnds = {SIGINT, SIGTERM};
  auto signals = io::Signals::make(*loop, kEnds);
  if (signals) {
    static_cast<void>(co_await signals->next(base::kNever));
  }
  co_await server.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const auto address = base::parse_socket_address(argc > 1 ? argv[1] : "127.0.0.1:0");
  const auto kind = io::parse_driver_kind(argc > 2 ? argv[2] : "auto");
  dns::ServerOptions options;
  if (argc > 3) {
    options.udp_batch = static_cast<std::size_t>(std::atoi(argv[3]));
  }
  if (!address || !kind || options.udp_batch == 0) {
    fmt::print(stderr, "usage: bench_dns_server ADDRESS [epoll|uring|auto] [BATCH]\n");
    return 2;
  }
  auto driver = io::make_driver(*kind);
  if (!driver) {
    fmt::print(stderr, "bench_dns_server: {}\n", base::describe(driver.error()));
    return 1;
  }
  io::Loop loop(std::move(*driver), "dns", 1);
  loop.run_until_done(run(&loop, *address, options));
  return 0;
}
