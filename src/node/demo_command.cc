#include "node/demo_command.h"

#include "io/real_clock.h"
#include "io/signals.h"
#include "metrics/window_histogram.h"
#include "node/demo_fleet.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <memory>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

// What the steady client has seen since the last line.
struct Seen {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  metrics::WindowHistogram latency;
};

// Calls one service through the gateway after the other, forty times a second.
io::Task<void> call_steadily(io::Loop* loop, const DemoFleet* fleet, Seen* seen) {
  http::Client client(*loop, nullptr, http::Client::Reuse::kKeepAlive);
  for (std::size_t turn = 0;; ++turn) {
    if (const auto slept = co_await loop->sleep_for(25ms); !slept) {
      co_return;
    }
    const auto services = demo_services();
    http::ClientRequest request;
    request.to = fleet->gateway();
    request.target = fmt::format("/svc/{}/", services[turn % services.size()].name);
    request.deadline = loop->now() + 10s;
    const base::MonoTime began = loop->now();
    const auto response = co_await client.call(std::move(request));
    ++seen->requests;
    seen->errors += !response || response->status >= 500 ? 1 : 0;
    seen->latency.record(loop->now() - began);
  }
}

io::Task<void> print_lines(io::Loop* loop, Seen* seen) {
  for (;;) {
    if (const auto slept = co_await loop->sleep_for(2s); !slept) {
      co_return;
    }
    fmt::print("{:4} requests/s   {} errors   p50 {:.1f} ms   p95 {:.1f} ms\n", seen->requests / 2,
               seen->errors, base::to_millis(seen->latency.quantile(0.5)),
               base::to_millis(seen->latency.quantile(0.95)));
    std::fflush(stdout);
    *seen = Seen{};
  }
}

void print_where_to_look(const DemoFleet& fleet) {
  fmt::print(
      "\n  page      http://{0}/\n  gateway   http://{1}/svc/discovery/\n"
      "  API       http://{0}/api/openapi.json\n  metrics   http://{0}/metrics\n\n"
      "This node checks its services every second, gives one try one second and a breaker two\n"
      "seconds to recover. Ctrl-C ends everything.\n\n",
      fleet.control().to_string(), fleet.gateway().to_string());
  std::fflush(stdout);
}

io::Task<void> run_demo(io::Loop* loop, io::Signals* signals, int* exit_code) {
  DemoFleet fleet(*loop);
  const auto started = co_await fleet.start();
  if (!started) {
    fmt::print(stderr, "weft demo: {}\n", base::describe(started.error()));
    *exit_code = 1;
  } else {
    print_where_to_look(fleet);
    Seen seen;
    io::TaskScope scope;
    scope.spawn("demo client", call_steadily(loop, &fleet, &seen));
    scope.spawn("demo lines", print_lines(loop, &seen));
    base::ignore(co_await signals->next(base::kNever), "any end of the wait means stop");
    co_await scope.stop();
  }
  co_await fleet.stop();
}

int start_demo() {
  auto driver = io::make_driver(io::DriverKind::kEpoll);
  if (!driver) {
    fmt::print(stderr, "weft demo: {}\n", base::describe(driver.error()));
    return 1;
  }
  io::Loop loop(std::move(*driver), "demo", io::entropy_seed());
  constexpr std::array<int, 2> kStopSignals{SIGTERM, SIGINT};
  auto signals = io::Signals::make(loop, kStopSignals);
  if (!signals) {
    fmt::print(stderr, "weft demo: {}\n", base::describe(signals.error()));
    return 1;
  }
  int exit_code = 0;
  loop.run_until_done(run_demo(&loop, &*signals, &exit_code));
  return exit_code;
}

}  // namespace

void add_demo_command(CLI::App& app, std::function<int()>& run) {
  CLI::App* command =
      app.add_subcommand("demo", "Run a node with sample services and traffic on this machine");
  command->callback([&run] { run = start_demo; });
}

}  // namespace weft::node
