#include "io/buffer.h"

#include <gtest/gtest.h>

#include <cstring>

namespace weft::io {
namespace {

void write(Buffer& buffer, std::string_view bytes) {
  ASSERT_LE(bytes.size(), buffer.tail_room());
  std::memcpy(buffer.tail(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
}

TEST(BufferTest, AFreshBufferKeepsRoomInFront) {
  BufferPool pool;
  Buffer buffer = pool.take();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.head_room(), Buffer::kHeadroom);
  EXPECT_EQ(buffer.tail_room(), BufferPool::kSmallBytes - Buffer::kHeadroom);
  EXPECT_EQ(pool.take(BufferPool::Size::kBulk).capacity(), BufferPool::kBulkBytes);
}

TEST(BufferTest, BytesAreConsumedPrependedAndMovedToTheFront) {
  BufferPool pool;
  Buffer buffer = pool.take();
  write(buffer, "headbody");
  buffer.consume(4);
  EXPECT_EQ(buffer.view(), "body");
  std::memcpy(buffer.prepend(5), "HEAD:", 5);
  EXPECT_EQ(buffer.view(), "HEAD:body");
  EXPECT_EQ(buffer.head_room(), Buffer::kHeadroom - 1);
  buffer.consume(7);
  buffer.compact();
  EXPECT_EQ(buffer.view(), "dy");
  EXPECT_EQ(buffer.head_room(), Buffer::kHeadroom);
  buffer.consume(2);
  EXPECT_EQ(buffer.tail_room(), BufferPool::kSmallBytes - Buffer::kHeadroom);
}

TEST(BufferTest, ABufferWithoutMemoryIsEmptyAndHasNoRoom) {
  Buffer buffer;
  buffer.consume(0);
  buffer.clear();
  buffer.compact();
  EXPECT_FALSE(buffer);
  EXPECT_EQ(buffer.view(), "");
  EXPECT_EQ(buffer.tail_room(), 0U);
  EXPECT_EQ(buffer.head_room(), 0U);
}

TEST(BufferPoolTest, TheHottestMemoryIsUsedAgainFirst) {
  BufferPool pool;
  Buffer first = pool.take();
  Buffer second = pool.take();
  const char* const hot = second.data();
  EXPECT_EQ(pool.in_use(), 2U);
  first.reset();
  second.reset();
  EXPECT_EQ(pool.in_use(), 0U);
  EXPECT_EQ(pool.bytes_kept(), 2 * BufferPool::kSmallBytes);
  const Buffer again = pool.take();
  EXPECT_EQ(again.view().data(), hot);
}

TEST(BufferPoolTest, CountsWhatIsOutBySize) {
  BufferPool pool;
  const Buffer small = pool.take();
  Buffer bulk = pool.take(BufferPool::Size::kBulk);
  EXPECT_EQ(pool.in_use(BufferPool::Size::kSmall), 1U);
  EXPECT_EQ(pool.in_use(BufferPool::Size::kBulk), 1U);
  bulk.reset();
  EXPECT_EQ(pool.in_use(BufferPool::Size::kBulk), 0U);
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(BufferPoolTest, MovingABufferMovesItsMemory) {
  BufferPool pool;
  Buffer from = pool.take();
  write(from, "x");
  Buffer to = std::move(from);
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move): a moved buffer is empty by contract
  EXPECT_EQ(to.view(), "x");
  to = pool.take();
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(BufferPoolTest, ABurstGoesBackToTheHeapBeyondTheBound) {
  BufferPool pool;
  std::vector<Buffer> many;
  many.reserve(2000);
  for (int i = 0; i < 2000; ++i) {
    many.push_back(pool.take());
  }
  many.clear();
  EXPECT_EQ(pool.bytes_kept(), 1024 * BufferPool::kSmallBytes);
}

}  // namespace
}  // namespace weft::io
