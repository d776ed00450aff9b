// The gateway with everything that observes and decides switched on, or off: what does it cost?
//
//   bench_gateway LISTEN BACKEND on|off     WEFT_IO_DRIVER chooses the driver
//
// on: trace fields, instance field, records folded into metrics, an access log, breakers, peak-EWMA
// balancing between two endpoints. off: none of it, and round robin between the same two.
// Ends on SIGTERM without taking leave of anybody: it keeps nothing. What a training build of it
// has counted is written then.
#include "base/address.h"
#include "base/log.h"
#include "base/meters.h"
#include "io/driver.h"
#include "io/loop.h"
#include "io/signals.h"
#include "io/thread.h"
#include "metrics/traffic.h"
#include "model/snapshot.h"
#include "proxy/access_log.h"
#include "proxy/data_plane.h"
#include "proxy/route_index.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string_view>
#include <vector>

namespace {

using weft::base::SocketAddress;
namespace model = weft::model;
namespace proxy = weft::proxy;

std::shared_ptr<const proxy::RouteIndex> index_of(const SocketAddress& backend, bool observes) {
  model::Cluster cluster;
  cluster.number = 1;
  cluster.service = "bench";
  cluster.settings.service = cluster.service;
  cluster.settings.breaker.enabled = observes;
  cluster.settings.balancing =
      observes ? model::Balancing::kPeakEwma : model::Balancing::kRoundRobin;
  for (std::uint32_t number = 1; number <= 2; ++number) {
    model::Endpoint endpoint;
    endpoint.number = number;
    endpoint.instance = "bench-" + std::to_string(number);
    endpoint.address = backend.ip.to_string();
    endpoint.port = backend.port;
    cluster.endpoints.push_back(std::move(endpoint));
  }
  model::Route route;
  route.id = "all";
  route.destinations.push_back({.service = cluster.service});
  return std::make_shared<proxy::RouteIndex>(
      model::make_snapshot({std::move(cluster)}, {std::move(route)}));
}

class Gateway final {
 public:
  Gateway(weft::io::Loop& loop, weft::io::DriverKind kind, bool observes)
      : loop_(loop),
        log_({.level = weft::base::LogLevel::kError}),
        plane_(loop, options_for(kind, observes),
               {folding(observes), [](auto) {}, [](auto) {}, observes ? &meters_ : nullptr, &log_}),
        observes_(observes) {}

  // Returns: whether it could.
  bool start(const SocketAddress& at, const SocketAddress& backend) {
    if (observes_) {
      auto log = proxy::AccessLog::open({loop_, log_, meters_}, {.path = "/dev/null"});
      if (!log) {
        return false;
      }
      access_log_ = std::move(*log);
    }
    const std::vector<SocketAddress> addresses{at};
    const auto bound = plane_.open(addresses, access_log_.get());
    if (!bound) {
      std::cerr << "bench_gateway: " << weft::base::describe(bound.error()) << "\n";
      return false;
    }
    plane_.publish(index_of(backend, observes_));
    if (access_log_) {
      access_log_->start();
    }
    plane_.start();
    return true;
  }

 private:
  std::function<void(std::vector<model::Record>)> folding(bool observes) {
    if (!observes) {
      return nullptr;
    }
    return [this](const std::vector<model::Record>& records) {
      traffic_.fold(records, loop_.wall_now());
    };
  }

  static proxy::DataPlaneOptions options_for(weft::io::DriverKind kind, bool observes) {
    proxy::DataPlaneOptions options;
    options.worker.trace_fields = observes;
    options.worker.instance_field = observes;
    options.loops = 1;
    options.make_loop = weft::io::loop_threads(kind);
    return options;
  }

  weft::io::Loop& loop_;
  weft::base::Log log_;
  weft::base::MeterRegistry meters_;
  weft::metrics::Traffic traffic_;
  std::unique_ptr<proxy::AccessLog> access_log_;
  proxy::DataPlane plane_;
  const bool observes_;
};

weft::io::Task<void> await_end(weft::io::Signals* signals) {
  weft::base::ignore(co_await signals->next(weft::base::kNever), "either way it is over");
}

}  // namespace

int main(int argc, char** argv) {
  const auto at = weft::base::parse_socket_address(argc > 1 ? argv[1] : "");
  const auto to = weft::base::parse_socket_address(argc > 2 ? argv[2] : "");
  const std::string_view mode = argc > 3 ? argv[3] : "";
  const char* wanted = std::getenv("WEFT_IO_DRIVER");
  const auto kind = weft::io::parse_driver_kind(wanted != nullptr ? wanted : "auto");
  if (!at || !to || !kind || (mode != "on" && mode != "off")) {
    std::cerr
        << "usage: bench_gateway LISTEN BACKEND on|off (WEFT_IO_DRIVER: auto, epoll, uring)\n";
    return 2;
  }
  auto driver = weft::io::make_driver(weft::io::DriverKind::kEpoll);
  if (!driver) {
    std::cerr << "bench_gateway: " << weft::base::describe(driver.error()) << "\n";
    return 1;
  }
  weft::io::Loop loop(std::move(*driver), "control", 1);
  auto signals = weft::io::Signals::make(loop, std::array{SIGTERM});
  if (!signals) {
    std::cerr << "bench_gateway: " << weft::base::describe(signals.error()) << "\n";
    return 1;
  }
  Gateway gateway(loop, *kind, mode == "on");
  if (!gateway.start(*at, *to)) {
    return 1;
  }
  loop.run_until_done(await_end(&*signals));
  std::exit(0);
}
