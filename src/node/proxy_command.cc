#include "node/proxy_command.h"

#include "base/address.h"
#include "base/json.h"
#include "cli/options.h"
#include "io/descriptor_table.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/signals.h"
#include "io/watchdog.h"
#include "model/snapshot.h"
#include "node/listening.h"
#include "node/metrics_page.h"
#include "node/proxy_flags.h"
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
  bool json = false;
};

// One service "backend" with the given endpoints, under every path.
std::shared_ptr<const model::Snapshot> snapshot_of(std::vector<model::Endpoint> endpoints,
                                                   const base::Limits& limits) {
  model::Cluster cluster;
  cluster.number = 1;
  cluster.service = "backend";
  cluster.settings.limits = model::limit_settings(limits);
  for (model::Endpoint& endpoint : endpoints) {
    endpoint.number = static_cast<std::uint32_t>(cluster.endpoints.size() + 1);
    endpoint.health = model::Health::kPassing;
    cluster.endpoints.push_back(std::move(endpoint));
  }
  model::Route route;
  route.id = "all";
  route.destinations.push_back({.service = cluster.service});
  return model::make_snapshot({std::move(cluster)}, {std::move(route)});
}

int fail(const ProxyFlags& flags, const std::string& what) {
  return cli::fail("proxy", {what, 1}, cli::form_of(flags.json));
}

int fail_usage(const ProxyFlags& flags, const std::string& what) {
  return cli::fail("proxy", {what + "; 'weft proxy --help' says what it takes", 2},
                   cli::form_of(flags.json));
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
    auto address = parse_listen(text);
    if (!address) {
      return std::unexpected(fmt::format("--listen {}: {}", text, address.error().what));
    }
    wanted.addresses.push_back(std::move(*address));
  }
  if (!flags.metrics.empty()) {
    auto address = parse_listen(flags.metrics);
    if (!address) {
      return std::unexpected(fmt::format("--metrics {}: {}", flags.metrics, address.error().what));
    }
    wanted.metrics = std::move(*address);
  }
  auto limits = load_limits(process_environment);
  if (!limits) {
    return std::unexpected(limits.error().lines.front());
  }
  wanted.limits = *limits;
  std::vector<model::Endpoint> endpoints;
  for (const std::string& text : flags.backends) {
    auto endpoint = parse_backend(text);
    if (!endpoint) {
      return std::unexpected(fmt::format("--backend {}: {}", text, endpoint.error().what));
    }
    endpoints.push_back(std::move(*endpoint));
  }
  wanted.index =
      std::make_shared<proxy::RouteIndex>(snapshot_of(std::move(endpoints), wanted.limits));
  return wanted;
}

// What runs. Lifetime: of run_proxy().
struct RunningProxy {
  io::Loop& loop;
  const ProxyFlags& flags;
  proxy::DataPlane& plane;
  io::Signals& signals;
  MetricsPage& metrics;
  proxy::AccessLog* access_log;  // null: none
};

struct Bound {
  std::vector<base::SocketAddress> gateway;
  std::optional<base::SocketAddress> metrics;
};

// Returns: why somebody cannot listen.
io::Task<std::expected<Bound, std::string>> open_all(RunningProxy* running, const Wanted* wanted) {
  Bound bound;
  const auto why = co_await first_not_free(&running->loop, wanted->addresses);
  if (why) {
    co_return std::unexpected(*why + "; give --listen another address or port");
  }
  auto gateway = running->plane.open(wanted->addresses, running->access_log);
  if (!gateway) {
    co_return std::unexpected(why_not_open(wanted->addresses, gateway.error()) +
                              "; give --listen another address or port");
  }
  bound.gateway = std::move(*gateway);
  if (wanted->metrics) {
    auto metrics = running->metrics.listen(*wanted->metrics);
    if (!metrics) {
      const std::vector<base::SocketAddress> addresses{*wanted->metrics};
      co_return std::unexpected(why_not_open(addresses, metrics.error()) +
                                "; give --metrics another address or port");
    }
    bound.metrics = std::move(*metrics);
  }
  co_return bound;
}

void announce(const RunningProxy& running, const Bound& bound) {
  if (running.flags.json) {
    json::array addresses;
    for (const base::SocketAddress& address : bound.gateway) {
      addresses.emplace_back(address.to_string());
    }
    json::object line{{"listening", std::move(addresses)},
                      {"loops", running.plane.loops()},
                      {"driver", running.plane.driver_name()}};
    if (bound.metrics) {
      line["metrics"] = bound.metrics->to_string();
    }
    cli::print_json_line(line);
    return;
  }
  for (const base::SocketAddress& address : bound.gateway) {
    fmt::print("listening on {} with {} loops ({})\n", address.to_string(), running.plane.loops(),
               running.plane.driver_name());
  }
  if (bound.metrics) {
    fmt::print("metrics on http://{}/metrics\n", bound.metrics->to_string());
  }
  static_cast<void>(std::fflush(stdout));
}

// Returns when somebody asks the gateway to stop.
io::Task<void> run_until_told(RunningProxy* running) {
  for (;;) {
    const auto signal = co_await running->signals.next(base::kNever);
    if (!signal || *signal != SIGHUP) {
      co_return;
    }
    running->access_log->reopen();  // who has none does not wait for SIGHUP
  }
}

io::Task<void> serve(RunningProxy* running, const Wanted* wanted, int* exit_code) {
  constexpr base::Nanos kDrainTime = 30s;
  const auto bound = co_await open_all(running, wanted);
  if (bound) {
    running->plane.publish(wanted->index);
    if (running->access_log != nullptr) {
      running->access_log->start();
    }
    running->plane.start();
    announce(*running, *bound);
    co_await run_until_told(running);
    co_await running->plane.drain(running->loop.now() + kDrainTime);
  } else {
    *exit_code = fail(running->flags, bound.error());
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
    return fail_usage(flags, wanted.error());
  }
  const auto driver = io::parse_driver_kind(flags.driver);
  if (!driver) {
    return fail_usage(flags, fmt::format("--driver {}: {}", flags.driver, driver.error().what));
  }
  io::prepare_descriptors();
  auto control_driver = io::make_driver(io::DriverKind::kEpoll);
  if (!control_driver) {
    return fail(flags, base::describe(control_driver.error()));
  }
  io::Loop loop(std::move(*control_driver), "control", io::entropy_seed());
  // SIGHUP last: only a gateway with a log has something to do then.
  constexpr std::array<int, 3> kSignals{SIGTERM, SIGINT, SIGHUP};
  auto signals =
      io::Signals::make(loop, std::span(kSignals).first(is_off(flags.access_log) ? 2 : 3));
  if (!signals) {
    return fail(flags, base::describe(signals.error()));
  }
  base::Log log({.level = base::LogLevel::kWarning});
  base::MeterRegistry meters;
  auto access_log = open_access_log(flags, wanted->limits, {loop, log, meters});
  if (!access_log) {
    return fail_usage(flags, fmt::format("--access-log {}: {}", flags.access_log,
                                         base::describe(access_log.error())));
  }
  proxy::DataPlaneOptions options;
  options.worker = proxy::worker_options(wanted->limits);
  options.loops = flags.loops;
  options.make_loop = io::loop_threads(*driver);
  proxy::DataPlane plane(loop, options,
                         {[](const auto&) {}, [](const auto&) {}, [](auto) {}, &meters, &log});
  const io::Watchdog watchdog(loop, log, meters);
  MetricsPage metrics(loop, log, meters, wanted->limits);
  RunningProxy running{loop, flags, plane, *signals, metrics, access_log->get()};
  int exit_code = 0;
  loop.run_until_done(serve(&running, &*wanted, &exit_code));
  return exit_code;
}

std::vector<cli::Option> options_into(ProxyFlags& flags) {
  return {
      {.name = "--listen",
       .about = "Where to listen: host:port or unix:/path; :port is loopback, *:port every address",
       .into = &flags.listen,
       .shown = "TEXT ... REQUIRED",
       .required = true,
       .several_at_once = true},
      {.name = "--backend",
       .about = "Backend as host:port or unix:/path; give it more than once to balance",
       .into = &flags.backends,
       .shown = "TEXT ... REQUIRED",
       .required = true,
       .several_at_once = true},
      {.name = "--loops",
       .about = "Threads that carry traffic; 0: one per processor",
       .into = &flags.loops,
       .shown = "UINT",
       .check = cli::whole_number(0, 1024)},
      {.name = "--driver",
       .about = "How it talks to the kernel (default auto)",
       .into = &flags.driver,
       .shown = "auto|epoll|uring",
       .environment = "WEFT_IO_DRIVER",
       .values = {"auto", "epoll", "uring"}},
      {.name = "--access-log",
       .about = "File for one JSON line per request, opened again on SIGHUP; - is the standard "
                "output",
       .into = &flags.access_log,
       .shown = "TEXT (Env:WEFT_ACCESS_LOG)",
       .environment = "WEFT_ACCESS_LOG"},
      {.name = "--metrics",
       .about = "Serve Prometheus text at http://HOST:PORT/metrics",
       .into = &flags.metrics,
       .shown = "TEXT"},
      {.name = "--json",
       .about = "Print one line of JSON when it listens; errors too",
       .into = &flags.json}};
}

}  // namespace

cli::Command proxy_command() {
  auto flags = std::make_shared<ProxyFlags>();
  return {.name = "proxy",
          .about = "Run the gateway from flags alone: a reverse proxy in one line",
          .options = options_into(*flags),
          .run = [flags](const cli::Command&) { return run_proxy(*flags); }};
}

}  // namespace weft::node
