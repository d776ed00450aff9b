// In which order a driver looks at streams on which something has come.
#include "io/channel_queue.h"
#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

namespace weft::io {
namespace {

// More than a group, and few enough for all to speak within one turn.
constexpr std::size_t kClients = kClientsPerTurn + 16;

// A stream that reads one byte and notes when.
struct Reader {
  Socket socket;
  std::vector<Reader*>* order = nullptr;
  std::vector<Reader>* closes = nullptr;  // the sockets of all of these, when its own byte comes
};

Task<void> read_one(Reader* reader) {
  std::array<char, 8> bytes{};
  const auto count = co_await reader->socket.recv(bytes, base::kNever);
  if (count) {
    reader->order->push_back(reader);
  }
  if (reader->closes != nullptr) {
    for (Reader& other : *reader->closes) {
      if (&other != reader) {
        other.socket.cancel_recv();
        other.socket.close();
      }
    }
  }
}

// Many clients of a listener, all of which have said something before the first turn that looks.
class EpollOrder : public testing::Test {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i <= kClients; ++i) {
      pairs_.push_back(make_pair_for_test(*loop_));
    }
    clients_.resize(kClients);
    for (std::size_t i = 0; i < kClients; ++i) {
      clients_[i].socket = std::move(pairs_[i].server);
      clients_[i].order = &order_;
    }
    answer_.socket = std::move(pairs_[kClients].client);
    answer_.order = &order_;
  }

  void listen_and_say() {
    turn();  // of what making the streams has left behind: each can send at once now
    for (Reader& client : clients_) {
      scope_.spawn("client", read_one(&client));
    }
    scope_.spawn("answer", read_one(&answer_));
    for (std::size_t i = 0; i < kClients; ++i) {
      loop_->run_until_done(send_text(&pairs_[i].client, "x"));
    }
    loop_->run_until_done(send_text(&pairs_[kClients].server, "x"));
  }

  void turn() { loop_->turn_once(loop_->now() + base::Millis(1)); }

  std::unique_ptr<Loop> loop_ = make_loop_for_test("epoll");
  std::vector<StreamPair> pairs_;
  std::vector<Reader> clients_;
  Reader answer_;
  std::vector<Reader*> order_;
  TaskScope scope_;
};

TEST_F(EpollOrder, AnswersGoBeforeClientsAndTheseInSmallGroupsInTheirOrder) {
  listen_and_say();
  ASSERT_TRUE(order_.empty());
  turn();
  ASSERT_EQ(order_.size(), 1 + static_cast<std::size_t>(kClientsPerTurn));
  EXPECT_EQ(order_.front(), &answer_);
  while (order_.size() < 1 + kClients) {
    const std::size_t before = order_.size();
    turn();
    ASSERT_GT(order_.size(), before);
  }
  for (std::size_t i = 0; i < kClients; ++i) {
    EXPECT_EQ(order_[1 + i], &clients_[i]);
  }
}

TEST_F(EpollOrder, AClientThatIsClosedWhileItWaitsForItsTurnIsLeftOut) {
  clients_.front().closes = &clients_;
  listen_and_say();
  while (scope_.size() > 0) {
    turn();
  }
  turn();
  EXPECT_EQ(order_.size(), 2U);
  // Its memory is used again only after it has left the queue.
  StreamPair fresh = make_pair_for_test(*loop_);
  Reader reader{std::move(fresh.server), &order_, nullptr};
  scope_.spawn("fresh", read_one(&reader));
  loop_->run_until_done(send_text(&fresh.client, "x"));
  while (scope_.size() > 0) {
    turn();
  }
  EXPECT_EQ(order_.back(), &reader);
}

}  // namespace
}  // namespace weft::io
