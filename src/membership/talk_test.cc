#include "membership/talk.h"

#include "state/mesh_for_test.h"
#include "state/store_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::membership {
namespace {

using model::CheckStatus;
using state::NodeForTest;
using testing::ElementsAre;

Report tick(std::string output = "well") {
  return {.instance = "web-1",
          .check = "tick",
          .status = CheckStatus::kWarning,
          .output = std::move(output)};
}

class TalkTest : public testing::Test {
 protected:
  void SetUp() override {
    auto first =
        std::make_unique<state::StoreMemory>(state::StoreMemory::Options{.is_shared = true});
    auto second = first->open_beside();
    a_ = std::make_unique<NodeForTest>(loop_, std::move(first), state::State::Options{});
    other_ = std::move(second);
    loop_.run_until_done(a_->start());
    talk_ = std::make_unique<Talk>(loop_, a_->state, a_->log, sinks());
  }
  void TearDown() override {
    loop_.run_until_done(talk_->stop());
    loop_.run_until_done(a_->state.stop());
  }
  Talk::Sinks sinks() {
    return {[this](const Report& report) { reports_.push_back(report); },
            [this](const std::string& session) { renewals_.push_back(session); }};
  }
  // What the other node hears of all that is told, as soon as it is told.
  std::vector<std::string> heard() {
    std::vector<std::string> words;
    while (words.empty()) {
      loop_.turn_once(loop_.now() + base::Millis(5));
      const auto heard = other_->wait_for_later(0, base::Millis(0));
      EXPECT_TRUE(heard);
      words = heard->words;
    }
    return words;
  }

  io::Loop loop_{*io::make_driver(io::DriverKind::kEpoll), "test", 1};
  std::unique_ptr<NodeForTest> a_;
  std::unique_ptr<state::StoreMemory> other_;
  std::unique_ptr<Talk> talk_;
  std::vector<Report> reports_;
  std::vector<std::string> renewals_;
};

TEST_F(TalkTest, ReportsAndRenewalsShareAWordAndAreHeard) {
  talk_->tell(tick());
  talk_->tell_renewal("s1");
  const auto words = heard();
  ASSERT_EQ(words.size(), 1U);
  talk_->hear(words[0]);
  EXPECT_THAT(reports_, ElementsAre(tick()));
  EXPECT_THAT(renewals_, ElementsAre("s1"));
}

TEST_F(TalkTest, WhatIsTooMuchForOneWordTakesMore) {
  for (int i = 0; i < 100; ++i) {
    talk_->tell(tick(std::string(Talk::kOutputBytesMax, '\x01')));
  }
  const auto words = heard();
  EXPECT_GT(words.size(), 10U);
  for (const std::string& word : words) {
    EXPECT_LE(word.size(), state::Store::kWordBytesMax);
    talk_->hear(word);
  }
  EXPECT_EQ(reports_.size(), 100U);
}

TEST_F(TalkTest, NonsenseIsNamedInTheLogAndTakenForNothing) {
  talk_->hear("nonsense");
  EXPECT_TRUE(reports_.empty());
  EXPECT_THAT(a_->log_text.str(), testing::HasSubstr("makes no sense"));
}

}  // namespace
}  // namespace weft::membership
