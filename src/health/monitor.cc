#include "health/monitor.h"

#include "base/described_enum.h"
#include "health/probe_text.h"

#include <utility>

namespace weft::health {

using model::CheckKind;
using model::CheckState;
using model::CheckStatus;

namespace {

// Consul: OutputMaxSize.
std::string cut_output(std::string output, const model::CheckSpec& spec) {
  const std::size_t bytes_max = spec.details ? spec.details->output_bytes_max : 0;
  if (bytes_max == 0 || output.size() <= bytes_max) {
    return output;
  }
  return printable(std::move(output), bytes_max);
}

}  // namespace

Monitor::Monitor(const Parts& parts, const Options& options, MonitorSinks sinks)
    : loop_(parts.loop),
      log_(parts.log),
      sinks_(std::move(sinks)),
      dialer_(parts.loop, parts.resolver, options.allowed_networks),
      kinds_(dialer_, options.allow_scripts ? Scripts::kAllowed : Scripts::kForbidden),
      meters_(parts.meters),
      reporter_(parts.loop, parts.log, options.reporter, sinks_.apply),
      deregistrar_(parts.loop, reporter_),
      scheduler_(
          parts.loop, options.scheduler,
          [this](ProbeSlot& slot) { return probe(static_cast<WatchedCheck&>(slot)); },
          [this](ProbeSlot& slot, ProbeResult result) {
            fold(static_cast<WatchedCheck&>(slot), std::move(result));
          }),
      watchlist_({parts.loop, scheduler_, deregistrar_, aliases_, sinks_.owns}) {}

void Monitor::start(const model::View& view) {
  watchlist_.load(view);
  judge_aliases();
}

void Monitor::on_changes(std::span<const model::Change> changes, const model::View& view) {
  if (!stopping_) {
    watchlist_.follow(changes, view);
    judge_aliases();
  }
}

void Monitor::reconsider() {
  if (!stopping_) {
    watchlist_.reconsider();
    judge_aliases();
  }
}

io::Task<void> Monitor::stop() {
  stopping_ = true;
  watchlist_.clear();
  co_await scheduler_.stop();
  co_await reporter_.stop();
}

io::Task<ProbeResult> Monitor::probe(const WatchedCheck& check) {
  const model::CheckSpec& spec = check.spec();
  return kinds_.of(spec.kind).probe(CheckTarget(check.owner->row, check.position),
                                    loop_.now() + spec.timeout);
}

void Monitor::fold(WatchedCheck& check, ProbeResult result) {
  meters_.count(result);
  meters_.note_load(scheduler_.in_flight(), scheduler_.queued());
  if (result.status == CheckStatus::kNone) {
    return;
  }
  check.last = {result.status, result.no_answer};
  check.last_time = loop_.wall_now();
  check.response_time = result.response_time;
  check.output = cut_output(std::move(result.output), check.spec());
  check.beats.add(result.status);

  const bool counted = check.spec().kind != CheckKind::kTtl;
  const Verdict before = check.verdict;
  check.verdict = counted ? check.thresholds.fold(before, check.last, check.spec()) : check.last;
  if (check.verdict.status != before.status) {
    check.since = check.last_time;
    log_status(check);
  }
  // What was told and refused, or undone by somebody else, is told again.
  const bool is_untold = check.verdict != check.told && !reporter_.is_busy();
  if (check.verdict != before || is_untold) {
    tell_status(check);
  }
  if (check.owner->is_ours) {
    deregistrar_.follow(check);
  }
  tell_outcome(check);
}

void Monitor::judge_aliases() {
  aliases_.judge_marked(watchlist_, [this](WatchedCheck& check, AliasFinding finding) {
    fold_alias(check, std::move(finding));
  });
}

// What it comes to counts at once, as its target's checks have counted already. It is no probe, so
// nobody is told of an outcome. What the registry says otherwise is told again each time: nothing
// else would make us think of it.
void Monitor::fold_alias(WatchedCheck& check, AliasFinding finding) {
  const Verdict before = std::exchange(check.verdict, finding.verdict);
  check.last = check.verdict;
  check.last_time = loop_.wall_now();
  check.output =
      cut_output(printable(std::move(finding.output), CheckState::kOutputBytesMax), check.spec());
  if (check.verdict.status != before.status) {
    check.since = check.last_time;
    check.beats.add(check.verdict.status);
    log_status(check);
  }
  if (check.verdict != check.told) {
    tell_status(check);
  }
  deregistrar_.follow(check);
}

void Monitor::log_status(const WatchedCheck& check) {
  const model::Instance* instance = check.owner->row.instance();
  const OwnerKey owner = check.owner->row.key();
  log_.info("check changed its status",
            {{"service", instance != nullptr ? std::string_view(instance->service) : ""},
             {instance != nullptr ? "instance" : "node",
              instance != nullptr ? owner.instance : owner.node},
             {"check", check.spec().id},
             {"status", base::enum_name(check.verdict.status)},
             {"output", check.output}});
}

void Monitor::tell_status(const WatchedCheck& check) {
  CheckState state;
  if (const model::Instance* instance = check.owner->row.instance(); instance != nullptr) {
    state.service = instance->service;
    state.instance = instance->id;
  } else {
    state.node = check.owner->row.key().node;
  }
  state.check = check.spec().id;
  state.status = check.verdict.status;
  state.no_answer = check.verdict.no_answer;
  state.output = check.output;
  state.since = check.since;
  reporter_.put(std::move(state));
}

void Monitor::tell_outcome(const WatchedCheck& check) {
  if (!sinks_.outcome) {
    return;
  }
  const OwnerKey owner = check.owner->row.key();
  sinks_.outcome({.service = check.owner->service_number,
                  .instance = owner.node.empty() ? check.owner->row.number() : 0,
                  .instance_id = owner.instance,
                  .node = owner.node,
                  .check_id = check.spec().id,
                  .status = check.last.status,
                  .no_answer = check.last.no_answer,
                  .response_time = check.response_time,
                  .time = check.last_time});
}

base::Result<void> Monitor::check_now(std::string_view instance) {
  WatchedOwner* known = watchlist_.find(OwnerKey{{}, instance});
  if (known == nullptr) {
    return base::fail(base::Code::kNotFound, "no such instance", base::Side::kClient);
  }
  check_now(*known);
  return {};
}

void Monitor::check_now(std::uint32_t instance_number) {
  WatchedOwner* known = watchlist_.find_number(instance_number);
  if (known != nullptr) {
    check_now(*known);
  }
}

void Monitor::check_now(WatchedOwner& owner) {
  for (const auto& check : owner.checks) {
    if (check->is_scheduled() && model::is_probed(check->spec().kind)) {
      scheduler_.probe_soon(*check);
    }
  }
}

base::Result<void> Monitor::report_ttl(const model::CheckKey& check, const TtlReport& report) {
  WatchedCheck* known = watchlist_.find(check);
  if (known == nullptr) {
    return base::fail(base::Code::kNotFound, "no such check", base::Side::kClient);
  }
  if (known->spec().kind != CheckKind::kTtl) {
    return base::fail(base::Code::kUnsupported, "the check is not reported by its owner",
                      base::Side::kClient);
  }
  if (report.status == CheckStatus::kNone) {
    return base::fail(base::Code::kInvalid, "a report needs a status", base::Side::kClient);
  }
  if (!known->owner->is_ours && sinks_.forward_ttl) {
    return sinks_.forward_ttl(check, report);
  }
  if (known->is_scheduled()) {
    scheduler_.put_off(*known);
  }
  fold(*known, {.status = report.status,
                .output = printable(std::string(report.output), CheckState::kOutputBytesMax)});
  return {};
}

std::optional<CheckSoft> Monitor::soft_state(const model::CheckKey& check) const {
  const WatchedCheck* known = watchlist_.find(check);
  if (known == nullptr) {
    return std::nullopt;
  }
  CheckSoft soft;
  soft.status = known->verdict.status;
  soft.no_answer = known->verdict.no_answer;
  soft.since = known->since;
  soft.last_status = known->last.status;
  if (known->has_result()) {
    soft.last_time = known->last_time;
  }
  soft.response_time = known->response_time;
  soft.output = known->output;
  soft.beats = known->beats.text();
  return soft;
}

}  // namespace weft::health
