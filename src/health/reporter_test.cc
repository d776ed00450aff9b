#include "health/reporter.h"

#include "health/backend_for_test.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace weft::health {
namespace {

using base::Code;
using base::Millis;
using model::CheckStatus;

class ReporterTest : public testing::Test {
 protected:
  ~ReporterTest() override { loop_->run_until_done(reporter_.stop()); }

  // The registry: refuses what is about `refused_`, takes nothing while `failure_` is set.
  io::Task<base::Result<void>> apply(model::Command command) {
    base::ignore(co_await loop_->sleep_for(apply_time_), "answers either way");
    sizes_.push_back(command.steps.size());
    if (failure_) {
      co_return base::fail(*failure_, "apply");
    }
    for (const model::Step& step : command.steps) {
      if (text_of(step).starts_with(refused_) && !refused_.empty()) {
        co_return base::fail(Code::kNotFound, "apply");
      }
    }
    for (const model::Step& step : command.steps) {
      taken_.push_back(text_of(step));
    }
    co_return base::Result<void>();
  }

  static std::string text_of(const model::Step& step) {
    if (const auto* gone = std::get_if<model::Delete>(&step)) {
      return gone->key + " goes@" + std::to_string(gone->only_if.index);
    }
    const auto& state = std::get<model::CheckState>(std::get<model::Put>(step).object);
    return state.instance + (state.status == CheckStatus::kPassing ? " passes" : " fails");
  }

  void put(const std::string& instance, CheckStatus status) {
    model::CheckState state;
    state.instance = instance;
    state.check = "default";
    state.status = status;
    reporter_.put(std::move(state));
  }

  io::SimNetwork network_{1};
  std::unique_ptr<io::Loop> loop_ = io::make_sim_loop(network_, "test", 1);
  std::ostringstream lines_;
  base::Log log_{{.queue_lines = 0}, lines_};
  base::Nanos apply_time_ = Millis(5);
  std::optional<Code> failure_;
  std::string refused_;
  std::vector<std::size_t> sizes_;
  std::vector<std::string> taken_;
  Reporter reporter_{*loop_, log_, {.steps_max = 4}, [this](model::Command command) {
                       return apply(std::move(command));
                     }};
};

using Taken = std::vector<std::string>;

TEST_F(ReporterTest, TellsWhatComesTogetherInOneCommand) {
  put("a", CheckStatus::kPassing);
  put("b", CheckStatus::kCritical);
  reporter_.remove_instance("c", 7);
  EXPECT_TRUE(reporter_.is_busy());
  run_for(*loop_, Millis(20));
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{3}));
  EXPECT_EQ(taken_, (Taken{"c goes@7", "a passes", "b fails"}));
  EXPECT_FALSE(reporter_.is_busy());
}

TEST_F(ReporterTest, CutsACrowdIntoCommands) {
  for (int i = 0; i < 10; ++i) {
    put("web-" + std::to_string(i), CheckStatus::kPassing);
  }
  run_for(*loop_, Millis(50));
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{4, 4, 2}));
}

TEST_F(ReporterTest, TellsOnlyTheNewestOfWhatWasNotSent) {
  put("a", CheckStatus::kPassing);
  put("a", CheckStatus::kCritical);
  run_for(*loop_, Millis(20));
  EXPECT_EQ(taken_, (Taken{"a fails"}));
}

TEST_F(ReporterTest, TellsAChangeThatComesWhileTheLastOneIsUnderWay) {
  put("a", CheckStatus::kCritical);
  run_for(*loop_, Millis(3));
  put("a", CheckStatus::kPassing);
  run_for(*loop_, Millis(20));
  EXPECT_EQ(taken_, (Taken{"a fails", "a passes"}));
}

TEST_F(ReporterTest, ARefusedStepDoesNotTakeTheOthersAlong) {
  refused_ = "b";
  put("a", CheckStatus::kPassing);
  put("b", CheckStatus::kPassing);
  put("c", CheckStatus::kPassing);
  run_for(*loop_, Millis(50));
  EXPECT_EQ(taken_, (Taken{"a passes", "c passes"}));
  EXPECT_FALSE(reporter_.is_busy());
}

TEST_F(ReporterTest, ARefusedStepAloneIsGivenUp) {
  refused_ = "a";
  put("a", CheckStatus::kPassing);
  run_for(*loop_, Millis(2000));
  EXPECT_EQ(sizes_.size(), 1U);
  EXPECT_FALSE(reporter_.is_busy());
}

TEST_F(ReporterTest, WaitsForARegistryThatTakesNothingNow) {
  failure_ = Code::kUnavailable;
  put("a", CheckStatus::kCritical);
  put("b", CheckStatus::kCritical);
  run_for(*loop_, Millis(1600));
  put("a", CheckStatus::kPassing);  // newer than what waits
  EXPECT_EQ(taken_, Taken{});
  EXPECT_LE(sizes_.size(), 5U);
  failure_.reset();
  run_for(*loop_, Millis(600));
  EXPECT_EQ(taken_, (Taken{"a passes", "b fails"}));
  const std::string log = lines_.str();
  EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;  // once when it began, once when it ended
}

TEST_F(ReporterTest, StopForgetsWhatWaits) {
  failure_ = Code::kUnavailable;
  put("a", CheckStatus::kCritical);
  run_for(*loop_, Millis(100));
  loop_->run_until_done(reporter_.stop());
  failure_.reset();
  put("b", CheckStatus::kCritical);
  run_for(*loop_, Millis(2000));
  EXPECT_EQ(taken_, Taken{});
}

}  // namespace
}  // namespace weft::health
