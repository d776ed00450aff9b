// Which buffers a stream's bytes come in, when they come in bulk again and again.
#include "io/driver_fixture_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::io {
namespace {

// More than a small buffer, and little enough for the window of a fresh connection.
constexpr std::size_t kAnswerBytes = 40'000;

Task<void> receive_whole(Socket* socket, std::size_t wanted, std::vector<std::size_t>* pieces) {
  std::size_t got = 0;
  while (got < wanted) {
    Buffer buffer;
    const auto count = co_await socket->recv_pooled(buffer, base::kNever);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    EXPECT_EQ(buffer.view(), std::string(*count, 'b'));
    got += *count;
    pieces->push_back(*count);
  }
}

Task<void> await_bulk(Socket* socket, Buffer* buffer, base::Nanos patience, base::Code* code) {
  *code = code_for_test(co_await socket->recv_pooled(*buffer, socket->loop().now() + patience));
}

class DriverBulk : public testing::TestWithParam<const char*> {
 protected:
  // All of it is there before anybody receives.
  std::vector<std::size_t> pieces_of(std::size_t bytes) {
    loop_->run_until_done(send_text(&pair_.server, std::string(bytes, 'b')));
    std::vector<std::size_t> pieces;
    loop_->run_until_done(receive_whole(&pair_.client, bytes, &pieces));
    return pieces;
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  StreamPair pair_ = make_pair_for_test(*loop_);
};

INSTANTIATE_TEST_SUITE_P(Drivers, DriverBulk, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& driver) { return std::string(driver.param); });

TEST_P(DriverBulk, WhatIsAsLargeAsTheLastComesInOnePiece) {
  pieces_of(kAnswerBytes);
  EXPECT_EQ(pieces_of(kAnswerBytes), std::vector<std::size_t>{kAnswerBytes});
  EXPECT_EQ(pieces_of(kAnswerBytes), std::vector<std::size_t>{kAnswerBytes});
}

TEST_P(DriverBulk, AfterLittleASmallBufferIsEnoughAgain) {
  pieces_of(kAnswerBytes);
  EXPECT_EQ(pieces_of(100), std::vector<std::size_t>{100});
  Buffer buffer;
  base::Code code{};
  TaskScope scope;
  scope.spawn("receiver", await_bulk(&pair_.client, &buffer, base::Seconds(5), &code));
  loop_->run_until_done(send_text(&pair_.server, "bbb"));
  loop_->run_until_done(scope.join());
  EXPECT_EQ(buffer.view(), "bbb");
  EXPECT_EQ(buffer.capacity(), BufferPool::kSmallBytes);
}

TEST_P(DriverBulk, AWaitForBulkHoldsNoMemoryAndEndsLikeAnyOther) {
  pieces_of(kAnswerBytes);
  const std::size_t held = loop_->buffers().in_use();
  Buffer buffer;
  base::Code code{};
  TaskScope scope;
  scope.spawn("receiver", await_bulk(&pair_.client, &buffer, base::Millis(20), &code));
  loop_->turn_once(loop_->now() + base::Millis(1));
  EXPECT_EQ(loop_->buffers().in_use(), held);
  loop_->run_until_done(scope.join());
  EXPECT_EQ(code, base::Code::kTimeout);
  EXPECT_FALSE(buffer);
  EXPECT_EQ(pieces_of(kAnswerBytes), std::vector<std::size_t>{kAnswerBytes});
  pair_.server.close();
  loop_->run_until_done(await_bulk(&pair_.client, &buffer, base::Seconds(5), &code));
  EXPECT_EQ(code, base::Code::kInternal);  // a result: the end of the stream
  EXPECT_FALSE(buffer);
}

// A request's head may grow on its way, and needs room before what came with it.
TEST_P(DriverBulk, WhatAClientSendsComesInSmallBuffers) {
  std::swap(pair_.client, pair_.server);
  pieces_of(kAnswerBytes);
  EXPECT_GT(pieces_of(kAnswerBytes).size(), 1U);
}

TEST_P(DriverBulk, WithManyLargeBuffersInUseItComesInSmallOnes) {
  pieces_of(kAnswerBytes);
  std::vector<Buffer> held;
  while (held.size() < BufferPool::kBulkAheadMax) {
    held.push_back(loop_->buffers().take(BufferPool::Size::kBulk));
  }
  EXPECT_GT(pieces_of(kAnswerBytes).size(), 1U);
}

}  // namespace
}  // namespace weft::io
