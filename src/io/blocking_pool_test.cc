#include "io/blocking_pool.h"

#include "io/driver_fixture_for_test.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

Task<void> run_job(BlockingPool* pool, Loop* loop, int number, std::vector<int>* started,
                   std::string* out) {
  const auto loop_thread = std::this_thread::get_id();
  // One worker: jobs run one after the other, so the list needs no lock.
  *out = co_await pool->run(*loop, [number, started, loop_thread] {
    EXPECT_NE(std::this_thread::get_id(), loop_thread);
    started->push_back(number);
    return "job " + std::to_string(number);
  });
  EXPECT_EQ(std::this_thread::get_id(), loop_thread);
}

TEST(BlockingPoolTest, JobsRunInOrderElsewhereAndTheirTasksGoOnHere) {
  constexpr std::size_t kJobs = 500;
  auto loop = make_loop_for_test("epoll");
  BlockingPool pool(1);
  std::vector<int> started;
  std::vector<std::string> out(kJobs);
  TaskScope scope;
  for (std::size_t i = 0; i < kJobs; ++i) {
    scope.spawn("job", run_job(&pool, loop.get(), static_cast<int>(i), &started, &out[i]));
  }
  loop->run_until_done(scope.join());
  EXPECT_TRUE(std::is_sorted(started.begin(), started.end()));
  EXPECT_EQ(out.front(), "job 0");
  EXPECT_EQ(out.back(), "job 499");
}

Task<void> count_jobs(BlockingPool* pool, Loop* loop, int* done) {
  for (int i = 0; i < 100; ++i) {
    *done += co_await pool->run(*loop, [] { return 1; });
  }
}

TEST(BlockingPoolTest, SeveralThreadsServeSeveralTasks) {
  auto loop = make_loop_for_test("epoll");
  BlockingPool pool(3);
  int done = 0;
  TaskScope scope;
  for (int i = 0; i < 8; ++i) {
    scope.spawn("jobs", count_jobs(&pool, loop.get(), &done));
  }
  loop->run_until_done(scope.join());
  EXPECT_EQ(done, 800);
}

Task<void> run_simulated_job(BlockingPool* pool, Loop* loop, int* result) {
  *result = co_await pool->run(*loop, [] { return 7; });
}

TEST(BlockingPoolTest, WithoutThreadsSomebodyElseDecidesWhenAJobIsDone) {
  SimWorld world(1);
  Loop& loop = world.add_loop("one");
  const base::MonoTime begun = world.now();
  BlockingPool pool(
      [&](BlockingPool::Job job) { world.network().call_at(begun + 5s, std::move(job)); });
  int result = 0;
  TaskScope scope;
  scope.spawn("job", run_simulated_job(&pool, &loop, &result));
  EXPECT_TRUE(world.run_until([&] { return scope.size() == 0; }, 1h));
  EXPECT_EQ(result, 7);
  EXPECT_EQ(world.now() - begun, 5s);
}

TEST(BlockingPoolTest, ACancelledTaskStillWaitsForItsJob) {
  auto loop = make_loop_for_test("epoll");
  BlockingPool pool(1);
  int done = 0;
  TaskScope scope;
  scope.spawn("jobs", count_jobs(&pool, loop.get(), &done));
  loop->run_until_done(stop_after(loop.get(), &scope, 0ms));
  EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace weft::io
