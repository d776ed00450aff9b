// A registry for tests: the real rules and indexes, kept nowhere, followed by one monitor.
#pragma once

#include "base/described_enum.h"
#include "health/monitor.h"
#include "io/loop.h"
#include "state/commands.h"
#include "state/draft.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {

// Thread: its loop.
class RegistryForTest final {
 public:
  explicit RegistryForTest(io::Loop& loop) : loop_(loop) {}

  // Everything is refused with this code while it is set.
  std::optional<base::Code> failure;
  Monitor* follower = nullptr;

  const model::View& view() const { return *view_; }

  base::Result<void> apply(const model::Command& command) {
    if (failure) {
      return base::fail(*failure, "apply");
    }
    WEFT_TRY(const auto changes,
             state::apply(draft_, command, {.time = loop_.wall_now(), .limits = {}}));
    view_ = draft_.freeze();
    for (const model::Change& change : changes) {
      note(change);
    }
    if (follower != nullptr) {
      follower->on_changes(changes, *view_);
    }
    return {};
  }

  io::Task<base::Result<void>> apply_later(model::Command command) {
    base::ignore(co_await loop_.sleep_for(base::Millis(2)), "a commit takes its time");
    co_return apply(command);
  }

  void put(model::Object object) {
    const auto applied =
        apply({.actor = "tester", .steps = {model::Put{.object = std::move(object)}}});
    EXPECT_TRUE(applied);
  }
  void remove(model::Table table, const std::string& key) {
    const auto applied =
        apply({.actor = "tester", .steps = {model::Delete{.table = table, .key = key}}});
    EXPECT_TRUE(applied);
  }

  // What became of the statuses of checks, and of instances, in words, oldest first.
  std::vector<std::string> news;

  model::Health health_of(const std::string& instance) const {
    const auto* row = view_->find<model::Instance>(instance);
    return row != nullptr ? view_->health_of(row->object) : model::Health::kMaintenance;
  }
  bool has(const std::string& instance) const {
    return view_->find<model::Instance>(instance) != nullptr;
  }

 private:
  void note(const model::Change& change) {
    if (const auto state = change.after_as<model::CheckState>()) {
      const std::string_view status = base::enum_name(state->object.status);
      news.push_back(state->object.node + state->object.instance + " " + std::string(status) +
                     (state->object.no_answer ? " no answer" : ""));
    } else if (change.table() == model::Table::kInstances && !model::has_row(change.after)) {
      news.push_back(change.key() + " gone by " + change.actor);
    }
  }

  io::Loop& loop_;
  state::Draft draft_;
  std::shared_ptr<const model::View> view_ = std::make_shared<const model::View>();
};

}  // namespace weft::health
