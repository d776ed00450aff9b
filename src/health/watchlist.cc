#include "health/watchlist.h"

#include <algorithm>
#include <utility>

namespace weft::health {
namespace {

using model::CheckKind;
using model::CheckSpec;
using model::CheckState;
using model::Instance;
using model::Node;
using model::RowPtr;

// A TTL has no rhythm of its own: it is due one interval after the last report, not earlier.
ProbeRhythm rhythm_of(const CheckSpec& spec) {
  return {spec.interval, spec.kind == CheckKind::kTtl ? 0 : spec.jitter};
}

// Does its status come from results of ours at all?
bool is_scheduled_kind(CheckKind kind) { return model::is_probed(kind) || kind == CheckKind::kTtl; }

std::string_view name_of(const OwnerKey& owner) {
  return owner.node.empty() ? owner.instance : owner.node;
}

void forget_results(WatchedCheck& check) {
  check.last = {};
  check.response_time = {};
  check.beats = {};
  check.thresholds.reset();
}

Scheduler::First first_of(const CheckSpec& spec, Scheduler::First wanted) {
  return spec.kind == CheckKind::kTtl ? Scheduler::First::kAfterInterval : wanted;
}

}  // namespace

void Watchlist::load(const model::View& view) {
  for (const RowPtr<Instance>& row : view.all<Instance>()) {
    watch(CheckOwner(row), view, Scheduler::First::kInLine);
  }
  for (const RowPtr<Node>& row : view.all<Node>()) {
    watch(CheckOwner(row), view, Scheduler::First::kInLine);
  }
}

void Watchlist::clear() {
  while (!instances_.empty()) {
    unwatch(instances_.begin()->second->row.key());
  }
  while (!nodes_.empty()) {
    unwatch(nodes_.begin()->second->row.key());
  }
}

void Watchlist::follow(std::span<const model::Change> changes, const model::View& view) {
  for (const model::Change& change : changes) {
    switch (change.table()) {
      case model::Table::kInstances:
        follow_owner<Instance>(change, view);
        break;
      case model::Table::kNodes:
        follow_owner<Node>(change, view);
        break;
      case model::Table::kCheckStatus:
        hear_status(change.before_as<CheckState>(), change.after_as<CheckState>());
        break;
      default:
        break;
    }
  }
}

void Watchlist::reconsider() {
  for (Owners* owners : {&instances_, &nodes_}) {
    for (const auto& [name, owner] : *owners) {
      const bool is_ours = owns(owner->row.key());
      if (is_ours == std::exchange(owner->is_ours, is_ours)) {
        continue;
      }
      for (const auto& check : owner->checks) {
        disengage(*check);
        forget_results(*check);
        check->verdict = check->told;
        engage(*check, Scheduler::First::kInLine);
      }
    }
  }
}

template <class T>
void Watchlist::follow_owner(const model::Change& change, const model::View& view) {
  const RowPtr<T> before = change.before_as<T>();
  const RowPtr<T> after = change.after_as<T>();
  WatchedOwner* known = find(CheckOwner(before != nullptr ? before : after).key());
  if (known != nullptr && after != nullptr && is_same_owner(known->row, CheckOwner(after))) {
    rewatch(*known, CheckOwner(after), view);
    return;
  }
  if (known != nullptr) {
    unwatch(known->row.key());
  }
  if (after != nullptr) {
    watch(CheckOwner(after), view, Scheduler::First::kAtOnce);
  }
}

void Watchlist::watch(const CheckOwner& owner, const model::View& view, Scheduler::First first) {
  auto made = std::make_unique<WatchedOwner>(owner);
  WatchedOwner& watched = *made;
  const OwnerKey key = watched.row.key();
  if (const Instance* instance = watched.row.instance(); instance != nullptr) {
    const auto* service = view.find<model::Service>(instance->service);
    watched.service_number = service != nullptr ? service->number : 0;
    by_number_.emplace(watched.row.number(), &watched);
    remember_local(watched);
  }
  watched.is_ours = owns(key);
  those_like(key).emplace(name_of(key), std::move(made));
  for (std::size_t i = 0; i < watched.row.checks().size(); ++i) {
    add_check(watched, i, view, first);
  }
  parts_.aliases.mark_those_of(watched.row);
}

// The row has changed: what is as it was goes on undisturbed, the rest begins anew.
void Watchlist::rewatch(WatchedOwner& owner, const CheckOwner& now, const model::View& view) {
  forget_local(owner.row);
  const CheckOwner before = std::exchange(owner.row, now);
  remember_local(owner);
  Owners& owners = those_like(before.key());
  auto entry = owners.extract(name_of(before.key()));
  entry.key() = name_of(owner.row.key());  // the old text goes with the old row
  owners.insert(std::move(entry));

  auto old_checks = std::exchange(owner.checks, {});
  for (std::size_t i = 0; i < now.checks().size(); ++i) {
    const CheckSpec& spec = now.checks()[i];
    const auto kept = std::ranges::find_if(old_checks, [&](const auto& check) {
      return check != nullptr && before.checks()[check->position].id == spec.id;
    });
    if (kept == old_checks.end()) {
      add_check(owner, i, view, Scheduler::First::kAtOnce);
      continue;
    }
    WatchedCheck& check = *owner.checks.emplace_back(std::move(*kept));
    check.position = static_cast<std::uint16_t>(i);
    if (!is_same_check(before, now, spec.id)) {
      begin_anew(check);
    }
    parts_.aliases.mark(check);  // it may be on another node now
  }
  for (const auto& check : old_checks) {
    if (check != nullptr) {
      drop_check(*check);
    }
  }
  parts_.aliases.mark_those_of(before);
  parts_.aliases.mark_those_of(now);
}

void Watchlist::unwatch(const OwnerKey& owner) {
  // Its key lives in the row it holds.
  const auto entry = those_like(owner).extract(name_of(owner));
  const WatchedOwner& gone = *entry.mapped();
  if (gone.row.instance() != nullptr) {
    by_number_.erase(gone.row.number());
    forget_local(gone.row);
  }
  for (const auto& check : gone.checks) {
    drop_check(*check);
  }
  parts_.aliases.mark_those_of(gone.row);
}

void Watchlist::add_check(WatchedOwner& owner, std::size_t position, const model::View& view,
                          Scheduler::First first) {
  WatchedCheck& check = *owner.checks.emplace_back(std::make_unique<WatchedCheck>());
  check.owner = &owner;
  check.position = static_cast<std::uint16_t>(position);
  const CheckSpec& spec = check.spec();
  const model::Row<CheckState>* row = view.all<CheckState>().find(check.key());
  check.told = row != nullptr ? Verdict{row->object.status, row->object.no_answer}
                              : Verdict{spec.initial, false};
  check.verdict = check.told;
  check.since = row != nullptr ? row->object.since : parts_.loop.wall_now();
  if (row != nullptr && check.follows_registry()) {
    check.output = row->object.output;
  }
  ++check_count_;
  engage(check, first);
}

// What was found before is of another place or another check; the registry has forgotten it too.
void Watchlist::begin_anew(WatchedCheck& check) {
  disengage(check);
  forget_results(check);
  check.verdict = Verdict{check.spec().initial, false};
  check.since = parts_.loop.wall_now();
  check.output.clear();
  engage(check, Scheduler::First::kAtOnce);
}

void Watchlist::drop_check(WatchedCheck& check) {
  disengage(check);
  --check_count_;
}

void Watchlist::engage(WatchedCheck& check, Scheduler::First first) {
  const CheckSpec& spec = check.spec();
  if (!check.owner->is_ours) {
    return;
  }
  if (is_scheduled_kind(spec.kind)) {
    parts_.scheduler.add(check, rhythm_of(spec), first_of(spec, first));
  } else if (spec.kind == CheckKind::kAlias) {
    parts_.aliases.add(check);
  }
}

void Watchlist::disengage(WatchedCheck& check) {
  if (check.is_scheduled()) {
    parts_.scheduler.remove(check);
  }
  parts_.aliases.remove(check);
  parts_.deregistrar.cancel(check);
}

// What the registry says of a check now, whoever told it; one without a row has its initial status.
void Watchlist::hear_status(const RowPtr<CheckState>& before, const RowPtr<CheckState>& after) {
  const CheckState& state = (after != nullptr ? after : before)->object;  // one is there
  WatchedCheck* check = find(model::CheckKey{state.node, state.instance, state.check});
  if (check == nullptr) {
    return;
  }
  check->told = after != nullptr ? Verdict{state.status, state.no_answer}
                                 : Verdict{check->spec().initial, false};
  if (check->follows_registry()) {
    check->verdict = check->told;
    check->since = after != nullptr ? state.since : parts_.loop.wall_now();
    check->output = after != nullptr ? state.output : std::string();
  } else if (check->verdict != check->told) {
    parts_.aliases.mark(*check);  // to be told again, if it is one
  }
  parts_.aliases.mark_those_of(check->owner->row);
}

void Watchlist::remember_local(WatchedOwner& owner) {
  const Instance* instance = owner.row.instance();
  if (instance != nullptr && model::owner_id_of(*instance) != instance->id) {
    by_local_id_.insert_or_assign({instance->node, model::owner_id_of(*instance)}, &owner);
  }
}

void Watchlist::forget_local(const CheckOwner& owner) {
  const Instance* instance = owner.instance();
  if (instance == nullptr || by_local_id_.empty()) {
    return;
  }
  const auto found = by_local_id_.find({instance->node, model::owner_id_of(*instance)});
  if (found != by_local_id_.end() && found->second->row.key() == owner.key()) {
    by_local_id_.erase(found);
  }
}

WatchedOwner* Watchlist::find(const OwnerKey& owner) const {
  const Owners& owners = owner.node.empty() ? instances_ : nodes_;
  const auto found = owners.find(name_of(owner));
  return found == owners.end() ? nullptr : found->second.get();
}

WatchedOwner* Watchlist::find_number(std::uint32_t instance_number) const {
  const auto found = by_number_.find(instance_number);
  return found == by_number_.end() ? nullptr : found->second;
}

WatchedOwner* Watchlist::find_local(std::string_view node, std::string_view local_id) const {
  if (by_local_id_.empty()) {
    return nullptr;
  }
  const auto found = by_local_id_.find({std::string(node), std::string(local_id)});
  return found == by_local_id_.end() ? nullptr : found->second;
}

WatchedCheck* Watchlist::find(const model::CheckKey& check) const {
  const WatchedOwner* known = find(OwnerKey{check.node, check.instance});
  if (known == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(known->checks, [&check](const auto& candidate) {
    return candidate->spec().id == check.check;
  });
  return found == known->checks.end() ? nullptr : found->get();
}

}  // namespace weft::health
