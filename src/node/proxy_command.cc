#include "node/proxy_command.h"

#include "base/address.h"
#include "base/json.h"
#include "cli/options.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/signals.h"
#include "model/snapshot.h"
#include "node/listening.h"
#include "node/proxy_flags.h"
#include "proxy/data_plane.h"
#include "proxy/route_index.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
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
  bool json = false;
};

// One service "backend" with the given endpoints, under every path.
std::shared_ptr<const model::Snapshot> snapshot_of(std::vector<model::Endpoint> endpoints) {
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = 1;
  cluster->service = "backend";
  for (model::Endpoint& endpoint : endpoints) {
    endpoint.number = static_cast<std::uint32_t>(cluster->endpoints.size() + 1);
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

int fail(const ProxyFlags& flags, const std::string& what) {
  return cli::fail("proxy", {what, 1}, cli::form_of(flags.json));
}

int fail_usage(const ProxyFlags& flags, const std::string& what) {
  return cli::fail("proxy", {what + "; 'weft proxy --help' says what it takes", 2},
                   cli::form_of(flags.json));
}

void announce(const ProxyFlags& flags, const proxy::DataPlane& plane,
              const std::vector<base::SocketAddress>& bound) {
  if (flags.json) {
    json::array addresses;
    for (const base::SocketAddress& address : bound) {
      addresses.emplace_back(address.to_string());
    }
    cli::print_json_line(json::object{{"listening", std::move(addresses)},
                                      {"loops", plane.loops()},
                                      {"driver", plane.driver_name()}});
    return;
  }
  for (const base::SocketAddress& address : bound) {
    fmt::print("listening on {} with {} loops ({})\n", address.to_string(), plane.loops(),
               plane.driver_name());
  }
  std::fflush(stdout);
}

io::Task<void> serve(io::Loop* loop, proxy::DataPlane* plane, io::Signals* signals,
                     const ProxyFlags* flags, int* exit_code,
                     std::vector<base::SocketAddress> addresses,
                     std::shared_ptr<const proxy::RouteIndex> index) {
  constexpr base::Nanos kDrainTime = 30s;
  auto why = co_await first_not_free(loop, addresses);
  base::Result<std::vector<base::SocketAddress>> bound;
  if (!why) {
    bound = plane->open(addresses);
    why = bound ? std::nullopt : std::optional(why_not_open(addresses, bound.error()));
  }
  if (why) {
    *exit_code = fail(*flags, *why + "; give --listen another address or port");
    co_await plane->stop();
    co_return;
  }
  plane->publish(std::move(index));
  plane->start();
  announce(*flags, *plane, *bound);
  base::ignore(co_await signals->next(base::kNever), "any end of the wait means stop");
  co_await plane->drain(loop->now() + kDrainTime);
  co_await plane->stop();
}

int run_proxy(const ProxyFlags& flags) {
  std::vector<base::SocketAddress> addresses;
  for (const std::string& text : flags.listen) {
    auto address = parse_listen(text);
    if (!address) {
      return fail_usage(flags, fmt::format("--listen {}: {}", text, address.error().what));
    }
    addresses.push_back(std::move(*address));
  }
  std::vector<model::Endpoint> endpoints;
  for (const std::string& text : flags.backends) {
    auto endpoint = parse_backend(text);
    if (!endpoint) {
      return fail_usage(flags, fmt::format("--backend {}: {}", text, endpoint.error().what));
    }
    endpoints.push_back(std::move(*endpoint));
  }
  const auto driver = io::parse_driver_kind(flags.driver);
  if (!driver) {
    return fail_usage(flags, fmt::format("--driver {}: {}", flags.driver, driver.error().what));
  }
  auto control_driver = io::make_driver(io::DriverKind::kEpoll);
  if (!control_driver) {
    return fail(flags, base::describe(control_driver.error()));
  }
  io::Loop loop(std::move(*control_driver), "control", io::entropy_seed());
  constexpr std::array<int, 2> kStopSignals{SIGTERM, SIGINT};
  auto signals = io::Signals::make(loop, kStopSignals);
  if (!signals) {
    return fail(flags, base::describe(signals.error()));
  }
  proxy::DataPlaneOptions options;
  options.loops = flags.loops;
  options.driver = *driver;
  proxy::DataPlane plane(loop, options, {[](const auto&) {}, [](const auto&) {}, [](auto) {}});
  int exit_code = 0;
  loop.run_until_done(
      serve(&loop, &plane, &*signals, &flags, &exit_code, std::move(addresses),
            std::make_shared<proxy::RouteIndex>(snapshot_of(std::move(endpoints)))));
  return exit_code;
}

}  // namespace

void add_proxy_command(CLI::App& app, std::function<int()>& run) {
  auto flags = std::make_shared<ProxyFlags>();
  CLI::App* command =
      app.add_subcommand("proxy", "Run the gateway from flags alone: a reverse proxy in one line");
  command
      ->add_option(
          "--listen", flags->listen,
          "Where to listen: host:port or unix:/path; :port is loopback, *:port every address")
      ->required();
  command
      ->add_option("--backend", flags->backends,
                   "Backend as host:port or unix:/path; give it more than once to balance")
      ->required();
  command->add_option("--loops", flags->loops, "Threads that carry traffic; 0: one per processor")
      ->check(cli::whole_number(0, 1024));
  command->add_option("--driver", flags->driver, "How it talks to the kernel (default auto)")
      ->envname("WEFT_IO_DRIVER")
      ->check(CLI::IsMember({"auto", "epoll", "uring"}))
      ->option_text("auto|epoll|uring");
  command->add_flag("--json", flags->json, "Print one line of JSON when it listens; errors too");
  command->callback([flags, &run] { run = [flags] { return run_proxy(*flags); }; });
}

}  // namespace weft::node
