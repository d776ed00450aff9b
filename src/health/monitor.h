// Monitor: follows the registry, keeps the checks of every instance and node going, says when a
// check has changed its status and when an instance is to go. The door of this room.
//
//   Monitor monitor({loop, resolver, log, meters}, options, {.apply = ..., .outcome = ...});
//   monitor.start(*state.view());
//   auto following = feed.subscribe([&](const state::FeedBatch& batch) {
//     monitor.on_changes(batch.changes, *batch.view);
//   });
#pragma once

#include "base/address.h"
#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "health/aliases.h"
#include "health/check_kinds.h"
#include "health/check_owner.h"
#include "health/deregistrar.h"
#include "health/dialer.h"
#include "health/probe_meters.h"
#include "health/reporter.h"
#include "health/scheduler.h"
#include "health/watchlist.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "model/change.h"
#include "model/view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::health {

// One result, told to whoever counts or shows them. Inconclusive ones are not told.
// Lifetime: the texts, during the call.
struct ProbeOutcome {
  std::uint32_t service = 0;   // Row::number; 0: of a node's check
  std::uint32_t instance = 0;  // Row::number; 0: of a node's check
  std::string_view instance_id;
  std::string_view node;  // of a node's check only
  std::string_view check_id;
  model::CheckStatus status = model::CheckStatus::kNone;  // of this result alone
  bool no_answer = false;
  base::Nanos response_time{0};
  base::WallTime time{};
};

// What the registry does not store of a check. Thread: its loop (a value).
struct CheckSoft {
  model::CheckStatus status = model::CheckStatus::kNone;  // after thresholds
  bool no_answer = false;
  base::WallTime since{};                                      // when it took that status
  model::CheckStatus last_status = model::CheckStatus::kNone;  // of the last result alone
  std::optional<base::WallTime> last_time;  // of the last result; null: none by this process
  base::Nanos response_time{0};
  std::string output;
  std::string beats;  // the last 30 results: 'p'assing, 'w'arning, 'c'ritical; oldest first
};

// What an instance or a node says of itself.
struct TtlReport {
  model::CheckStatus status = model::CheckStatus::kPassing;
  std::string_view output;
};

// Where the monitor's news go. Called on its loop.
struct MonitorSinks {
  Reporter::Apply apply;                             // makes a command durable
  std::function<void(const ProbeOutcome&)> outcome;  // every result; must not block; may be empty

  // For several processes that share the checks of one registry, each of which looks after some.
  // Are this owner's checks ours? Asked when it comes, and again by reconsider(). Empty: all are.
  std::function<bool(const OwnerKey&)> owns{};
  // Passes a report about a check that is not ours on to the one whose it is. Must not block; what
  // it returns is the answer of report_ttl(). Empty: such a report counts here.
  std::function<base::Result<void>(const model::CheckKey&, const TtlReport&)> forward_ttl{};
};

// Thread: its loop.
class Monitor final {
 public:
  struct Options {
    Scheduler::Options scheduler{};
    Reporter::Options reporter{};
    std::vector<base::Network> allowed_networks{};  // that may be probed; empty: all
    bool allow_scripts = false;  // false: checks that run a program are critical and say why
  };

  // All outlive the monitor.
  struct Parts {
    io::Loop& loop;
    io::Resolver& resolver;
    base::Log& log;
    base::MeterRegistry& meters;
  };

  Monitor(const Parts& parts, const Options& options, MonitorSinks sinks);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Begins with the registry as it is. Statuses stay as they are until a result says otherwise.
  void start(const model::View& view);

  // Follows the registry: one batch of changes, and the view after it.
  void on_changes(std::span<const model::Change> changes, const model::View& view);

  // Asks of every owner anew whether its checks are ours: those that became so are probed from now
  // on, in line as after a start; those that are no longer are as the registry says.
  void reconsider();

  // Ends all probes; nothing more is reported or followed.
  io::Task<void> stop();

  // Probes the instance's checks at once, but those it reports by itself and those that are not
  // ours.
  // Errors: kNotFound.
  base::Result<void> check_now(std::string_view instance);
  // The same by Row::number; a number that nobody has is ignored.
  void check_now(std::uint32_t instance_number);

  // The owner reports a check of kind kTtl, which counts at once, whatever the thresholds.
  // Errors: kNotFound (no such owner or check), kUnsupported (another kind), kInvalid (kNone).
  base::Result<void> report_ttl(const model::CheckKey& check, const TtlReport& report);
  base::Result<void> report_ttl(std::string_view instance, std::string_view check,
                                const TtlReport& report) {
    return report_ttl({{}, instance, check}, report);
  }

  // Returns: nullopt when there is no such check.
  std::optional<CheckSoft> soft_state(const model::CheckKey& check) const;
  std::optional<CheckSoft> soft_state(std::string_view instance, std::string_view check) const {
    return soft_state({{}, instance, check});
  }

  std::size_t check_count() const { return watchlist_.check_count(); }
  std::size_t probes_in_flight() const { return scheduler_.in_flight(); }
  std::size_t probes_queued() const { return scheduler_.queued(); }

 private:
  io::Task<ProbeResult> probe(const WatchedCheck& check);
  void fold(WatchedCheck& check, ProbeResult result);
  void fold_alias(WatchedCheck& check, AliasFinding finding);
  void judge_aliases();
  void log_status(const WatchedCheck& check);
  void tell_status(const WatchedCheck& check);
  void tell_outcome(const WatchedCheck& check);
  void check_now(WatchedOwner& owner);

  io::Loop& loop_;
  base::Log& log_;
  const MonitorSinks sinks_;
  Dialer dialer_;
  CheckKinds kinds_;
  ProbeMeters meters_;
  Reporter reporter_;
  Deregistrar deregistrar_;
  Scheduler scheduler_;
  Aliases aliases_;
  Watchlist watchlist_;
  bool stopping_ = false;
};

}  // namespace weft::health
