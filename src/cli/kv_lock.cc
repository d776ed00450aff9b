#include "cli/kv_lock.h"

#include "base/text.h"
#include "cli/consul_session.h"
#include "cli/json_member.h"
#include "cli/kv_entry.h"
#include "io/event.h"
#include "io/process.h"
#include "io/signals.h"
#include "io/task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

constexpr base::Nanos kWaitMax = 60s;
constexpr base::Nanos kAnswerTime = 10s;  // beyond what a question waits at the node
constexpr base::Nanos kRetryInterval = 500ms;
constexpr base::Nanos kGraceOfCommand = 5s;  // between SIGTERM and SIGKILL when the lock is lost
constexpr base::Nanos kTtlMin = 10s;         // of a session, see contract/consul.md §6

struct LockOptions {
  ConsulOptions consul;
  std::string key;
  std::vector<std::string> command;
  std::string ttl = "15s";
  std::string lock_delay = "15s";
  std::string timeout;
};

// What the tasks of one lock share. Thread: its loop. Lifetime: outlives them.
struct LockRun {
  ConsulSession& session;
  const LockOptions& options;
  io::Signals& signals;
  io::TaskScope& scope;
  io::Event& over;               // notified by finish()
  std::string id = {};           // of our session; empty: there is none yet
  io::Process* child = nullptr;  // while it runs
  std::string lost = {};         // why the lock is not ours any more
  std::optional<Outcome<int>> outcome = {};

  // The first word counts.
  void finish(Outcome<int> with) {
    if (!outcome) {
      outcome = std::move(with);
      over.notify_all();
    }
  }
  base::Nanos ttl() const { return base::parse_duration(options.ttl).value_or(kTtlMin); }
  std::string target() const { return kv_target(options.key); }
  io::Loop& loop() { return session.loop(); }
};

Failure not_a_lock(const std::string& key) {
  return {
      fmt::format("'{}' holds a value that is no lock's, which a lock would overwrite; take "
                  "another key",
                  key)};
}

// The entry of the lock's key in an answer, nullopt when there is none.
std::optional<KvEntry> entry_in(const ConsulSession& session, const ConsulAnswer& answer) {
  if (answer.status != 200) {
    return std::nullopt;
  }
  const auto parsed = session.parse(answer);
  const auto entries = parsed
                           ? parse_kv_answer(*parsed)
                           : std::expected<std::vector<KvEntry>, std::string>(std::unexpected(""));
  return entries && !entries->empty() ? std::optional(entries->front()) : std::nullopt;
}

io::Task<void> end_child(LockRun* run) {
  base::ignore(run->child->send_signal(SIGTERM), "it may have ended just now");
  const auto slept = co_await run->loop().sleep_for(kGraceOfCommand);
  if (slept && run->child != nullptr) {
    base::ignore(run->child->send_signal(SIGKILL), "it may have ended just now");
  }
}

// The lock is not ours any more: the command must not go on.
void lose(LockRun& run, std::string why) {
  if (!run.lost.empty()) {
    return;
  }
  run.lost = std::move(why);
  if (run.child != nullptr) {
    run.scope.spawn("end the command", end_child(&run));
    return;
  }
  run.finish(std::unexpected(Failure{run.lost}));
}

io::Task<void> keep_session(LockRun* run) {
  base::MonoTime renewed = run->loop().now();
  base::Nanos pause = run->ttl() / 2;
  for (;;) {
    const auto slept = co_await run->loop().sleep_for(pause);
    if (!slept) {
      co_return;
    }
    ConsulRequest request{.method = wire::Method::kPut, .target = "/v1/session/renew/" + run->id};
    const auto answer = co_await run->session.ask(std::move(request));
    if (answer && answer->status == 200) {
      renewed = run->loop().now();
      pause = run->ttl() / 2;
    } else if (answer && answer->status == 404) {
      lose(*run, "its session is gone");
      co_return;
    } else if (run->loop().now() - renewed > run->ttl()) {
      lose(*run, fmt::format("the node did not renew its session for {}", run->options.ttl));
      co_return;
    } else {
      pause = kRetryInterval;
    }
  }
}

// Notices a lock that somebody else has taken off.
io::Task<void> watch_lock(LockRun* run) {
  std::uint64_t index = 0;
  for (;;) {
    ConsulRequest request{.target = fmt::format("{}?index={}&wait={}", run->target(), index,
                                                base::format_duration(kWaitMax)),
                          .patience = kWaitMax + kWaitMax / 16 + kAnswerTime};
    const auto answer = co_await run->session.ask(std::move(request));
    const bool is_answered = answer && (answer->status == 200 || answer->status == 404);
    if (is_answered) {
      const auto entry = entry_in(run->session, *answer);
      if (!entry || entry->session != run->id) {
        lose(*run, "somebody else released it");
        co_return;
      }
      index = answer->index;
      continue;
    }
    const auto slept = co_await run->loop().sleep_for(kRetryInterval);
    if (!slept) {
      co_return;
    }
  }
}

// SIGINT and SIGTERM are the command's while it runs.
io::Task<void> listen(LockRun* run) {
  for (;;) {
    const auto number = co_await run->signals.next(base::kNever);
    if (!number) {
      co_return;
    }
    if (run->child != nullptr) {
      base::ignore(run->child->send_signal(*number), "it may have ended just now");
    } else {
      run->finish(128 + *number);
    }
  }
}

// "15" may be given for "15s", which the node would not take.
std::string with_unit(const std::string& duration) {
  return base::format_duration(base::parse_duration(duration).value_or(kTtlMin));
}

io::Task<Outcome<void>> make_session(LockRun* run) {
  const json::object body{{"Name", "weft kv lock " + run->options.key},
                          {"TTL", with_unit(run->options.ttl)},
                          {"LockDelay", with_unit(run->options.lock_delay)},
                          {"Behavior", "release"}};
  ConsulRequest request{
      .method = wire::Method::kPut, .target = "/v1/session/create", .body = base::write_json(body)};
  const auto answer = co_await run->session.ask(std::move(request));
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  if (answer->status != 200) {
    co_return std::unexpected(run->session.refusal(*answer));
  }
  const auto parsed = run->session.parse(*answer);
  run->id = parsed ? text_member(*parsed, "ID") : "";
  if (run->id.empty()) {
    co_return std::unexpected(Failure{"the node made no session; is it a node's Consul API?"});
  }
  co_return Outcome<void>();
}

// Returns: whether it is ours now.
io::Task<Outcome<bool>> try_acquire(LockRun* run) {
  ConsulRequest request{
      .method = wire::Method::kPut,
      .target = fmt::format("{}?acquire={}&flags={}", run->target(), run->id, kLockFlags),
      .body = fmt::format("weft kv lock: {}", fmt::join(run->options.command, " "))};
  const auto answer = co_await run->session.ask(std::move(request));
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  if (answer->status != 200) {
    co_return std::unexpected(run->session.refusal(*answer));
  }
  co_return base::trim(std::string_view(answer->body).substr(0, 4)) == "true";
}

// Returns when another try may do better. `said` is whom the person was told of.
io::Task<Outcome<void>> await_holder(LockRun* run, std::string* said, base::MonoTime deadline) {
  ConsulRequest look{.target = run->target()};
  const auto answer = co_await run->session.ask(std::move(look));
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  const auto entry = entry_in(run->session, *answer);
  if (!entry || entry->session.empty()) {  // the delay after a holder that died
    base::ignore(co_await run->loop().sleep_for(kRetryInterval), "the next wait says so too");
    co_return Outcome<void>();
  }
  if (*said != entry->session) {
    *said = entry->session;
    fmt::print(stderr, "weft kv lock: waiting for '{}', which session {} holds\n", run->options.key,
               entry->session);
  }
  const base::Nanos wait = std::clamp<base::Nanos>(deadline - run->loop().now(), 1ms, kWaitMax);
  ConsulRequest request{
      .target = fmt::format("{}?index={}&wait={}ms", run->target(), answer->index,
                            std::chrono::duration_cast<base::Millis>(wait).count()),
      .patience = wait + wait / 16 + kAnswerTime};
  const auto changed = co_await run->session.ask(std::move(request));
  co_return changed ? Outcome<void>() : Outcome<void>(std::unexpected(changed.error()));
}

// What stands at the key already must be a lock's.
io::Task<Outcome<void>> check_key(LockRun* run) {
  ConsulRequest request{.target = run->target()};
  const auto answer = co_await run->session.ask(std::move(request));
  if (!answer) {
    co_return std::unexpected(answer.error());
  }
  if (answer->status != 200 && answer->status != 404) {
    co_return std::unexpected(run->session.refusal(*answer));
  }
  const auto entry = entry_in(run->session, *answer);
  if (entry && entry->flags != kLockFlags && !entry->value.empty()) {
    co_return std::unexpected(not_a_lock(run->options.key));
  }
  co_return Outcome<void>();
}

io::Task<Outcome<void>> acquire(LockRun* run) {
  const auto timeout = base::parse_duration(run->options.timeout);
  const base::MonoTime deadline =
      run->options.timeout.empty() ? base::kNever : run->loop().now() + timeout.value_or(0s);
  std::string said;
  for (;;) {
    const auto held = co_await try_acquire(run);
    if (!held) {
      co_return std::unexpected(held.error());
    }
    if (*held) {
      co_return Outcome<void>();
    }
    if (run->loop().now() >= deadline) {
      co_return std::unexpected(Failure{
          fmt::format("after {}, somebody else still holds '{}'; 'weft kv unlock {}' takes a lock "
                      "off whose holder is gone",
                      run->options.timeout, run->options.key, run->options.key)});
    }
    const auto waited = co_await await_holder(run, &said, deadline);
    if (!waited) {
      co_return waited;
    }
  }
}

// The exit code of the command.
io::Task<Outcome<int>> run_command(LockRun* run) {
  io::ProcessOptions how;
  how.argv = run->options.command;
  how.environment = {"CONSUL_LOCK_HELD=true", "WEFT_LOCK_SESSION=" + run->id};
  auto child = io::Process::spawn(run->loop(), how);
  if (!child) {
    co_return std::unexpected(Failure{
        fmt::format("cannot start '{}': {}", how.argv.front(), base::describe(child.error())),
        127});
  }
  run->child = &*child;
  const auto ended = co_await child->wait(base::kNever);
  run->child = nullptr;
  if (!run->lost.empty()) {
    co_return std::unexpected(
        Failure{fmt::format("the lock on '{}' was lost: {}; the command was "
                            "ended",
                            run->options.key, run->lost)});
  }
  if (!ended) {
    co_return std::unexpected(Failure{base::describe(ended.error())});
  }
  co_return ended->signal == 0 ? ended->code : 128 + ended->signal;
}

io::Task<void> hold(LockRun* run) {
  const auto is_free = co_await check_key(run);
  if (!is_free) {
    run->finish(std::unexpected(is_free.error()));
    co_return;
  }
  const auto made = co_await make_session(run);
  if (!made) {
    run->finish(std::unexpected(made.error()));
    co_return;
  }
  run->scope.spawn("keep the session", keep_session(run));
  const auto acquired = co_await acquire(run);
  if (!acquired) {
    run->finish(std::unexpected(acquired.error()));
    co_return;
  }
  run->scope.spawn("watch the lock", watch_lock(run));
  auto code = co_await run_command(run);
  run->finish(std::move(code));
}

// Gives back what there is: the lock, the session, and the key when nobody else waits for it.
// Failures are left to the session's TTL.
io::Task<void> release(LockRun* run) {
  if (run->id.empty()) {
    co_return;
  }
  if (run->lost.empty()) {  // also when it is not known whether the last try was granted
    ConsulRequest request{
        .method = wire::Method::kPut,
        .target = fmt::format("{}?release={}&flags={}", run->target(), run->id, kLockFlags)};
    base::ignore(co_await run->session.ask(std::move(request)), "the session ends it too");
  }
  ConsulRequest destroy{.method = wire::Method::kPut, .target = "/v1/session/destroy/" + run->id};
  base::ignore(co_await run->session.ask(std::move(destroy)), "its TTL ends it too");
  ConsulRequest look{.target = run->target()};
  const auto left = co_await run->session.ask(std::move(look));
  const auto entry = left ? entry_in(run->session, *left) : std::nullopt;
  if (entry && entry->session.empty() && entry->flags == kLockFlags) {
    ConsulRequest remove{.method = wire::Method::kDelete,
                         .target = fmt::format("{}?cas={}", run->target(), entry->modify_index)};
    base::ignore(co_await run->session.ask(std::move(remove)), "the next holder takes it as it is");
  }
}

io::Task<void> conduct_lock(LockRun* run) {
  run->scope.spawn("lock signals", listen(run));
  run->scope.spawn("lock", hold(run));
  if (!run->outcome) {
    base::ignore(co_await run->over.wait(), "nobody cancels this task");
  }
  co_await run->scope.stop();
  co_await release(run);
}

Outcome<int> lock_and_run(const LockOptions& options) {
  auto session = ConsulSession::open(options.consul);
  if (!session) {
    return std::unexpected(session.error());
  }
  constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  auto signals = io::Signals::make((*session)->loop(), kSignals);
  if (!signals) {
    return std::unexpected(Failure{base::describe(signals.error())});
  }
  io::TaskScope scope;
  io::Event over((*session)->loop());
  LockRun run{**session, options, *signals, scope, over};
  (*session)->loop().run_until_done(conduct_lock(&run));
  return run.outcome.value_or(std::unexpected(Failure{"the lock did not run"}));
}

std::string check_ttl(const std::string& text) {
  const auto parsed = base::parse_duration(text);
  return parsed && *parsed >= kTtlMin && *parsed <= 24h ? ""
                                                        : "expected a duration from 10s to 24h";
}

std::string check_lock_delay(const std::string& text) {
  const auto parsed = base::parse_duration(text);
  return parsed && *parsed <= 60s ? "" : "expected a duration up to 60s";
}

std::string check_lock_timeout(const std::string& text) {
  return base::parse_duration(text) ? "" : "expected a duration, as 30s or 5m";
}

}  // namespace

Command lock_command() {
  auto options = std::make_shared<LockOptions>();
  Command command{
      .name = "lock",
      .about = "Run a command while holding a lock; at most one at a time does, over all nodes",
      .options = {{.name = "KEY",
                   .about = "The lock: a key of its own, which goes away when nobody holds it",
                   .into = &options->key,
                   .required = true,
                   .kind = ValueKind::kKey},
                  {.name = "COMMAND",
                   .about = "What to run, its options behind --",
                   .into = &options->command,
                   .required = true,
                   .several_at_once = true},
                  {.name = "--timeout",
                   .about = "Wait at most so long for the lock (default: until it is free)",
                   .into = &options->timeout,
                   .shown = "DURATION",
                   .check = check_lock_timeout},
                  {.name = "--ttl",
                   .about = "If this machine dies, the lock ends after so long (default 15s)",
                   .into = &options->ttl,
                   .shown = "DURATION",
                   .check = check_ttl},
                  {.name = "--lock-delay",
                   .about = "And nobody gets it for so long then (default 15s)",
                   .into = &options->lock_delay,
                   .shown = "DURATION",
                   .check = check_lock_delay}},
      .footer =
          "Examples:\n  weft kv lock jobs/nightly -- ./backup.sh --full\n"
          "  weft kv lock jobs/nightly --timeout 0s -- sh -c 'a && b'    now or not at all\n"
          "The exit code is the command's; 1: there is no lock, or it was lost and the "
          "command ended.\nSIGINT and SIGTERM go to the command; then the lock is released."};
  add_consul_options(command, options->consul);
  command.run = [options](const Command&) {
    const auto code = lock_and_run(*options);
    return code ? *code : fail("kv lock", code.error(), options->consul.form());
  };
  return command;
}

}  // namespace weft::cli
