// Kills a process that writes, over and over, and looks at what it left: every acknowledged write
// is there and no index was given twice. WEFT_CRASH_ROUNDS asks for more rounds, WEFT_CRASH_SEED
// for the moments of a failed run.
#include "base/random.h"
#include "base/text.h"
#include "state/command_fixture_for_test.h"
#include "state/state.h"
#include "state/store_sqlite.h"
#include "state/temp_dir_for_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <poll.h>
#include <set>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::state {
namespace {

using model::Instance;

// What the child says through the pipe once a write is answered; smaller than PIPE_BUF, so whole.
struct Ack {
  enum class Kind : std::uint64_t { kPut, kDelete } kind = Kind::kPut;
  std::uint64_t id = 0;
  std::uint64_t index = 0;
};

constexpr int kWriters = 8;
constexpr std::uint64_t kIdsPerRound = 10'000'000;

std::string name_of(std::uint64_t id) { return fmt::format("instance-{}", id); }

void acknowledge(int pipe, const Ack& ack) {
  WEFT_ASSERT(::write(pipe, &ack, sizeof(ack)) == static_cast<ssize_t>(sizeof(ack)));
}

// One of the child's writers: registers instances of its own, deletes every third again.
io::Task<void> write_forever(State* state, std::uint64_t first_id, int pipe) {
  for (std::uint64_t id = first_id;; id += kWriters) {
    const auto put_done = co_await state->apply(put(make_instance(name_of(id), "web")));
    WEFT_ASSERT(put_done);
    acknowledge(pipe, {Ack::Kind::kPut, id, put_done->index});
    if (id % 3 == 0) {
      const auto gone = co_await state->apply(remove(model::Table::kInstances, name_of(id)));
      WEFT_ASSERT(gone);
      acknowledge(pipe, {Ack::Kind::kDelete, id, gone->index});
    }
  }
}

io::Task<void> run_child(State* state, std::uint64_t first_id, int pipe) {
  WEFT_ASSERT(co_await state->start());
  io::TaskScope writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.spawn("writer", write_forever(state, first_id + static_cast<std::uint64_t>(i), pipe));
  }
  co_await writers.join();
}

[[noreturn]] void be_child(const std::string& path, std::uint64_t first_id, int pipe) {
  const auto store = StoreSqlite::open({.path = path});
  WEFT_ASSERT(store);
  base::Log log({.queue_lines = 0});
  io::Loop loop(io::make_driver(io::DriverKind::kEpoll).value(), "child", 1);
  io::BlockingPool pool(1);
  base::MeterRegistry meters;
  State state({.loop = loop, .pool = pool, .store = **store, .log = log, .meters = meters}, {});
  loop.run_until_done(run_child(&state, first_id, pipe));
  ::_exit(1);  // it is killed before
}

class Crash : public testing::Test {
 protected:
  // Forks a writer, takes `acks_wanted` acknowledgements, waits `pause_ms` more and kills it.
  void run_round(std::uint64_t round, std::uint64_t acks_wanted, int pause_ms) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      be_child(dir.path("weft.db"), round * kIdsPerRound, ends[1]);
    }
    ::close(ends[1]);
    Ack ack;
    for (std::uint64_t i = 0; i < acks_wanted && read_ack(ends[0], ack); ++i) {
      take(ack);
    }
    ::poll(nullptr, 0, pause_ms);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    while (read_ack(ends[0], ack)) {  // said before the kill, so it counts
      take(ack);
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";
  }

  static bool read_ack(int pipe, Ack& ack) {
    return ::read(pipe, &ack, sizeof(ack)) == static_cast<ssize_t>(sizeof(ack));
  }

  void take(const Ack& ack) {
    ASSERT_GT(ack.index, index_before_round) << "an index went back";
    ASSERT_TRUE(indexes.insert(ack.index).second) << "an index was given twice: " << ack.index;
    if (ack.kind == Ack::Kind::kPut) {
      registered.insert(ack.id);
    } else {
      registered.erase(ack.id);
      deleted.insert(ack.id);
    }
  }

  void verify() {
    const auto store = StoreSqlite::open({.path = dir.path("weft.db")});
    ASSERT_TRUE(store) << base::describe(store.error());
    Draft draft;
    const auto index = (*store)->load(
        [&](StoredObject object) -> base::Result<void> { return draft.load(object); });
    ASSERT_TRUE(index) << base::describe(index.error());
    ASSERT_GE(*index, index_before_round);
    ASSERT_GE(*index, indexes.empty() ? 0 : *indexes.rbegin()) << "an acknowledged index is lost";
    for (const std::uint64_t id : registered) {
      // A deletion under way at the kill may have become durable without being acknowledged.
      ASSERT_TRUE(draft.find<Instance>(name_of(id)) != nullptr || id % 3 == 0) << "lost " << id;
    }
    for (const std::uint64_t id : deleted) {
      ASSERT_EQ(draft.find<Instance>(name_of(id)), nullptr) << "came back: " << id;
    }
    index_before_round = *index;
  }

  const TempDir dir;
  std::uint64_t index_before_round = 0;
  std::set<std::uint64_t> indexes;     // every one ever acknowledged
  std::set<std::uint64_t> registered;  // acknowledged and not deleted
  std::set<std::uint64_t> deleted;
};

std::uint64_t number_from_env(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : base::parse_u64(text).value_or(fallback);
}

TEST_F(Crash, EveryAcknowledgedWriteSurvivesAKillAndNoIndexIsGivenTwice) {
  const std::uint64_t rounds = number_from_env("WEFT_CRASH_ROUNDS", 20);
  const std::uint64_t seed =
      number_from_env("WEFT_CRASH_SEED", static_cast<std::uint64_t>(::getpid()));
  base::Random random(seed);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(fmt::format("round {} of WEFT_CRASH_SEED={}", round, seed));
    run_round(round, random.below(200), static_cast<int>(random.below(4)));
    verify();
    if (HasFatalFailure()) {
      return;
    }
  }
  RecordProperty("kills", static_cast<int>(rounds));
  RecordProperty("acknowledged", static_cast<int>(indexes.size()));
  fmt::print("{} kills, {} acknowledged writes, last index {}\n", rounds, indexes.size(),
             index_before_round);
}

}  // namespace
}  // namespace weft::state
