#include "membership/membership.h"

#include "base/hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weft::membership {

using base::Code;
using base::Result;
using model::Node;
using model::NodeLife;

namespace {

constexpr base::MeterInfo kNodes{"weft_nodes", "Nodes of this mesh that are there"};

// Between two tries of join().
constexpr base::Nanos kJoinPause = base::Millis(100);

bool has(std::span<const std::uint32_t> marks, std::uint32_t mark) {
  return std::ranges::find(marks, mark) != marks.end();
}

}  // namespace

std::uint32_t mark_of(std::string_view id) { return static_cast<std::uint32_t>(base::hash64(id)); }

Membership::Membership(const Parts& parts, Identity self, const Options& options)
    : loop_(parts.loop),
      state_(parts.state),
      log_(parts.log),
      self_(std::move(self)),
      mark_(mark_of(self_.id)),
      options_(options),
      meters_(parts.meters),
      nodes_(meters_.gauge(kNodes)),
      misses_max_(options.misses_max) {}

io::Task<Result<void>> Membership::join() {
  const base::MonoTime until = loop_.now() + options_.join_patience;
  for (;;) {
    const auto marks = co_await state_.attend(mark_);
    if (!marks) {
      co_return base::fail(marks.error());
    }
    const Result<void> named = check_name(*marks);
    if (!named || has(*marks, mark_)) {
      co_return named;
    }
    if (loop_.now() >= until) {
      co_return base::fail(Code::kConflict,
                           "a node with the same node-id is running; a copy of a data directory "
                           "needs its file node-id removed",
                           base::Side::kClient);
    }
    const auto slept = co_await loop_.sleep_for(kJoinPause);
    if (!slept) {
      co_return base::fail(slept.error());
    }
  }
}

Result<void> Membership::check_name(std::span<const std::uint32_t> marks) const {
  const model::Row<Node>* row = state_.view()->find<Node>(self_.name);
  if (row == nullptr || !row->object.is_weft || row->object.id == self_.id ||
      !has(marks, mark_of(row->object.id))) {
    return {};
  }
  return base::fail(Code::kConflict,
                    "another node of this mesh has this name; set node.name (WEFT_NODE_NAME) to "
                    "one of its own",
                    base::Side::kClient);
}

void Membership::start(std::function<io::Task<void>()> write_self) {
  write_self_ = std::move(write_self);
  scope_.spawn("membership", look_always());
}

io::Task<void> Membership::stop() { co_await scope_.stop(); }

io::Task<void> Membership::leave() {
  co_await scope_.stop();
  if (state_.is_shared()) {
    co_await mark_as(self_.name, self_.id, NodeLife::kLeft);
  }
}

// A store that is this process's alone is looked at once: rows that are left over from a node of
// another name.
io::Task<void> Membership::look_always() {
  for (;;) {
    co_await look();
    if (!state_.is_shared()) {
      co_return;
    }
    const auto slept = co_await loop_.sleep_for(options_.look_interval);
    if (!slept) {
      co_return;
    }
  }
}

io::Task<void> Membership::look() {
  if (!state_.has_store()) {
    co_return;  // another process goes on as this node, or this one will
  }
  const auto marks = co_await state_.attend(mark_);
  if (state_.has_store()) {
    note_reach(marks);
  }
  if (!marks || !has(*marks, mark_)) {
    misses_.clear();
    misses_max_ = options_.misses_after_absence_max;
    co_return;
  }
  nodes_.set(static_cast<std::int64_t>(marks->size()));
  const std::vector<Identity> gone = missing(*marks);
  if (is_first(*marks)) {
    for (const Identity& each : gone) {
      co_await mark_as(
          each.name, each.id,
          each.id == self_.id || !state_.is_shared() ? NodeLife::kLeft : NodeLife::kFailed);
    }
  }
  const model::Row<Node>* own = state_.view()->find<Node>(self_.name);
  if (own != nullptr && own->object.id == self_.id && own->object.life != NodeLife::kAlive) {
    log_.warning("others took this node for failed", {{"node", self_.name}});
    co_await write_self_();
  }
}

// Returns: the nodes whose rows say that they are alive and who have been missed too often.
std::vector<Identity> Membership::missing(std::span<const std::uint32_t> marks) {
  std::vector<Identity> out;
  bool misses_any = false;
  const auto view = state_.view();
  for (const auto& row : view->all<Node>()) {
    const Node& node = row->object;
    if (!node.is_weft_alive() || node.name == self_.name) {
      continue;
    }
    // A row of this node under an earlier name has its mark.
    if (has(marks, mark_of(node.id)) && node.id != self_.id) {
      misses_.erase(node.name);
      continue;
    }
    misses_any = true;
    if (!state_.is_shared() || node.id == self_.id || ++misses_[node.name] >= misses_max_) {
      out.push_back({node.name, node.id});
    }
  }
  if (!misses_any) {
    misses_max_ = options_.misses_max;
  }
  return out;
}

// One is enough to say who has failed: of those that are there, the first by name.
bool Membership::is_first(std::span<const std::uint32_t> marks) const {
  const auto view = state_.view();
  for (const auto& row : view->all<Node>()) {
    const Node& node = row->object;
    if (node.is_weft && has(marks, mark_of(node.id))) {
      return node.id == self_.id;
    }
  }
  return true;
}

io::Task<void> Membership::mark_as(std::string name, std::string id, NodeLife life) {
  model::Edit<Node> edit;
  edit.key = name;
  edit.change = [id, life](Node& node) -> Result<void> {
    if (!node.is_weft_alive() || node.id != id) {
      return base::fail(Code::kConflict, "the node has changed meanwhile", base::Side::kClient);
    }
    node.life = life;
    return {};
  };
  model::Command command;
  command.actor = "nodes";
  command.steps.emplace_back(std::move(edit));
  const auto applied = co_await state_.apply(std::move(command));
  misses_.erase(name);
  if (applied && name != self_.name) {
    log_.warning("a node has gone", {{"node", name}, {"id", id}});
  }
}

void Membership::note_reach(const Result<std::vector<std::uint32_t>>& marks) {
  const bool is_reached = marks && has(*marks, mark_);
  if (is_reached == is_reached_) {
    return;
  }
  is_reached_ = is_reached;
  if (is_reached) {
    log_.info("this node is among the others again");
  } else {
    log_.warning(
        "this node is cut off from the others",
        {{"reason", marks ? "another process has its mark" : base::describe(marks.error())}});
  }
}

}  // namespace weft::membership
