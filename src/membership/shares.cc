#include "membership/shares.h"

#include "base/hash.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weft::membership {

using base::Result;
using model::CheckKind;
using model::Instance;
using model::Node;
using model::Session;
using model::Table;
using model::View;

namespace {

bool is_bound_to_a_place(const std::vector<model::CheckSpec>& checks) {
  return std::ranges::any_of(checks, [](const model::CheckSpec& check) {
    return check.kind == CheckKind::kTtl || check.kind == CheckKind::kScript ||
           check.kind == CheckKind::kDocker;
  });
}

// A row that one writes about, by table and key. Lifetime: the step's texts are copied.
struct Subject {
  Table table = Table::kInstances;
  std::string key;
};

// Returns: nullopt for a step about nothing that is shared out.
std::optional<Subject> subject_of(const model::Step& step) {
  if (const auto* put = std::get_if<model::Put>(&step)) {
    const auto* state = std::get_if<model::CheckState>(&put->object);
    if (state == nullptr) {
      return std::nullopt;
    }
    return state->node.empty() ? Subject{Table::kInstances, state->instance}
                               : Subject{Table::kNodes, state->node};
  }
  const auto* gone = std::get_if<model::Delete>(&step);
  if (gone == nullptr || (gone->table != Table::kInstances && gone->table != Table::kSessions)) {
    return std::nullopt;
  }
  return Subject{gone->table, gone->key};
}

template <class T>
const Node* owner_of_row(const View& view, const Shares& shares, const std::string& key) {
  const model::Row<T>* row = view.find<T>(key);
  return row != nullptr ? shares.owner_of(row->object) : nullptr;
}

// Returns: null when the row has gone; then the command says so itself.
const Node* owner_of_subject(const View& view, const Shares& shares, const Subject& subject) {
  switch (subject.table) {
    case Table::kInstances:
      return owner_of_row<Instance>(view, shares, subject.key);
    case Table::kNodes:
      return owner_of_row<Node>(view, shares, subject.key);
    case Table::kSessions:
      return owner_of_row<Session>(view, shares, subject.key);
    default:
      return nullptr;
  }
}

}  // namespace

Shares::Shares(const View& view) {
  for (const auto& row : view.all<Node>()) {
    if (row->object.is_weft_alive()) {
      alive_.push_back(row);
    }
  }
}

const Node* Shares::owner_of(std::string_view key, std::string_view home) const {
  const Node* best = nullptr;
  std::uint64_t best_weight = 0;
  const std::uint64_t seed = base::hash64(key);
  for (const auto& row : alive_) {
    const Node& node = row->object;
    if (node.name == home) {
      return &node;
    }
    const std::uint64_t weight = base::hash64(node.name, seed);
    if (best == nullptr || weight > best_weight) {
      best = &node;
      best_weight = weight;
    }
  }
  return best;
}

const Node* Shares::owner_of(const Instance& instance) const {
  return owner_of(instance.id, is_bound_to_a_place(instance.checks) ? instance.node : "");
}

const Node* Shares::owner_of(const Node& node) const {
  return owner_of(node.name, is_bound_to_a_place(node.checks) || node.is_weft ? node.name : "");
}

const Node* Shares::owner_of(const Session& session) const {
  return owner_of(session.id, session.node);
}

model::Command as_share_of(std::string node, model::Command command) {
  std::vector<Subject> subjects;
  for (const model::Step& step : command.steps) {
    if (auto subject = subject_of(step)) {
      subjects.push_back(*std::move(subject));
    }
  }
  model::Require ours;
  ours.holds = [node = std::move(node),
                subjects = std::move(subjects)](const View& view) -> Result<void> {
    const Shares shares(view);
    for (const Subject& subject : subjects) {
      const Node* owner = owner_of_subject(view, shares, subject);
      if (owner != nullptr && owner->name != node) {
        return base::fail(base::Code::kConflict, "another node looks after it",
                          base::Side::kClient);
      }
    }
    return {};
  };
  command.steps.emplace(command.steps.begin(), std::move(ours));
  return command;
}

}  // namespace weft::membership
