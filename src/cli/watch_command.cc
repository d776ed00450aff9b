#include "cli/watch_command.h"

#include "base/text.h"
#include "cli/consul_session.h"
#include "cli/watched.h"
#include "io/event.h"
#include "io/process.h"
#include "io/signals.h"
#include "io/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

namespace weft::cli {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kBlockFor = 2min;       // one question waits so long at the node
constexpr base::Nanos kAnswerPatience = 15s;  // beyond that
constexpr base::Nanos kPauseMin = 1s;
constexpr base::Nanos kPauseMax = 30s;

struct WatchOptions {
  ConsulOptions consul;
  WatchQuery query;
  std::vector<std::string> command;
  // Of `weft kv watch`, whose argument says by its last character what it is.
  bool is_key_or_prefix = false;
  bool is_prefix = false;
};

// Thread: its loop. Lifetime: outlives its tasks.
struct WatchRun {
  ConsulSession& session;
  const WatchOptions& options;
  io::Signals& signals;
  io::Event& over;
  WatchedItems items = {};
  std::string body = {};  // of the last answer
  bool has_answer = false;
  std::optional<Outcome<void>> outcome = {};

  void finish(Outcome<void> with) {
    if (!outcome) {
      outcome = std::move(with);
      over.notify_all();
    }
  }
};

void tell_person(const std::string& line) { fmt::print(stderr, "weft watch: {}\n", line); }

void print_changes(WatchRun& run, const json::value& answer, std::uint64_t index) {
  WatchedItems now = watched_items(run.options.query.kind, answer);
  for (const WatchedChange& change : watched_changes(run.items, now)) {
    if (run.options.consul.json) {
      json::object line = encode_change(change);
      line["index"] = index;
      print_json_line(line);
    } else {
      fmt::print("{}\n", change_line(change));
    }
  }
  static_cast<void>(std::fflush(stdout));
  run.items = std::move(now);
}

// The command reads the answer; how it ends is told and changes nothing.
io::Task<void> hand_over(WatchRun* run, std::string input, std::uint64_t index) {
  io::ProcessOptions how;
  how.argv = run->options.command;
  how.environment = {fmt::format("CONSUL_INDEX={}", index)};
  how.input = std::move(input);
  auto child = io::Process::spawn(run->session.loop(), how);
  if (!child) {
    run->finish(std::unexpected(Failure{
        fmt::format("cannot start '{}': {}", how.argv.front(), base::describe(child.error())),
        127}));
    co_return;
  }
  const auto ended = co_await child->wait(base::kNever);
  if (ended && !ended->is_success()) {
    tell_person(ended->signal == 0
                    ? fmt::format("the command ended with {}", ended->code)
                    : fmt::format("the command was ended by signal {}", ended->signal));
  }
}

io::Task<void> take_answer(WatchRun* run, ConsulAnswer answer) {
  std::string body = answer.status == 404 ? "null" : std::move(answer.body);
  if (run->has_answer && body == run->body) {
    co_return;
  }
  answer.body = body;
  const auto parsed = run->session.parse(answer);
  if (!parsed) {
    run->finish(std::unexpected(parsed.error()));
    co_return;
  }
  run->has_answer = true;
  run->body = std::move(body);
  if (run->options.command.empty()) {
    print_changes(*run, *parsed, answer.index);
    co_return;
  }
  co_await hand_over(run, base::write_json(handed_over(run->options.query.kind, *parsed)) + "\n",
                     answer.index);
}

std::string question_of(const WatchRun& run, std::uint64_t index) {
  const std::string target = watch_target(run.options.query);
  return fmt::format("{}{}index={}&wait={}", target,
                     target.find('?') == std::string::npos ? '?' : '&', index,
                     base::format_duration(kBlockFor));
}

// Is it no use to ask again?
bool is_final(const WatchRun& run, const Outcome<ConsulAnswer>& answer) {
  if (!answer) {
    return !run.has_answer;  // a mistyped URL is told at once
  }
  const bool is_passing_trouble = answer->status >= 500 || answer->status == 429;
  return !is_passing_trouble || !run.has_answer;
}

bool is_usable(const Outcome<ConsulAnswer>& answer) {
  return answer && answer->index > 0 && (answer->status == 200 || answer->status == 404);
}

io::Task<void> follow_changes_of(WatchRun* run) {
  std::uint64_t index = 0;
  int tries = 0;
  for (;;) {
    ConsulRequest request{.target = question_of(*run, index),
                          .patience = kBlockFor + kBlockFor / 16 + kAnswerPatience};
    auto answer = co_await run->session.ask(std::move(request));
    if (run->outcome) {
      co_return;
    }
    if (is_usable(answer)) {
      tries = 0;
      // Source: Consul's clients begin anew when an index goes down.
      index = answer->index < index ? 0 : answer->index;
      co_await take_answer(run, std::move(*answer));
      continue;
    }
    const Failure failure = answer ? run->session.refusal(*answer) : answer.error();
    if (is_final(*run, answer)) {
      run->finish(std::unexpected(failure));
      co_return;
    }
    const base::Nanos pause = watch_pause(++tries);
    tell_person(fmt::format("{}; trying again in {}", failure.line, base::format_duration(pause)));
    index = 0;
    const auto slept = co_await run->session.loop().sleep_for(pause);
    if (!slept) {
      co_return;
    }
  }
}

io::Task<void> await_signal(WatchRun* run) {
  const auto number = co_await run->signals.next(base::kNever);
  if (number) {
    run->finish({});
  }
}

io::Task<void> conduct_watch(WatchRun* run) {
  io::TaskScope scope;
  scope.spawn("watch signals", await_signal(run));
  scope.spawn("watch", follow_changes_of(run));
  if (!run->outcome) {
    base::ignore(co_await run->over.wait(), "nobody cancels this task");
  }
  co_await scope.stop();
}

Outcome<void> watch(const WatchOptions& options) {
  auto session = ConsulSession::open(options.consul);
  if (!session) {
    return std::unexpected(session.error());
  }
  constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  auto signals = io::Signals::make((*session)->loop(), kSignals);
  if (!signals) {
    return std::unexpected(Failure{base::describe(signals.error())});
  }
  io::Event over((*session)->loop());
  WatchRun run{**session, options, *signals, over};
  (*session)->loop().run_until_done(conduct_watch(&run));
  return run.outcome.value_or(Outcome<void>());
}

constexpr const char* kLines =
    "A line per change, + new, ~ changed, - gone; first of what there is. With --json a line of "
    "JSON.\nWith a COMMAND, that runs at each change and reads the node's answer as JSON. Ctrl-C "
    "ends it.";

Option command_argument(WatchOptions& out) {
  return {.name = "COMMAND",
          .about = "Run it at each change; its options behind --",
          .into = &out.command,
          .several_at_once = true};
}

Command made_watch(Command command, const std::shared_ptr<WatchOptions>& options,
                   const std::string& name) {
  add_consul_options(command, options->consul);
  command.run = [options, name](const Command&) {
    if (options->is_key_or_prefix && (options->is_prefix || options->query.name.ends_with('/'))) {
      options->query.kind = WatchKind::kPrefix;
    }
    const auto done = watch(*options);
    return done ? 0 : fail(name, done.error(), options->consul.form());
  };
  return command;
}

Command watch_one(WatchKind kind, Command command, std::optional<Option> argument) {
  auto options = std::make_shared<WatchOptions>();
  options->query.kind = kind;
  if (argument) {
    argument->into = &options->query.name;
    command.options.push_back(std::move(*argument));
  }
  command.options.push_back(command_argument(*options));
  if (kind == WatchKind::kService) {
    command.options.push_back({.name = "--passing",
                               .about = "Only those whose checks all pass",
                               .into = &options->query.passing_only});
  }
  if (kind == WatchKind::kChecks) {
    options->query.name = "any";
    command.options.push_back({.name = "--state",
                               .about = "Only those in this state (default any)",
                               .into = &options->query.name,
                               .shown = "STATE",
                               .values = {"any", "passing", "warning", "critical"}});
  }
  const std::string name = "watch " + command.name;
  return made_watch(std::move(command), options, name);
}

}  // namespace

base::Nanos watch_pause(int tries) {
  const int doublings = std::clamp(tries - 1, 0, 10);
  return std::min(kPauseMin * (1 << doublings), kPauseMax);
}

Command watch_command() {
  const Option key{.name = "KEY", .about = "Which", .required = true, .kind = ValueKind::kKey};
  return {
      .name = "watch",
      .about = "Say what changes, as it changes; or run a command then",
      .commands =
          {watch_one(WatchKind::kServices,
                     {.name = "services",
                      .about = "Services that come and go, and their tags",
                      .footer = std::string("Examples:\n  weft watch services\n") + kLines},
                     {}),
           watch_one(WatchKind::kService,
                     {.name = "service",
                      .about = "The instances of a service and their states",
                      .footer = std::string("Examples:\n  weft watch service web\n"
                                            "  weft watch service web --passing -- ./reload.sh\n") +
                                kLines},
                     Option{.name = "NAME",
                            .about = "Which",
                            .required = true,
                            .kind = ValueKind::kService}),
           watch_one(WatchKind::kNodes,
                     {.name = "nodes", .about = "The nodes and their addresses", .footer = kLines},
                     {}),
           watch_one(WatchKind::kPrefix,
                     {.name = "kv",
                      .about = "All keys that begin with a prefix",
                      .footer = std::string("Examples:\n  weft watch kv app/\n"
                                            "  weft watch kv app/ -- sh -c 'jq length'\n") +
                                kLines},
                     Option{.name = "PREFIX",
                            .about = "How they begin",
                            .required = true,
                            .kind = ValueKind::kKey}),
           watch_one(WatchKind::kKey,
                     {.name = "key",
                      .about = "One key",
                      .footer = std::string("Examples:\n  weft watch key app/url\n") + kLines},
                     key),
           watch_one(
               WatchKind::kChecks,
               {.name = "checks",
                .about = "The checks and what they say",
                .footer =
                    std::string(
                        "Examples:\n  weft watch checks --state critical -- ./page-somebody.sh\n") +
                    kLines},
               {})},
      .footer = "Examples:\n  weft watch services\n  weft watch service web -- ./reload.sh"};
}

Command kv_watch_command() {
  auto options = std::make_shared<WatchOptions>();
  options->query.kind = WatchKind::kKey;
  options->is_key_or_prefix = true;
  Command command{
      .name = "watch",
      .about = "Say what changes at a key, or below a prefix that ends in /",
      .options = {{.name = "KEY",
                   .about = "Which; with --prefix or a / at its end: how they begin",
                   .into = &options->query.name,
                   .required = true,
                   .kind = ValueKind::kKey},
                  command_argument(*options),
                  {.name = "--prefix",
                   .about = "Every key that begins with KEY",
                   .into = &options->is_prefix}},
      .footer = std::string("Examples:\n  weft kv watch app/url\n  weft kv watch app/\n") + kLines};
  return made_watch(std::move(command), options, "kv watch");
}

}  // namespace weft::cli
