#include "node/demo_screen.h"

#include "io/terminal.h"
#include "node/load_report.h"

#include <fmt/format.h>

#include <cstdio>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kUsualControlPort = 8000;

}  // namespace

std::string introduction(const DemoAddresses& addresses) {
  const std::string node = addresses.control.to_string();
  const std::string gateway = addresses.gateway.to_string();
  const std::string url =
      addresses.control.port == kUsualControlPort ? "" : fmt::format(" --url http://{}", node);
  return fmt::format(
      "One node, {0} services in {1} processes, and a client with 50 requests/s.\n"
      "\n"
      "  page      http://{2}/\n"
      "  gateway   http://{3}/svc/discovery/   (or host discovery.service.weft)\n"
      "  API       http://{2}/api/openapi.json\n"
      "  metrics   http://{2}/metrics\n"
      "\n"
      "For the show the node is in a hurry: it checks every second, gives one try of a request 1 "
      "s\n"
      "and an open breaker 2 s. Usual are 10 s, no limit and 60 s.\n"
      "\n"
      "Try in another terminal:\n"
      "  weft status{4}\n"
      "  weft services discovery{4}\n"
      "  kill -9 {5}   kills {6}; it comes back after 10 s\n"
      "\n"
      "Ctrl-C stops everything and leaves nothing behind.\n",
      addresses.services, addresses.instances, node, gateway, url, addresses.victim_pid,
      addresses.victim);
}

std::string live_line(const DemoFigures& figures) {
  const double rate = static_cast<double>(figures.latency.count()) / base::to_seconds(figures.span);
  const std::string latency = figures.latency.count() == 0
                                  ? "no answers"
                                  : fmt::format("p50 {:.1f} ms, p95 {:.1f} ms",
                                                base::to_millis(figures.latency.quantile(0.50)),
                                                base::to_millis(figures.latency.quantile(0.95)));
  return fmt::format("{:.0f} requests/s | {} | {} of {} failed | {} of {} services healthy", rate,
                     latency, with_commas(figures.failures), with_commas(figures.requests),
                     figures.services_healthy, figures.services);
}

base::Nanos DemoScreen::pace() const { return kind_ == Kind::kTerminal ? 1s : 5s; }

void DemoScreen::say(std::string_view line) {
  if (kind_ == Kind::kTerminal) {
    fmt::print("\r\x1b[2K{}\n{}", line, live_);  // the live line moves down
  } else {
    fmt::print("{}\n", line);
  }
  std::fflush(stdout);
}

void DemoScreen::show_live(const std::string& line) {
  if (kind_ == Kind::kPlain) {
    say(line);
    return;
  }
  // A line that wraps cannot be rewritten.
  const int columns = io::terminal_columns(io::StandardStream::kOut).value_or(80);
  live_ = line.substr(0, static_cast<std::size_t>(columns > 1 ? columns - 1 : 1));
  fmt::print("\r\x1b[2K{}", live_);
  std::fflush(stdout);
}

void DemoScreen::close() {
  if (!live_.empty()) {
    fmt::print("\n");
    live_.clear();
  }
  std::fflush(stdout);
}

bool DemoScreen::is_lost() const { return std::ferror(stdout) != 0; }

}  // namespace weft::node
