#include "state/rollback.h"

#include "state/draft.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace weft::state {
namespace {

using base::Result;
using model::AnyRow;
using model::ClusterSettings;
using model::Instance;
using model::KvEntry;
using model::Node;
using model::Route;
using model::RowPtr;
using model::Service;
using model::Step;
using model::Table;

// Steps bring about others (a service goes with its last instance), so what is still different
// after them is tried again. What is not as it was by then stays as it is.
constexpr int kRoundsMax = 4;

// --- what one object is to become ---

// As it was, but for what is no intent. Nullopt: it stays as it is.
template <class T>
std::optional<T> wanted(const RowPtr<T>& /*now*/, const RowPtr<T>& then) {
  return then->object;
}

std::optional<KvEntry> wanted(const RowPtr<KvEntry>& now, const RowPtr<KvEntry>& then) {
  KvEntry entry = then->object;
  entry.session = now != nullptr ? now->object.session : std::string();
  entry.lock_index = now != nullptr ? now->object.lock_index : 0;
  return entry;
}

std::optional<Node> wanted(const RowPtr<Node>& now, const RowPtr<Node>& then) {
  if (now == nullptr) {
    return then->object.is_weft ? std::nullopt : std::optional(then->object);
  }
  Node node = then->object;
  if (node.is_weft || now->object.is_weft) {
    node.is_weft = now->object.is_weft;
    node.id = now->object.id;
    node.address = now->object.address;
    node.tagged_addresses = now->object.tagged_addresses;
    node.listeners = now->object.listeners;
    node.life = now->object.life;
    node.version = now->object.version;
  }
  return node;
}

// Only what is its own; the rest follows what holds for others now.
std::optional<ClusterSettings> wanted(const RowPtr<ClusterSettings>& now,
                                      const RowPtr<ClusterSettings>& then) {
  if (now == nullptr) {
    return then->object;
  }
  const std::optional<std::vector<std::string>>& own_now = now->object.own;
  const std::optional<std::vector<std::string>>& own_then = then->object.own;
  if (!own_now || !own_then) {
    return then->object;
  }
  ClusterSettings settings = now->object;
  for (const std::string& name : *own_now) {
    if (!model::has_own(then->object, name)) {
      model::drop_setting(settings, name);
    }
  }
  for (const std::string& name : *own_then) {
    model::take_setting(settings, then->object, name);
  }
  settings.own = then->object.own;  // in its order
  return settings == now->object ? std::nullopt : std::optional(std::move(settings));
}

template <class T>
bool may_go(const T& /*object*/) {
  return true;
}
bool may_go(const Node& node) { return !node.is_weft; }

// --- the steps of one object ---

template <class T>
concept IsRotated = std::is_same_v<T, Instance> || std::is_same_v<T, Node>;

// A put keeps the rotation of what is there.
template <class T>
void add_put(const RowPtr<T>& now, T object, std::vector<Step>& steps) {
  if constexpr (IsRotated<T>) {
    if (now != nullptr) {
      const bool turns = now->object.enabled != object.enabled ||
                         now->object.disabled_reason != object.disabled_reason;
      T kept = object;
      kept.enabled = now->object.enabled;
      kept.disabled_reason = now->object.disabled_reason;
      const std::string key = key_of(object);
      if (!(kept == now->object)) {
        steps.emplace_back(model::Put{std::move(kept), {}});
      }
      if (turns) {
        steps.emplace_back(
            model::SetRotation{key, object.enabled ? model::Rotation::kIn : model::Rotation::kOut,
                               object.disabled_reason, model::table_of<T>()});
      }
      return;
    }
  }
  if (now == nullptr || !(now->object == object)) {
    steps.emplace_back(model::Put{std::move(object), {}});
  }
}

template <class T>
std::vector<std::pair<RowPtr<T>, RowPtr<T>>> rows_of(const std::vector<Difference>& all) {
  std::vector<std::pair<RowPtr<T>, RowPtr<T>>> out;
  for (const Difference& one : all) {
    const auto* now = std::get_if<RowPtr<T>>(&one.before);
    const auto* then = std::get_if<RowPtr<T>>(&one.after);
    if (now != nullptr || then != nullptr) {
      out.emplace_back(now != nullptr ? *now : nullptr, then != nullptr ? *then : nullptr);
    }
  }
  return out;
}

template <class T>
void add_puts(const std::vector<Difference>& all, std::vector<Step>& steps) {
  for (const auto& [now, then] : rows_of<T>(all)) {
    if (then != nullptr) {
      if (std::optional<T> object = wanted(now, then)) {
        add_put<T>(now, *std::move(object), steps);
      }
    }
  }
}

// What is gone already, with something else, is no error.
template <class T>
void add_deletes(const std::vector<Difference>& all, std::vector<Step>& steps) {
  for (const auto& [now, then] : rows_of<T>(all)) {
    if (then == nullptr && may_go(now->object)) {
      steps.emplace_back(model::Delete{model::table_of<T>(), key_of(now->object), {}});
    }
  }
}

// Names that change hands are let go of first: no two routes may have one.
void add_routes(const std::vector<Difference>& all, std::vector<Step>& steps) {
  add_deletes<Route>(all, steps);
  for (const auto& [now, then] : rows_of<Route>(all)) {
    if (now != nullptr && then != nullptr && !now->object.name.empty() &&
        now->object.name != then->object.name) {
      Route nameless = now->object;
      nameless.name.clear();
      steps.emplace_back(model::Put{std::move(nameless), {}});
    }
  }
  add_puts<Route>(all, steps);
}

// A put keeps the node of an instance where it names none: one that is on a node now and was on
// none is made anew.
void add_fresh_starts(const std::vector<Difference>& all, std::vector<Step>& steps) {
  for (const auto& [now, then] : rows_of<Instance>(all)) {
    if (now != nullptr && then != nullptr && then->object.node.empty() &&
        !now->object.node.empty()) {
      steps.emplace_back(model::Delete{Table::kInstances, now->object.id, {}});
      steps.emplace_back(model::Put{then->object, {}});
    }
  }
}

// Whatever another needs is there before it, and whatever takes others along goes after they have
// been moved.
std::vector<Step> steps_for(const std::vector<Difference>& all) {
  std::vector<Step> steps;
  add_puts<Node>(all, steps);
  add_puts<Service>(all, steps);
  add_fresh_starts(all, steps);
  add_puts<Instance>(all, steps);
  add_deletes<Instance>(all, steps);
  add_deletes<Node>(all, steps);
  add_deletes<Service>(all, steps);
  add_deletes<ClusterSettings>(all, steps);
  add_puts<ClusterSettings>(all, steps);  // that of every service is the first by key
  add_routes(all, steps);
  add_deletes<model::Setting>(all, steps);
  add_puts<model::Setting>(all, steps);
  add_deletes<KvEntry>(all, steps);
  add_puts<KvEntry>(all, steps);
  return steps;
}

// Holds the command to the rows it was planned on: it may be judged later, or elsewhere.
std::vector<Step> expectations(const std::vector<Difference>& changes) {
  const auto modified_index = [](const auto& row) -> std::uint64_t {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(row)>, std::monostate>) {
      return 0;
    } else {
      return row->modified_index;
    }
  };
  std::vector<Step> out;
  for (const Difference& one : changes) {
    const Table table = table_of(one.row());
    if ((kIntentTables & Interest::bit(table)) != 0) {
      const std::uint64_t index = std::visit(modified_index, one.before);
      out.emplace_back(model::Expect{
          .key = key_of(one.row()),
          .only_if = index != 0 ? model::Condition::index_is(index) : model::Condition::absent(),
          .table = table});
    }
  }
  return out;
}

// Of what cannot be different from how it is, nobody is told.
template <class T>
bool is_left(const RowPtr<T>& now, const RowPtr<T>& then) {
  if (then == nullptr) {
    return may_go(now->object);
  }
  const std::optional<T> object = wanted(now, then);
  return object && (now == nullptr || !(now->object == *object));
}

template <class T>
void add_left(const std::vector<Difference>& all, std::vector<Difference>& out) {
  const auto any = [](const RowPtr<T>& row) { return row ? AnyRow(row) : AnyRow(); };
  for (const auto& [now, then] : rows_of<T>(all)) {
    if (is_left(now, then)) {
      out.push_back({any(now), any(then)});
    }
  }
}

std::vector<Difference> left_of(const std::vector<Difference>& all) {
  std::vector<Difference> out;
  add_left<Service>(all, out);
  add_left<Instance>(all, out);
  add_left<ClusterSettings>(all, out);
  add_left<Route>(all, out);
  add_left<model::Setting>(all, out);
  add_left<Node>(all, out);
  add_left<KvEntry>(all, out);
  return out;
}

}  // namespace

Result<RollbackPlan> plan_rollback(const model::View& now, const model::View& then,
                                   std::uint32_t tables, const CommandContext& context) {
  constexpr std::uint32_t kEveryTable = (std::uint32_t{1} << model::kTableCount) - 1;
  RollbackPlan plan;
  Draft draft;
  draft.reset(now);
  draft.set_index(now.index());
  std::shared_ptr<const model::View> reached = draft.freeze();
  std::vector<Difference> left = differences(*reached, then, tables & kIntentTables);
  for (int round = 0; round < kRoundsMax && !left.empty(); ++round) {
    std::vector<Step> steps = steps_for(left);
    if (steps.empty()) {
      break;
    }
    const model::Command command{.actor = {}, .steps = steps};
    WEFT_TRY(const std::vector<model::Change> changes, apply(draft, command, context));
    if (changes.empty()) {
      break;
    }
    std::ranges::move(steps, std::back_inserter(plan.steps));
    reached = draft.freeze();
    left = differences(*reached, then, tables & kIntentTables);
  }
  plan.changes = differences(now, *reached, kEveryTable);
  std::vector<Step> guarded = expectations(plan.changes);
  std::ranges::move(plan.steps, std::back_inserter(guarded));
  plan.steps = std::move(guarded);
  plan.left = left_of(left);
  return plan;
}

}  // namespace weft::state
