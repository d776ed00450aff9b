#include "node/server_command.h"

#include "base/json.h"
#include "cli/options.h"
#include "io/descriptor_table.h"
#include "io/event.h"
#include "io/host.h"
#include "io/real_clock.h"
#include "io/service_manager.h"
#include "io/signals.h"
#include "node/node.h"
#include "node/settings_file.h"
#include "node/settings_source.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

namespace weft::node {
namespace {

constexpr std::string_view kLogLevel = "logging.level";

struct ServerFlags {
  std::string config;
  bool takeover = false;
  bool json = false;
};

// What ends a node: a signal, or another process that has taken over. Thread: the control loop.
struct Ending {
  explicit Ending(io::Loop& loop) : happened(loop) {}
  bool is_due = false;
  io::Event happened;

  void ask() {
    is_due = true;
    happened.notify_all();
  }
};

struct SignalledEnd {
  io::Signals* signals;
  Ending* ending;
};

int fail_server_start(const ServerFlags& flags, const StartFailure& failure) {
  return cli::fail("server", {failure.line, failure.exit_code}, cli::form_of(flags.json));
}

// For programs: one line on stdout when the first request can be answered.
void announce_server(const Node& node) {
  cli::print_json_line(json::object{{"listening", listeners_json(node.listeners())}});
}

// Said at whichever of the two levels lets it be seen.
void set_log_level(base::Log* log, base::LogLevel level, const SettingChange& change) {
  const bool says_it_before = log->writes(base::LogLevel::kInfo);
  if (!says_it_before) {
    log->set_level(level);
  }
  log->info("setting changed", {{"setting", change.key}, {"from", change.from}, {"to", change.to}});
  log->set_level(level);
}

// SIGHUP: what may change while the node runs is taken, what may not is named. A configuration with
// a bad value changes nothing.
void reload(base::Log* log, const ServerFlags& flags, LoadedSettings* current) {
  const auto loaded = read_settings(flags.config);
  if (!loaded) {
    for (const std::string& line : loaded.error().lines) {
      log->error("not reloaded", {{"problem", line}});
    }
    return;
  }
  const std::vector<SettingChange> changes = changed_settings(*current, *loaded);
  for (const SettingChange& change : changes) {
    if (change.when == SettingWhen::kStart) {
      log->warning("this setting changes with the next start",
                   {{"setting", change.key}, {"from", change.from}, {"to", change.to}});
      continue;
    }
    if (change.key == kLogLevel) {
      set_log_level(log, loaded->settings.log_level, change);
    }
    const std::string key(change.key);
    current->values[key] = loaded->values.find(change.key)->second;
  }
  if (changes.empty()) {
    log->info("reloaded: nothing changed");
  }
}

// Follows signals: SIGHUP looks again, others end the node.
io::Task<void> follow_signals(base::Log* log, Node* node, LoadedSettings current,
                              const ServerFlags* flags, SignalledEnd end) {
  for (;;) {
    const auto signal = co_await end.signals->next(base::kNever);
    if (!signal) {
      co_return;
    }
    if (*signal != SIGHUP) {
      end.ending->ask();
      co_return;
    }
    reload(log, *flags, &current);
    node->reopen_access_log();
  }
}

io::Task<void> await_ending(Ending* ending) {
  while (!ending->is_due) {
    if (const auto waited = co_await ending->happened.wait(); !waited) {
      co_return;
    }
  }
}

void log_listeners(base::Log& log, const Node& node) {
  for (const BoundListener& listener : node.listeners()) {
    log.info("listening", {{"role", listener.role}, {"address", listener.address}});
  }
}

// systemd follows whoever says that he is the main process now, when the unit lets him.
void tell_service_manager_of_start(base::Log& log) {
  const auto socket = process_environment("NOTIFY_SOCKET");
  if (!socket || socket->empty()) {
    return;
  }
  const std::string state = fmt::format("READY=1\nMAINPID={}", io::process_id());
  if (const auto told = io::tell_service_manager(*socket, state); !told) {
    log.warning("the service manager was not told of the start",
                {{"error", base::describe(told.error())}});
  }
}

// What a run of the server has. Lifetime: of run_server().
struct ServerRun {
  io::Loop& loop;
  base::Log& log;
  io::Signals& signals;
  const ServerFlags& flags;
};

io::Task<void> run_node(const ServerRun* run, LoadedSettings settings, int* exit_code) {
  base::Log& log = run->log;
  LoadedSettings current = settings;
  MachineGround ground;
  Ending ending(run->loop);
  Node node(run->loop, log, ground, std::move(settings), [&ending] { ending.ask(); });
  const auto beginning = run->flags.takeover ? Node::Beginning::kTakeover : Node::Beginning::kFresh;
  if (const auto failure = co_await node.start(beginning)) {
    *exit_code = fail_server_start(run->flags, *failure);
    co_await node.stop();
    co_return;
  }
  tell_service_manager_of_start(log);
  if (run->flags.json) {
    announce_server(node);
  }
  log_listeners(log, node);
  io::TaskScope following;
  following.spawn("signals", follow_signals(&log, &node, std::move(current), &run->flags,
                                            SignalledEnd{&run->signals, &ending}));
  co_await await_ending(&ending);
  co_await following.stop();
  log.info("stopping");
  co_await node.stop();
  log.info("stopped");
}

int run_server(const ServerFlags& flags) {
  auto settings = read_settings(flags.config);
  if (!settings) {
    return fail_server_start(flags, {first_of(settings.error()), 2});
  }
  io::prepare_descriptors();
  auto driver = io::make_driver(io::DriverKind::kEpoll);
  if (!driver) {
    return fail_server_start(flags, {base::describe(driver.error()), 1});
  }
  io::Loop loop(std::move(*driver), "control", io::entropy_seed());
  constexpr std::array<int, 3> kSignals{SIGTERM, SIGINT, SIGHUP};
  auto signals = io::Signals::make(loop, kSignals);
  if (!signals) {
    return fail_server_start(flags, {base::describe(signals.error()), 1});
  }
  base::Log log({.level = settings->settings.log_level, .format = settings->settings.log_format});
  int exit_code = 0;
  const ServerRun run{loop, log, *signals, flags};
  loop.run_until_done(run_node(&run, std::move(*settings), &exit_code));
  return exit_code;
}

std::string_view source_name(SettingSource source) {
  switch (source) {
    case SettingSource::kDefault:
      return "default";
    case SettingSource::kFile:
      return "file";
    case SettingSource::kEnvironment:
      return "environment";
  }
  return "default";
}

json::array text_array(const std::vector<std::string>& lines) {
  return json::array(lines.begin(), lines.end());  // braces would hold two iterators
}

int refuse_config(const ServerFlags& flags, const SettingError& error) {
  if (flags.json) {
    fmt::print("{}\n", json::serialize(
                           json::object{{"valid", false}, {"errors", text_array(error.lines)}}));
    return 2;
  }
  for (const std::string& line : error.lines) {
    fmt::print(stderr, "weft config: {}\n", line);
  }
  return 2;
}

json::object settings_json(const LoadedSettings& loaded) {
  json::object values;
  for (const SettingFacts& facts : setting_table()) {
    const auto& value = loaded.values.find(facts.key)->second;
    json::object row{{"value", shown_value(facts, value.text)},
                     {"source", source_name(value.source)}};
    if (!facts.minimum.empty()) {
      row["minimum"] = facts.minimum;
      row["maximum"] = facts.maximum;
    }
    values[facts.key] = std::move(row);
  }
  return {{"valid", true},
          {"settings", std::move(values)},
          {"warnings", text_array(loaded.warnings)},
          {"without_effect", text_array(loaded.without_effect)}};
}

int check_config(const ServerFlags& flags) {
  const auto loaded = read_settings(flags.config);
  if (!loaded) {
    return refuse_config(flags, loaded.error());
  }
  if (flags.json) {
    fmt::print("{}\n", json::serialize(settings_json(*loaded)));
    return 0;
  }
  for (const SettingFacts& facts : setting_table()) {
    const auto& value = loaded->values.find(facts.key)->second;
    const std::string shown = shown_value(facts, value.text);
    fmt::print("{:<32} {:<32} {}\n", facts.key, shown.empty() ? "-" : shown,
               source_name(value.source));
  }
  for (const std::string& warning : loaded->warnings) {
    fmt::print(stderr, "warning: {}\n", warning);
  }
  for (const std::string& name : loaded->without_effect) {
    fmt::print(stderr, "note: {} has no effect yet: its part does not exist\n", name);
  }
  return 0;
}

// The help of `weft server` ends with the table of settings.
std::string settings_help() {
  std::string out = "Settings (config key, environment, default, range):\n";
  for (const SettingFacts& facts : setting_table()) {
    const std::string range = range_text(facts);
    out += fmt::format("  {}  [{}]  {}{}\n      {}\n", facts.key, facts.env,
                       facts.fallback.empty() ? "-" : facts.fallback,
                       range.empty() ? "" : "  (" + range + ")", facts.what);
  }
  return out;
}

cli::Command check_command() {
  auto flags = std::make_shared<ServerFlags>();
  cli::Command command{
      .name = "check",
      .about = "Read file and environment as 'weft server' would and show what is in effect",
      .options = {config_option(flags->config)},
      .run = [flags](const cli::Command&) { return check_config(*flags); }};
  cli::add_json_flag(command, flags->json);
  return command;
}

}  // namespace

cli::Command server_command() {
  auto flags = std::make_shared<ServerFlags>();
  return {.name = "server",
          .about = "Run a node: API, gateway, health checks",
          .options = {config_option(flags->config),
                      {.name = "--takeover",
                       .about = "Take over from the running server with the same data_dir, without "
                                "losing a connection",
                       .into = &flags->takeover},
                      {.name = "--json",
                       .about = "Print one line of JSON when it listens; errors too",
                       .into = &flags->json}},
          .footer = settings_help(),
          .run = [flags](const cli::Command&) { return run_server(*flags); }};
}

cli::Command config_command() {
  return {.name = "config",
          .about = "Look at the configuration of a node",
          .commands = {check_command()}};
}

}  // namespace weft::node
