// What is sent while a driver resumes its waiters: together, and like any other send otherwise.
#include "io/send_group.h"

#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace weft::io {
namespace {

using base::Code;

// The server's end of a stream that answers the first thing it hears.
struct Answerer {
  Socket socket;
  std::string answer = "answer";
  Socket* cancels_first = nullptr;  // before it answers
  Socket* cancels_then = nullptr;   // after
  std::vector<std::string>* events = nullptr;
  std::string name;
  base::Result<void> sent;
};

Task<void> answer_once(Answerer* self) {
  std::array<char, 8> heard{};
  const auto count = co_await self->socket.recv(heard, base::kNever);
  EXPECT_TRUE(count);
  if (self->cancels_first != nullptr) {
    self->cancels_first->cancel_waits();
  }
  self->events->push_back("asks " + self->name);
  self->sent = co_await self->socket.send(self->answer, base::kNever);
  self->events->push_back("goes on " + self->name);
  if (self->cancels_then != nullptr) {
    self->cancels_then->cancel_waits();
  }
}

Task<void> read_into(Socket* socket, std::string* got, std::size_t wanted) {
  std::vector<char> into(std::size_t{64} << 10);
  while (got->size() < wanted) {
    const auto count = co_await socket->recv(into, base::kNever);
    if (!count || *count == 0) {
      co_return;
    }
    got->append(into.data(), *count);
  }
}

class SendGroupTest : public testing::TestWithParam<const char*> {
 protected:
  // Streams whose server ends wait, and whose clients then speak, all before the next turn.
  void make(std::size_t count) {
    answerers_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      StreamPair pair = make_pair_for_test(*loop_);
      clients_.push_back(std::move(pair.client));
      answerers_[i].socket = std::move(pair.server);
      answerers_[i].events = &events_;
      answerers_[i].name = std::to_string(i);
    }
  }
  void speak() {
    for (Answerer& answerer : answerers_) {
      scope_.spawn("answerer", answer_once(&answerer));
    }
    turn();  // the kernel knows of the receives
    for (Socket& client : clients_) {
      loop_->run_until_done(send_text(&client, "x"));
    }
  }
  void turn() { loop_->turn_once(loop_->now() + base::Millis(1)); }
  void turn_until_done() {
    while (scope_.size() > 0) {
      turn();
    }
  }
  std::string heard_by(std::size_t client, std::size_t bytes) {
    std::string got;
    loop_->run_until_done(read_into(&clients_[client], &got, bytes));
    return got;
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  std::vector<Socket> clients_;
  std::vector<Answerer> answerers_;
  std::vector<std::string> events_;
  TaskScope scope_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, SendGroupTest, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& driver) { return std::string(driver.param); });

TEST_P(SendGroupTest, SmallSendsOfATurnAreAllMadeBeforeAnyoneGoesOn) {
  make(3);
  speak();
  turn_until_done();
  EXPECT_EQ(events_, (std::vector<std::string>{"asks 0", "asks 1", "asks 2", "goes on 0",
                                               "goes on 1", "goes on 2"}));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(answerers_[i].sent);
    EXPECT_EQ(heard_by(i, 6), "answer");
  }
}

TEST_P(SendGroupTest, AFullGroupLeavesBeforeTheTurnEnds) {
  make(SendGroup::kLooksMax + 4);
  speak();
  turn_until_done();
  const auto first_on = std::find(events_.begin(), events_.end(), "goes on 0");
  EXPECT_LE(first_on - events_.begin(), static_cast<std::ptrdiff_t>(SendGroup::kLooksMax));
  for (std::size_t i = 0; i < answerers_.size(); ++i) {
    EXPECT_EQ(heard_by(i, 6), "answer");
  }
}

TEST_P(SendGroupTest, ALongSendGoesAtOnce) {
  make(2);
  answerers_[0].answer = std::string(SendGroup::kBytesMax + 1, 'a');
  speak();
  turn_until_done();
  EXPECT_EQ(events_, (std::vector<std::string>{"asks 0", "goes on 0", "asks 1", "goes on 1"}));
  EXPECT_EQ(heard_by(0, SendGroup::kBytesMax + 1), answerers_[0].answer);
}

// As a send with room was always done before anybody could cancel it: the last words of a tunnel
// whose other direction fails in the same turn.
TEST_P(SendGroupTest, WhatIsCancelledWhileItGathersIsSentFirst) {
  make(2);
  answerers_[1].cancels_first = &answerers_[0].socket;
  speak();
  turn_until_done();
  EXPECT_EQ(events_, (std::vector<std::string>{"asks 0", "goes on 0", "asks 1", "goes on 1"}));
  EXPECT_TRUE(answerers_[0].sent);
  EXPECT_EQ(heard_by(0, 6), "answer");
  EXPECT_EQ(heard_by(1, 6), "answer");
}

TEST_P(SendGroupTest, AfterManyLooksAtOthersItLeaves) {
  make(SendGroup::kLooksMax + 4);
  for (std::size_t i = 1; i < answerers_.size(); ++i) {
    answerers_[i].answer = std::string(SendGroup::kBytesMax + 1, 'a');
  }
  speak();
  turn_until_done();
  const auto first_on = std::find(events_.begin(), events_.end(), "goes on 0");
  EXPECT_LE(first_on - events_.begin(), static_cast<std::ptrdiff_t>(2 * SendGroup::kLooksMax));
}

TEST_P(SendGroupTest, WhatHasLeftKeepsItsResultWhenItIsCancelledThen) {
  make(2);
  answerers_[0].cancels_then = &answerers_[1].socket;
  speak();
  turn_until_done();
  EXPECT_EQ(events_.size(), 4U);
  EXPECT_TRUE(answerers_[1].sent);
  EXPECT_EQ(heard_by(1, 6), "answer");
}

Task<void> answer_always(Answerer* self, std::size_t* answered) {
  for (;;) {
    std::array<char, 8> heard{};
    const auto count = co_await self->socket.recv(heard, base::kNever);
    if (!count || *count == 0) {
      co_return;
    }
    EXPECT_TRUE(co_await self->socket.send(self->answer, base::kNever));
    ++*answered;
  }
}

TEST_P(SendGroupTest, WithoutRoomItWaitsAndArrivesWhole) {
  make(1);
  answerers_[0].answer = std::string(SendGroup::kBytesMax, 'a');
  std::size_t asked = 0;
  std::size_t answered = 0;
  scope_.spawn("answerer", answer_always(&answerers_[0], &answered));
  turn();
  while (asked == answered && asked < 10'000) {  // nobody reads, so there is an end to the room
    loop_->run_until_done(send_text(&clients_[0], "x"));
    ++asked;
    for (int i = 0; i < 3 && answered < asked; ++i) {
      turn();
    }
  }
  ASSERT_EQ(answered, asked - 1);
  EXPECT_EQ(heard_by(0, asked * SendGroup::kBytesMax),
            std::string(asked * SendGroup::kBytesMax, 'a'));
  EXPECT_EQ(answered, asked);
  clients_[0].close();
  turn_until_done();
}

// The reset has come before the send, and nobody was told of it yet.
TEST_P(SendGroupTest, APeerThatHasLeftFailsItAndNothingWasSent) {
  make(2);
  loop_->run_until_done(send_text(&answerers_[0].socket, "unread"));
  speak();
  clients_[0].close();  // with bytes unread: a reset
  turn_until_done();
  ASSERT_FALSE(answerers_[0].sent);
  EXPECT_EQ(answerers_[0].sent.error().code, Code::kReset);
  EXPECT_EQ(answerers_[0].sent.error().retry, base::Retry::kSafe);
  EXPECT_EQ(heard_by(1, 6), "answer");
}

}  // namespace
}  // namespace weft::io
