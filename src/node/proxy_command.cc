#include "node/proxy_command.h"

#include "base/address.h"
#include "base/log.h"
#include "base/meters.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/signals.h"
#include "model/snapshot.h"
#include "node/settings.h"
#include "proxy/access_log.h"
#include "proxy/data_plane.h"
#include "proxy/route_index.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

struct ProxyFlags {
  std::vector<std::string> listen;
  std::vector<std::string> backends;
  std::size_t loops = 0;
  std::string driver = "auto";
  std::string access_log;  // empty: none
};

// One service "backend" with the given endpoints, under every path.
base::Result<std::shared_ptr<const model::Snapshot>> snapshot_of(
    const std::vector<std::string>& backends) {
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = 1;
  cluster->service = "backend";
  for (const std::string& text : backends) {
    model::Endpoint endpoint;
    endpoint.number = static_cast<std::uint32_t>(cluster->endpoints.size() + 1);
    endpoint.instance = text;
    if (text.starts_with("unix:")) {
      WEFT_TRY(const auto address, base::parse_socket_address(text));
      endpoint.address = address.to_string();
    } else {
      WEFT_TRY(auto host_port, base::parse_host_port(text));
      endpoint.address = std::move(host_port.host);
      endpoint.port = host_port.port;
    }
    endpoint.health = model::Health::kPassing;
    cluster->endpoints.push_back(std::move(endpoint));
  }
  auto route = std::make_shared<model::RouteEntry>();
  route->number = 1;
  route->route.id = "all";
  route->route.destinations.push_back({.service = cluster->service});
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->clusters.push_back(std::move(cluster));
  snapshot->routes.push_back(std::move(route));
  return snapshot;
}

int fail_usage(const std::string& what) {
  fmt::print(stderr, "weft proxy: {}\nRun 'weft proxy --help' for what it takes.\n", what);
  return 2;
}

struct Gateway {
  io::Loop& loop;
  io::Signals& signals;
  proxy::AccessLog* access_log;  // null: none
  proxy::DataPlane& plane;
};

io::Task<void> stop_gateway(Gateway* gateway) {
  co_await gateway->plane.stop();
  if (gateway->access_log != nullptr) {
    co_await gateway->access_log->stop();
  }
}

io::Task<void> serve(Gateway* gateway, int* exit_code, std::vector<base::SocketAddress> addresses,
                     std::shared_ptr<const proxy::RouteIndex> index) {
  constexpr base::Nanos kDrainTime = 30s;
  proxy::DataPlane* plane = &gateway->plane;
  const auto bound = plane->open(addresses, gateway->access_log);
  if (!bound) {
    fmt::print(stderr, "weft proxy: cannot listen: {}\n", base::describe(bound.error()));
    *exit_code = 1;
    co_await stop_gateway(gateway);
    co_return;
  }
  plane->publish(std::move(index));
  if (gateway->access_log != nullptr) {
    gateway->access_log->start();
  }
  plane->start();
  for (const base::SocketAddress& address : *bound) {
    fmt::print("listening on {} with {} loops ({})\n", address.to_string(), plane->loops(),
               plane->driver_name());
  }
  std::fflush(stdout);
  for (;;) {
    const auto signal = co_await gateway->signals.next(base::kNever);
    if (!signal || *signal != SIGHUP) {
      break;
    }
    gateway->access_log->reopen();  // who has none does not wait for SIGHUP
  }
  co_await plane->drain(gateway->loop.now() + kDrainTime);
  co_await stop_gateway(gateway);
}

// Returns: null when none is asked for.
base::Result<std::unique_ptr<proxy::AccessLog>> open_access_log(
    const ProxyFlags& flags, const proxy::AccessLog::Parts& parts) {
  if (is_off(flags.access_log)) {
    return nullptr;
  }
  return proxy::AccessLog::open(parts, {.path = flags.access_log});
}

int run_proxy(const ProxyFlags& flags) {
  std::vector<base::SocketAddress> addresses;
  for (const std::string& text : flags.listen) {
    auto address = base::parse_socket_address(text);
    if (!address) {
      return fail_usage(fmt::format("--listen {}: {}", text, address.error().what));
    }
    addresses.push_back(std::move(*address));
  }
  auto snapshot = snapshot_of(flags.backends);
  if (!snapshot) {
    return fail_usage(fmt::format("--backend: {}", snapshot.error().what));
  }
  const auto driver = io::parse_driver_kind(flags.driver);
  if (!driver) {
    return fail_usage(fmt::format("--driver {}: {}", flags.driver, driver.error().what));
  }
  auto control_driver = io::make_driver(io::DriverKind::kEpoll);
  if (!control_driver) {
    fmt::print(stderr, "weft proxy: {}\n", base::describe(control_driver.error()));
    return 1;
  }
  io::Loop loop(std::move(*control_driver), "control", io::entropy_seed());
  // SIGHUP last: only a gateway with a log has something to do then.
  constexpr std::array<int, 3> kSignals{SIGTERM, SIGINT, SIGHUP};
  auto signals =
      io::Signals::make(loop, std::span(kSignals).first(is_off(flags.access_log) ? 2 : 3));
  if (!signals) {
    fmt::print(stderr, "weft proxy: {}\n", base::describe(signals.error()));
    return 1;
  }
  base::Log log(base::LogOptions{});
  base::MeterRegistry meters;
  auto access_log = open_access_log(flags, {loop, log, meters});
  if (!access_log) {
    return fail_usage(
        fmt::format("--access-log {}: {}", flags.access_log, base::describe(access_log.error())));
  }
  proxy::DataPlaneOptions options;
  options.loops = flags.loops;
  options.driver = *driver;
  proxy::DataPlane plane(loop, options, {[](const auto&) {}, [](const auto&) {}, [](auto) {}});
  Gateway gateway{loop, *signals, access_log->get(), plane};
  int exit_code = 0;
  loop.run_until_done(serve(&gateway, &exit_code, std::move(addresses),
                            std::make_shared<proxy::RouteIndex>(std::move(*snapshot))));
  return exit_code;
}

}  // namespace

void add_proxy_command(CLI::App& app, std::function<int()>& run) {
  auto flags = std::make_shared<ProxyFlags>();
  CLI::App* command =
      app.add_subcommand("proxy", "Run the gateway from flags alone: a reverse proxy in one line");
  command->add_option("--listen", flags->listen, "Address to listen on: host:port or unix:/path")
      ->required();
  command
      ->add_option("--backend", flags->backends,
                   "Backend as host:port or unix:/path; give it more than once to balance")
      ->required();
  command->add_option("--loops", flags->loops, "Threads that carry traffic; 0: one per processor");
  command->add_option("--driver", flags->driver, "auto, epoll or uring")
      ->envname("WEFT_IO_DRIVER")
      ->capture_default_str();
  command
      ->add_option("--access-log", flags->access_log,
                   "File for one JSON line per request, opened again on SIGHUP; - is the standard "
                   "output")
      ->envname("WEFT_ACCESS_LOG");
  command->callback([flags, &run] { run = [flags] { return run_proxy(*flags); }; });
}

}  // namespace weft::node
