#include "io/byte_ring.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace weft::io {
namespace {

bool put(ByteRing& ring, std::string_view message) {
  char* room = ring.try_begin(message.size());
  if (room == nullptr) {
    return false;
  }
  std::memcpy(room, message.data(), message.size());
  ring.publish();
  return true;
}

std::vector<std::string> take_all(ByteRing& ring) {
  std::vector<std::string> out;
  ring.drain([&](std::string_view message) { out.emplace_back(message); });
  return out;
}

TEST(ByteRing, GivesMessagesBackInOrder) {
  ByteRing ring(1000);
  EXPECT_EQ(ring.capacity(), 1024U);
  EXPECT_TRUE(take_all(ring).empty());
  EXPECT_TRUE(put(ring, "one"));
  EXPECT_TRUE(put(ring, ""));
  EXPECT_TRUE(put(ring, std::string(100, 'x')));
  EXPECT_EQ(take_all(ring), (std::vector<std::string>{"one", "", std::string(100, 'x')}));
  EXPECT_TRUE(take_all(ring).empty());
}

TEST(ByteRing, ShowsNothingBeforeItIsPublished) {
  ByteRing ring(64);
  ASSERT_NE(ring.try_begin(3), nullptr);
  EXPECT_TRUE(take_all(ring).empty());
  EXPECT_TRUE(put(ring, "abc")) << "what was begun and not published is begun anew";
  EXPECT_EQ(take_all(ring), (std::vector<std::string>{"abc"}));
}

TEST(ByteRing, RefusesWhatDoesNotFitAndTakesItAfterTheReaderCame) {
  ByteRing ring(64);
  const std::string whole(ring.message_bytes_max(), 'a');
  EXPECT_TRUE(put(ring, whole));
  EXPECT_TRUE(ring.is_half_full() == false) << "exactly half is not more than half";
  EXPECT_TRUE(put(ring, whole));
  EXPECT_TRUE(ring.is_half_full());
  EXPECT_FALSE(put(ring, ""));
  EXPECT_EQ(take_all(ring).size(), 2U);
  EXPECT_FALSE(ring.is_half_full());
  EXPECT_TRUE(put(ring, whole));
  EXPECT_FALSE(put(ring, whole + "a")) << "too long for ever";
}

TEST(ByteRing, TakesTheLongestMessageWhereverAnEmptyRingStands) {
  for (std::size_t before = 0; before < 16; ++before) {
    ByteRing ring(128);
    for (std::size_t i = 0; i < before; ++i) {
      ASSERT_TRUE(put(ring, ""));
      ASSERT_EQ(take_all(ring).size(), 1U);
    }
    EXPECT_TRUE(put(ring, std::string(ring.message_bytes_max(), 'x'))) << before;
    EXPECT_EQ(take_all(ring).size(), 1U);
  }
}

// Against a queue that knows no memory: the same messages, whatever the sizes and the turns.
TEST(ByteRing, LosesAndInventsNothing) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    base::Random random(seed);
    ByteRing ring(512);
    std::deque<std::string> expected;
    std::size_t refused = 0;
    for (int step = 0; step < 2000; ++step) {
      if (random.below(4) != 0) {
        const std::string message(random.below(ring.message_bytes_max() + 1),
                                  static_cast<char>('a' + random.below(26)));
        if (put(ring, message)) {
          expected.push_back(message);
        } else {
          ++refused;
          ASSERT_FALSE(expected.empty())
              << "seed " << seed << ": an empty ring takes every message";
        }
        continue;
      }
      for (const std::string& message : take_all(ring)) {
        ASSERT_FALSE(expected.empty()) << "seed " << seed;
        ASSERT_EQ(message, expected.front()) << "seed " << seed;
        expected.pop_front();
      }
      ASSERT_TRUE(expected.empty()) << "seed " << seed;
    }
    EXPECT_GT(refused, 0U) << "seed " << seed;
  }
}

TEST(ByteRing, CarriesMessagesBetweenTwoThreads) {
  constexpr std::uint64_t kMessages = 200'000;
  ByteRing ring(4096);
  std::jthread writer([&ring] {
    for (std::uint64_t number = 0; number < kMessages;) {
      // The length follows from the number, so that a torn message is seen.
      std::string message(8 + number % 300, static_cast<char>(number));
      std::memcpy(message.data(), &number, sizeof number);
      number += put(ring, message) ? 1U : 0U;
      if (ring.is_half_full()) {
        std::this_thread::yield();
      }
    }
  });
  std::uint64_t next = 0;
  bool intact = true;
  while (next < kMessages && intact) {
    const std::size_t count = ring.drain([&](std::string_view message) {
      std::uint64_t number = 0;
      std::memcpy(&number, message.data(), sizeof number);
      intact = intact && number == next && message.size() == 8 + number % 300 &&
               (message.size() == 8 || message.back() == static_cast<char>(number));
      ++next;
    });
    if (count == 0) {
      std::this_thread::yield();
    }
  }
  EXPECT_TRUE(intact) << "at message " << next;
  EXPECT_EQ(next, kMessages);
}

}  // namespace
}  // namespace weft::io
