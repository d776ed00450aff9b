// Nodes that share a store, for tests: a State each, on one loop.
#pragma once

#include "base/described_encode.h"
#include "base/described_enum.h"
#include "state/command_fixture_for_test.h"
#include "state/state.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace weft::state {

// Every row of a view as text, table by table.
inline std::string dump(const model::View& view) {
  std::string text;
  const auto dump_table = [&]<class T>(std::type_identity<T> /*of*/) {
    for (const model::RowPtr<T>& row : view.all<T>()) {
      text += fmt::format("{} {} {} {}\n", base::enum_name(model::table_of<T>()),
                          row->created_index, row->modified_index, base::encode_text(row->object));
    }
  };
  [&]<class... Ts>(std::type_identity<std::variant<Ts...>> /*all*/) {
    (dump_table(std::type_identity<Ts>()), ...);
  }(std::type_identity<model::Object>());
  return text;
}

// One node. Thread: its loop. Lifetime: stop() is awaited before it goes.
class NodeForTest final {
 public:
  NodeForTest(io::Loop& loop, std::unique_ptr<Store> its_store, const State::Options& options)
      : store(std::move(its_store)),
        state({.loop = loop, .pool = pool, .store = *store, .log = log, .meters = meters},
              options) {
    subscription_ = state.feed().subscribe([this](const FeedBatch& batch) {
      for (const model::Change& change : batch.changes) {
        published.push_back(change.index);
      }
    });
  }

  io::Task<void> start() {
    const auto started = co_await state.start();
    EXPECT_TRUE(started) << base::describe(started.error());
  }
  const model::View& view() const { return *state.view(); }

  std::ostringstream log_text;
  base::Log log{{.queue_lines = 0}, log_text};
  io::BlockingPool pool{1};
  base::MeterRegistry meters;
  const std::unique_ptr<Store> store;
  State state;
  std::vector<std::uint64_t> published;  // the indexes of all changes, as the feed told them

 private:
  Feed::Subscription subscription_;
};

// A number under "counter", and what its last change was.
struct Counter {
  std::int64_t value = 0;
  std::uint64_t index = 0;  // 0: nobody has counted
};

inline Counter counter_of(const model::View& view) {
  const auto* row = view.find<model::Setting>("counter");
  return row == nullptr ? Counter{} : Counter{row->object.value.as_int64(), row->modified_index};
}

inline model::Command count_on(const Counter& seen) {
  model::Setting setting{.key = "counter", .value = seen.value + 1};
  return put(setting,
             seen.index == 0 ? model::Condition::absent() : model::Condition::index_is(seen.index));
}

// Adds one to the counter `times` times by compare and set.
inline io::Task<void> count_up(State* state, int times) {
  while (times > 0) {
    model::Command command = count_on(counter_of(*state->view()));
    const auto applied = co_await state->apply(std::move(command));
    if (applied) {
      --times;
      continue;
    }
    EXPECT_EQ(applied.error().code, base::Code::kConflict) << base::describe(applied.error());
  }
}

}  // namespace weft::state
