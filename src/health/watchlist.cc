#include "health/watchlist.h"

#include <algorithm>
#include <utility>

namespace weft::health {
namespace {

using model::CheckKind;
using model::CheckSpec;
using model::CheckState;
using model::Instance;
using model::RowPtr;

// A TTL has no rhythm of its own: it is due one interval after the last report, not earlier.
ProbeRhythm rhythm_of(const CheckSpec& spec) {
  return {spec.interval, spec.kind == CheckKind::kTtl ? 0 : spec.jitter};
}

// Does its status come from results of ours at all?
bool is_scheduled_kind(CheckKind kind) { return model::is_probed(kind) || kind == CheckKind::kTtl; }

Scheduler::First first_of(const CheckSpec& spec, Scheduler::First wanted) {
  return spec.kind == CheckKind::kTtl ? Scheduler::First::kAfterInterval : wanted;
}

}  // namespace

void Watchlist::load(const model::View& view) {
  for (const RowPtr<Instance>& row : view.all<Instance>()) {
    watch(row, view, Scheduler::First::kInLine);
  }
}

void Watchlist::clear() {
  while (!instances_.empty()) {
    unwatch(instances_.begin()->first);
  }
}

void Watchlist::follow(std::span<const model::Change> changes, const model::View& view) {
  for (const model::Change& change : changes) {
    if (change.table() == model::Table::kInstances) {
      follow_instance(change.before_as<Instance>(), change.after_as<Instance>(), view);
    } else if (change.table() == model::Table::kCheckStatus) {
      hear_status(change.before_as<CheckState>(), change.after_as<CheckState>());
    }
  }
}

void Watchlist::follow_instance(const RowPtr<Instance>& before, const RowPtr<Instance>& after,
                                const model::View& view) {
  WatchedInstance* known = find(before != nullptr ? before->object.id : after->object.id);
  const bool goes_on = known != nullptr && after != nullptr &&
                       known->row->number == after->number &&
                       known->object().service == after->object.service;
  if (goes_on) {
    rewatch(*known, after, view);
    return;
  }
  if (known != nullptr) {
    unwatch(known->object().id);
  }
  if (after != nullptr) {
    watch(after, view, Scheduler::First::kAtOnce);
  }
}

void Watchlist::watch(const RowPtr<Instance>& row, const model::View& view,
                      Scheduler::First first) {
  auto made = std::make_unique<WatchedInstance>();
  WatchedInstance& instance = *made;
  instance.row = row;
  const auto* service = view.find<model::Service>(row->object.service);
  instance.service_number = service != nullptr ? service->number : 0;
  instances_.emplace(instance.object().id, std::move(made));
  by_number_.emplace(row->number, &instance);
  for (std::size_t i = 0; i < row->object.checks.size(); ++i) {
    add_check(instance, i, view, first);
  }
}

// The row has changed: what is as it was goes on undisturbed, the rest begins anew.
void Watchlist::rewatch(WatchedInstance& instance, const RowPtr<Instance>& row,
                        const model::View& view) {
  const RowPtr<Instance> old_row = std::exchange(instance.row, row);
  auto entry = instances_.extract(old_row->object.id);
  entry.key() = row->object.id;  // the old text goes with the old row
  instances_.insert(std::move(entry));

  auto old_checks = std::exchange(instance.checks, {});
  for (std::size_t i = 0; i < row->object.checks.size(); ++i) {
    const CheckSpec& spec = row->object.checks[i];
    const auto kept = std::ranges::find_if(old_checks, [&](const auto& check) {
      return check != nullptr && old_row->object.checks[check->position].id == spec.id;
    });
    if (kept == old_checks.end()) {
      add_check(instance, i, view, Scheduler::First::kAtOnce);
      continue;
    }
    WatchedCheck& check = *instance.checks.emplace_back(std::move(*kept));
    check.position = static_cast<std::uint16_t>(i);
    if (!model::is_same_check(old_row->object, row->object, spec.id)) {
      begin_anew(check);
    }
  }
  for (const auto& check : old_checks) {
    if (check != nullptr) {
      drop_check(*check);
    }
  }
}

void Watchlist::unwatch(std::string_view instance) {
  const auto entry = instances_.extract(instance);  // its key lives in the row it holds
  const WatchedInstance& gone = *entry.mapped();
  by_number_.erase(gone.row->number);
  for (const auto& check : gone.checks) {
    drop_check(*check);
  }
}

void Watchlist::add_check(WatchedInstance& instance, std::size_t position, const model::View& view,
                          Scheduler::First first) {
  WatchedCheck& check = *instance.checks.emplace_back(std::make_unique<WatchedCheck>());
  check.instance = &instance;
  check.position = static_cast<std::uint16_t>(position);
  const CheckSpec& spec = check.spec();
  const auto* row = view.find<CheckState>(model::check_key(instance.object().id, spec.id));
  check.told = row != nullptr ? Verdict{row->object.status, row->object.no_answer}
                              : Verdict{spec.initial, false};
  check.verdict = check.told;
  check.since = row != nullptr ? row->object.since : parts_.loop.wall_now();
  ++check_count_;
  if (is_scheduled_kind(spec.kind)) {
    parts_.scheduler.add(check, rhythm_of(spec), first_of(spec, first));
  }
}

// What was found before is of another place or another check; the registry has forgotten it too.
void Watchlist::begin_anew(WatchedCheck& check) {
  check.verdict = Verdict{check.spec().initial, false};
  check.last = {};
  check.since = parts_.loop.wall_now();
  check.response_time = {};
  check.output.clear();
  check.beats = {};
  unschedule(check);
  parts_.deregistrar.cancel(check);
  check.thresholds.reset();
  if (is_scheduled_kind(check.spec().kind)) {
    parts_.scheduler.add(check, rhythm_of(check.spec()),
                         first_of(check.spec(), Scheduler::First::kAtOnce));
  }
}

void Watchlist::unschedule(WatchedCheck& check) {
  if (check.is_scheduled()) {
    parts_.scheduler.remove(check);
  }
}

void Watchlist::drop_check(WatchedCheck& check) {
  unschedule(check);
  parts_.deregistrar.cancel(check);
  --check_count_;
}

// What the registry says of a check now, whoever told it; one without a row has its initial status.
void Watchlist::hear_status(const RowPtr<CheckState>& before, const RowPtr<CheckState>& after) {
  const CheckState& state = after != nullptr ? after->object : before->object;
  WatchedCheck* check = find(state.instance, state.check);
  if (check != nullptr) {
    check->told = after != nullptr ? Verdict{state.status, state.no_answer}
                                   : Verdict{check->spec().initial, false};
  }
}

WatchedInstance* Watchlist::find(std::string_view instance) const {
  const auto found = instances_.find(instance);
  return found == instances_.end() ? nullptr : found->second.get();
}

WatchedInstance* Watchlist::find_number(std::uint32_t instance_number) const {
  const auto found = by_number_.find(instance_number);
  return found == by_number_.end() ? nullptr : found->second;
}

WatchedCheck* Watchlist::find(std::string_view instance, std::string_view check) const {
  const WatchedInstance* known = find(instance);
  if (known == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(
      known->checks, [check](const auto& candidate) { return candidate->spec().id == check; });
  return found == known->checks.end() ? nullptr : found->get();
}

}  // namespace weft::health
