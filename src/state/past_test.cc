#include "state/past.h"

#include "base/described_encode.h"
#include "base/described_enum.h"
#include "state/command_fixture_for_test.h"
#include "state/difference.h"
#include "state/random_commands_for_test.h"
#include "state/store_memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <type_traits>

namespace weft::state {
namespace {

using base::Code;
using base::Result;
using model::Instance;
using ViewPtr = std::shared_ptr<const model::View>;

// Everything a view says, but for the numbers of this process.
std::string dump_view(const model::View& view) {
  std::string out;
  const auto add = [&](std::string_view map, const auto& rows) {
    for (const auto& row : rows) {
      out += fmt::format("{} {} {} {}\n", map, row->created_index, row->modified_index,
                         base::encode_text(row->object));
    }
  };
  std::apply([&](const auto&... maps) { (add("table", maps), ...); }, view.tables().by_key);
  add("by service", view.tables().instances_by_service);
  add("by node", view.tables().instances_by_node);
  add("by session", view.tables().kv_by_session);
  add("by name", view.tables().routes_by_name);
  return out;
}

class PastTest : public testing::Test {
 protected:
  PastTest() { open({}); }
  void TearDown() override { close(); }

  void open(State::Options options) {
    state_ = std::make_unique<State>(parts_, options);
    past_ = std::make_unique<Past>(parts_, *state_);
    loop_.run_until_done(start());
  }
  void close() {
    past_.reset();
    loop_.run_until_done(state_->stop());
    state_.reset();
  }
  void restart(State::Options options = {}) {
    close();
    open(options);
  }

  io::Task<void> start() { EXPECT_TRUE(co_await state_->start()); }
  Result<Applied> apply(model::Command command) {
    Result<Applied> out = base::fail(Code::kInternal, "not run");
    loop_.run_until_done(apply_into(std::move(command), &out));
    return out;
  }
  io::Task<void> apply_into(model::Command command, Result<Applied>* out) {
    *out = co_await state_->apply(std::move(command));
  }
  Result<ViewPtr> at(std::uint64_t index) {
    Result<ViewPtr> out = base::fail(Code::kInternal, "not run");
    loop_.run_until_done(at_into(index, &out));
    return out;
  }
  io::Task<void> at_into(std::uint64_t index, Result<ViewPtr>* out) {
    *out = co_await past_->at(index);
  }
  Result<std::uint64_t> index_at(base::WallTime time) {
    Result<std::uint64_t> out = base::fail(Code::kInternal, "not run");
    loop_.run_until_done(index_into(time, &out));
    return out;
  }
  io::Task<void> index_into(base::WallTime time, Result<std::uint64_t>* out) {
    *out = co_await past_->index_at(time);
  }
  Past::Oldest oldest() {
    Past::Oldest out;
    loop_.run_until_done(oldest_into(&out));
    return out;
  }
  io::Task<void> oldest_into(Past::Oldest* out) {
    const auto found = co_await past_->oldest();
    EXPECT_TRUE(found);
    *out = found.value_or(Past::Oldest());
  }

  // Applies random commands and remembers what every index looked like.
  std::map<std::uint64_t, std::string> live(std::uint64_t seed, int commands) {
    RandomCommands random(seed);
    std::map<std::uint64_t, std::string> seen{
        {state_->view()->index(), dump_view(*state_->view())}};
    for (int i = 0; i < commands; ++i) {
      static_cast<void>(apply(random.next()));
      seen[state_->view()->index()] = dump_view(*state_->view());
    }
    return seen;
  }
  void expect_all(const std::map<std::uint64_t, std::string>& seen) {
    for (const auto& [index, dump] : seen) {
      const auto view = at(index);
      ASSERT_TRUE(view) << index << ": " << base::describe(view.error());
      EXPECT_EQ((*view)->index(), index);
      EXPECT_EQ(dump_view(**view), dump) << "at " << index;
    }
  }

  // A change as a store has it, of a time after the epoch.
  static StoredChange stored_at(std::uint64_t index, base::Nanos time) {
    model::Setting setting{.key = "k" + std::to_string(index)};
    return {.index = index,
            .time = base::WallTime(time),
            .actor = "tester",
            .table = "settings",
            .key = setting.key,
            .created_index = index,
            .before = std::nullopt,
            .after = base::encode_text(setting)};
  }

  std::ostringstream log_text_;
  base::Log log_{{.queue_lines = 0}, log_text_};
  io::Loop loop_{io::make_driver(io::DriverKind::kEpoll).value(), "test", 1};
  io::BlockingPool pool_{1};
  StoreMemory store_{{.retention = {.changes_max = 300}}};
  base::MeterRegistry meters_;
  const StateParts parts_{loop_, pool_, store_, log_, meters_};
  std::unique_ptr<State> state_;
  std::unique_ptr<Past> past_;
};

State::Options forgetful() {
  State::Options options;
  options.feed.changes_kept = 10;
  return options;
}

TEST_F(PastTest, EveryIndexIsAsItWasFromMemory) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    expect_all(live(seed, 60));
  }
}

TEST_F(PastTest, EveryIndexIsAsItWasFromTheStore) {
  restart(forgetful());
  const auto seen = live(4, 100);
  ASSERT_LT(state_->view()->index(), 300U) << "all of it must be kept";
  expect_all(seen);
  restart();
  expect_all(seen);
}

TEST_F(PastTest, ViewsBetweenTheAskedOnesAreGoneBackFrom) {
  const auto seen = live(5, 60);
  for (auto each = seen.rbegin(); each != seen.rend(); ++each) {
    const auto view = at(each->first);
    ASSERT_TRUE(view);
    EXPECT_EQ(dump_view(**view), each->second) << "at " << each->first;
  }
  const std::uint64_t index = seen.begin()->first + 5;
  EXPECT_EQ(at(index).value().get(), at(index).value().get()) << "asked twice, made once";
}

TEST_F(PastTest, TheFutureIsRefused) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  EXPECT_EQ(at(3).error().code, Code::kInvalid);
  EXPECT_EQ(index_at(loop_.wall_now() + base::Seconds(60)).error().code, Code::kInvalid);
  EXPECT_EQ((*at(2))->index(), 2U);
}

TEST_F(PastTest, WhatIsNoLongerKeptIsRefusedAndTheOldestIsKnown) {
  restart(forgetful());
  const auto seen = live(6, 300);
  const std::uint64_t newest = state_->view()->index();
  ASSERT_GT(newest, 320U);
  const Past::Oldest known = oldest();
  EXPECT_EQ(known.index, newest - 300);
  ASSERT_TRUE(known.time);
  EXPECT_EQ(at(known.index - 1).error().code, Code::kNotFound);
  EXPECT_TRUE(at(known.index));
  EXPECT_EQ(index_at(*known.time - base::Micros(1)).error().code, Code::kNotFound);
  EXPECT_TRUE(index_at(*known.time));
}

TEST_F(PastTest, ARowWhoseLastChangeIsForgottenIsStillAsItWas) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  for (int i = 0; i < 310; ++i) {
    model::Setting setting{.key = "x"};
    setting.value = i;
    ASSERT_TRUE(apply(put(setting)));
  }
  const std::uint64_t index = state_->view()->index();
  ASSERT_TRUE(apply(put(make_instance("a", "web", 81))));
  restart();
  const auto view = at(index);
  ASSERT_TRUE(view);
  const auto* row = (*view)->find<Instance>("a");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->object.port, 80U);
  EXPECT_EQ(row->created_index, 2U);
}

TEST_F(PastTest, ATimeIsTheLastChangeAtOrBeforeIt) {
  close();
  const std::vector<StoredChange> log{
      stored_at(1, base::Seconds(10)), stored_at(2, base::Seconds(20)),
      stored_at(3, base::Seconds(20)), stored_at(5, base::Seconds(30))};
  ASSERT_TRUE(store_.append(0, log));
  open({});
  const auto of = [&](int seconds) { return index_at(base::WallTime(base::Seconds(seconds))); };
  EXPECT_EQ(*of(9), 0U) << "before everything there was nothing";
  EXPECT_EQ(*of(10), 1U);
  EXPECT_EQ(*of(19), 1U);
  EXPECT_EQ(*of(20), 3U);
  EXPECT_EQ(*of(31), 5U);
}

TEST_F(PastTest, AChangeIsAtTheTimeItIsShownWith) {
  ASSERT_TRUE(apply(put(make_instance("a", "web"))));
  const base::WallTime time = state_->feed().recent().back().time;
  EXPECT_EQ(*index_at(*base::parse_rfc3339(base::format_rfc3339(time))), 2U);
}

TEST_F(PastTest, WhereTheClockWasSetBackTheIndexDecides) {
  close();
  const std::vector<StoredChange> log{
      stored_at(1, base::Seconds(10)), stored_at(2, base::Seconds(100)),
      stored_at(3, base::Seconds(50)), stored_at(4, base::Seconds(60))};
  ASSERT_TRUE(store_.append(0, log));
  open({});
  const auto of = [&](int seconds) { return *index_at(base::WallTime(base::Seconds(seconds))); };
  EXPECT_EQ(of(55), 3U);
  EXPECT_EQ(of(49), 1U);
  EXPECT_EQ(of(100), 4U);
}

TEST_F(PastTest, AStoreThatFailsSaysSo) {
  restart(forgetful());
  live(7, 60);
  store_.set_fault_for_test(StoreMemory::Fault::kRefuse);
  EXPECT_EQ(at(1).error().code, Code::kIo);
  store_.set_fault_for_test(StoreMemory::Fault::kNone);
  EXPECT_TRUE(at(1));
}

TEST_F(PastTest, AViewDiffersFromItselfInNothing) {
  live(8, 60);
  const std::uint32_t all = ~std::uint32_t{0};
  const auto then = at(state_->view()->index() / 2);
  ASSERT_TRUE(then);
  EXPECT_TRUE(differences(**then, **then, all).empty());
  const auto forth = differences(**then, *state_->view(), all);
  const auto back = differences(*state_->view(), **then, all);
  ASSERT_EQ(forth.size(), back.size());
  EXPECT_FALSE(forth.empty());
  for (std::size_t i = 0; i < forth.size(); ++i) {
    EXPECT_EQ(forth[i].before, back[i].after);
    EXPECT_EQ(forth[i].after, back[i].before);
  }
}

}  // namespace
}  // namespace weft::state
