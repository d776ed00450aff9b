#include "io/cross_loop.h"

#include "io/driver_fixture_for_test.h"
#include "io/thread.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

Task<std::string> say_where(Loop* there, std::string question, std::thread::id* ran_on) {
  static_cast<void>(co_await there->sleep_for(1ms));
  *ran_on = std::this_thread::get_id();
  co_return question + " answered";
}

Task<void> ask(Loop* home, Loop* there, TaskScope* scope, std::vector<std::string>* answers) {
  for (int i = 0; i < 20; ++i) {
    std::thread::id ran_on;
    const std::string question = "a question longer than a small string " + std::to_string(i);
    answers->push_back(co_await run_on(*home, *there, *scope, say_where(there, question, &ran_on)));
    EXPECT_NE(ran_on, std::thread::id());
    EXPECT_NE(ran_on, std::this_thread::get_id());
  }
}

TEST(CrossLoop, ATaskRunsOnTheOtherLoopAndItsAnswerComesHome) {
  auto home = make_loop_for_test("epoll");
  LoopThread there(make_loop_for_test("epoll"));
  TaskScope scope;  // belongs to the other loop
  there.start();
  std::vector<std::string> answers;
  home->run_until_done(ask(home.get(), &there.loop(), &scope, &answers));
  there.stop();
  ASSERT_EQ(answers.size(), 20U);
  EXPECT_EQ(answers[19], "a question longer than a small string 19 answered");
}

}  // namespace
}  // namespace weft::io
