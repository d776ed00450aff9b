#include "node/sample_command.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/options.h"
#include "io/real_clock.h"
#include "io/signals.h"
#include "node/listening.h"
#include "node/proxy_flags.h"
#include "node/sample.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace weft::node {
namespace {

struct SampleFlags {
  std::string name = "sample";
  std::string description = "a sample service";
  std::uint16_t port = 0;
  std::string calls;
  std::string gateway = "127.0.0.1:10005";
  std::string work = "1ms";
  bool json = false;
};

int fail_sample(const SampleFlags& flags, const std::string& what) {
  return cli::fail("sample", {what, 1}, cli::form_of(flags.json));
}

int fail_sample_usage(const SampleFlags& flags, const std::string& what) {
  return cli::fail("sample", {what + "; 'weft sample --help' says what it takes", 2},
                   cli::form_of(flags.json));
}

void announce_sample(const SampleFlags& flags, const base::SocketAddress& bound) {
  if (flags.json) {
    cli::print_json_line(
        json::object{{"name", flags.name}, {"listening", json::array{bound.to_string()}}});
    return;
  }
  fmt::print("listening on {}\n", bound.to_string());
  std::fflush(stdout);
}

io::Task<void> serve_sample(Sample* sample, io::Signals* signals, const SampleFlags* flags,
                            int* exit_code) {
  const auto bound = sample->start();
  if (!bound) {
    *exit_code = fail_sample(*flags, why_not_listening(sample->options().listen, bound.error()) +
                                         "; give --port another one, or 0 for any");
  } else {
    announce_sample(*flags, *bound);
    base::ignore(co_await signals->next(base::kNever), "any end of the wait means stop");
  }
  co_await sample->stop();
}

int run_sample(const SampleFlags& flags) {
  SampleOptions options;
  options.name = flags.name;
  options.description = flags.description;
  options.listen = {base::IpAddress::loopback(), flags.port, {}};
  for (const std::string_view call : base::split(flags.calls, ',')) {
    options.calls.emplace_back(call);
  }
  const auto gateway = parse_backend(flags.gateway);
  if (!gateway) {
    return fail_sample_usage(flags,
                             fmt::format("--gateway {}: {}", flags.gateway, gateway.error().what));
  }
  options.gateway = {gateway->address, gateway->port};
  const auto work = base::parse_duration(flags.work);
  if (!work) {
    return fail_sample_usage(flags, fmt::format("--work {}: {}", flags.work, work.error().what));
  }
  options.work_time = *work;
  auto driver = io::make_driver(io::DriverKind::kEpoll);
  if (!driver) {
    return fail_sample(flags, base::describe(driver.error()));
  }
  io::Loop loop(std::move(*driver), "sample", io::entropy_seed());
  constexpr std::array<int, 2> kStopSignals{SIGTERM, SIGINT};
  auto signals = io::Signals::make(loop, kStopSignals);
  if (!signals) {
    return fail_sample(flags, base::describe(signals.error()));
  }
  base::Log log({.level = base::LogLevel::kWarning, .queue_lines = 0});
  Sample sample(loop, log, std::move(options));
  int exit_code = 0;
  loop.run_until_done(serve_sample(&sample, &*signals, &flags, &exit_code));
  return exit_code;
}

std::vector<cli::Option> sample_options_into(SampleFlags& flags) {
  return {
      {.name = "--name", .about = "Its name", .into = &flags.name, .shown = "TEXT=" + flags.name},
      {.name = "--description",
       .about = "One sentence about it",
       .into = &flags.description,
       .shown = "TEXT"},
      {.name = "--port",
       .about = "Port on 127.0.0.1; 0 picks one",
       .into = &flags.port,
       .shown = "UINT",
       .check = cli::whole_number(0, 65535)},
      {.name = "--calls",
       .about = "Services it calls for each request: a,b",
       .into = &flags.calls,
       .shown = "TEXT"},
      {.name = "--gateway",
       .about = "Where it calls them",
       .into = &flags.gateway,
       .shown = "TEXT=" + flags.gateway},
      {.name = "--work",
       .about = "How long one piece of work takes",
       .into = &flags.work,
       .shown = "TEXT=" + flags.work},
      {.name = "--json",
       .about = "Print one line of JSON when it listens; errors too",
       .into = &flags.json}};
}

}  // namespace

cli::Command sample_command() {
  auto flags = std::make_shared<SampleFlags>();
  return {.name = "sample",
          .about = "Run a small sample service, for demos",
          .options = sample_options_into(*flags),
          .run = [flags](const cli::Command&) { return run_sample(*flags); }};
}

}  // namespace weft::node
