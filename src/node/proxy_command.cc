#include "node/proxy_command.h"

#include "base/address.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/signals.h"
#include "io/watchdog.h"
#include "model/snapshot.h"
#include "node/metrics_page.h"
#include "node/settings.h"
#include "node/settings_file.h"
#include "proxy/access_log.h"
#include "proxy/data_plane.h"
#include "proxy/route_index.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <expected>
#include <memory>
#include <optional>
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
  std::string metrics;     // where /metrics is served; empty: nowhere
};

// One service "backend" with the given endpoints, under every path.
base::Result<std::shared_ptr<const model::Snapshot>> snapshot_of(
    const std::vector<std::string>& backends, const base::Limits& limits) {
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = 1;
  cluster->service = "backend";
  cluster->settings.limits = model::limit_settings(limits);
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

// What the flags and the environment came to.
struct Wanted {
  std::vector<base::SocketAddress> addresses;
  std::optional<base::SocketAddress> metrics;
  base::Limits limits;
  std::shared_ptr<const proxy::RouteIndex> index;
};

// Returns: what is wrong with them.
std::expected<Wanted, std::string> read_flags(const ProxyFlags& flags) {
  Wanted wanted;
  for (const std::string& text : flags.listen) {
    auto address = base::parse_socket_address(text);
    if (!address) {
      return std::unexpected(fmt::format("--listen {}: {}", text, address.error().what));
    }
    wanted.addresses.push_back(std::move(*address));
  }
  if (!flags.metrics.empty()) {
    auto address = base::parse_socket_address(flags.metrics);
    if (!address) {
      return std::unexpected(fmt::format("--metrics {}: {}", flags.metrics, address.error().what));
    }
    wanted.metrics = std::move(*address);
  }
  auto limits = load_limits(process_environment);
  if (!limits) {
    return std::unexpected(limits.error().line);
  }
  wanted.limits = *limits;
  auto snapshot = snapshot_of(flags.backends, wanted.limits);
  if (!snapshot) {
    return std::unexpected(fmt::format("--backend: {}", snapshot.error().what));
  }
  wanted.index = std::make_shared<proxy::RouteIndex>(std::move(*snapshot));
  return wanted;
}

// What runs. Lifetime: of run_proxy().
struct Running {
  io::Loop& loop;
  proxy::DataPlane& plane;
  io::Signals& signals;
  MetricsPage& metrics;
  proxy::AccessLog* access_log;  // null: none
};

// Returns: false when somebody cannot listen, and says so.
bool open_all(Running& running, const Wanted& wanted) {
  const auto bound = running.plane.open(wanted.addresses, running.access_log);
  if (!bound) {
    fmt::print(stderr, "weft proxy: cannot listen: {}\n", base::describe(bound.error()));
    return false;
  }
  for (const base::SocketAddress& address : *bound) {
    fmt::print("listening on {} with {} loops ({})\n", address.to_string(), running.plane.loops(),
               running.plane.driver_name());
  }
  if (wanted.metrics) {
    const auto metrics = running.metrics.listen(*wanted.metrics);
    if (!metrics) {
      fmt::print(stderr, "weft proxy: cannot listen for --metrics: {}\n",
                 base::describe(metrics.error()));
      return false;
    }
    fmt::print("metrics on http://{}/metrics\n", metrics->to_string());
  }
  std::fflush(stdout);
  return true;
}

// Returns when somebody asks the gateway to stop.
io::Task<void> run_until_told(Running* running) {
  for (;;) {
    const auto signal = co_await running->signals.next(base::kNever);
    if (!signal || *signal != SIGHUP) {
      co_return;
    }
    running->access_log->reopen();  // who has none does not wait for SIGHUP
  }
}

io::Task<void> serve(Running* running, const Wanted* wanted, int* exit_code) {
  constexpr base::Nanos kDrainTime = 30s;
  if (open_all(*running, *wanted)) {
    running->plane.publish(wanted->index);
    if (running->access_log != nullptr) {
      running->access_log->start();
    }
    running->plane.start();
    co_await run_until_told(running);
    co_await running->plane.drain(running->loop.now() + kDrainTime);
  } else {
    *exit_code = 1;
  }
  co_await running->metrics.stop();
  co_await running->plane.stop();
  if (running->access_log != nullptr) {
    co_await running->access_log->stop();
  }
}

// Returns: null when none is asked for.
base::Result<std::unique_ptr<proxy::AccessLog>> open_access_log(
    const ProxyFlags& flags, const base::Limits& limits, const proxy::AccessLog::Parts& parts) {
  if (is_off(flags.access_log)) {
    return nullptr;
  }
  return proxy::AccessLog::open(
      parts, {.path = flags.access_log, .ring_bytes = limits[base::Limit::kAccessLogRingBytes]});
}

int run_proxy(const ProxyFlags& flags) {
  const auto wanted = read_flags(flags);
  if (!wanted) {
    return fail_usage(wanted.error());
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
  base::Log log({.level = base::LogLevel::kWarning});
  base::MeterRegistry meters;
  auto access_log = open_access_log(flags, wanted->limits, {loop, log, meters});
  if (!access_log) {
    return fail_usage(
        fmt::format("--access-log {}: {}", flags.access_log, base::describe(access_log.error())));
  }
  proxy::DataPlaneOptions options;
  options.worker = proxy::worker_options(wanted->limits);
  options.loops = flags.loops;
  options.driver = *driver;
  proxy::DataPlane plane(loop, options,
                         {[](const auto&) {}, [](const auto&) {}, [](auto) {}, &meters, &log});
  const io::Watchdog watchdog(loop, log, meters);
  MetricsPage metrics(loop, log, meters, wanted->limits);
  Running running{loop, plane, *signals, metrics, access_log->get()};
  int exit_code = 0;
  loop.run_until_done(serve(&running, &*wanted, &exit_code));
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
  command
      ->add_option("--access-log", flags->access_log,
                   "File for one JSON line per request, opened again on SIGHUP; - is the standard "
                   "output")
      ->envname("WEFT_ACCESS_LOG");
  command->add_option("--metrics", flags->metrics,
                      "Serve Prometheus text at http://HOST:PORT/metrics");
  command->add_option("--loops", flags->loops, "Threads that carry traffic; 0: one per processor");
  command->add_option("--driver", flags->driver, "auto, epoll or uring")
      ->envname("WEFT_IO_DRIVER")
      ->capture_default_str();
  command->callback([flags, &run] { run = [flags] { return run_proxy(*flags); }; });
}

}  // namespace weft::node
