#include "wire/http1_scan.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire::scan {
namespace {

bool bit(const std::array<std::uint64_t, kChunkBlocks + 1>& words, std::size_t i) {
  return (words[i / 64] >> (i % 64) & 1) != 0;
}

std::string random_bytes(base::Random& random, std::size_t bytes) {
  static constexpr std::string_view kFrequent = "abc:\r\n\t /?#\\\"<>\x7f\x80\x1f\x20\x21";
  std::string out;
  while (out.size() < bytes) {
    out += random.below(4) == 0 ? static_cast<char>(random.below(256))
                                : kFrequent[random.below(kFrequent.size())];
  }
  return out;
}

TEST(ScalarScanner, MarksControlsButTabAndColons) {
  Marks marks;
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    scalar().mark(&byte, 1, marks);
    EXPECT_EQ(bit(marks.control, 0), (c < 0x20 && c != '\t') || c == 0x7f) << c;
    EXPECT_EQ(bit(marks.colon, 0), c == ':') << c;
    const bool ends = c <= 0x20 || c >= 0x7f || std::string_view("\"#<>?\\").contains(byte);
    EXPECT_EQ(scalar().target_end(&byte, 1), ends ? 0U : 1U) << c;
  }
}

TEST(EveryScanner, MarksTheEndOfItsChunk) {
  for (const Scanner* scanner : all()) {
    Marks marks;
    for (std::size_t bytes = 0; bytes <= kChunkBytes; ++bytes) {
      const std::string text(bytes, 'x');
      scanner->mark(text.data(), bytes, marks);
      for (std::size_t i = 0; i < bytes; ++i) {
        ASSERT_FALSE(bit(marks.control, i)) << scanner->name << bytes;
      }
      ASSERT_TRUE(bit(marks.control, bytes)) << scanner->name << bytes;
    }
  }
}

TEST(EveryScanner, AgreesWithTheScalarOneOnRandomBytes) {
  base::Random random(42);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_bytes(random, random.below(kChunkBytes + 1));
    Marks expected;
    scalar().mark(text.data(), text.size(), expected);
    for (const Scanner* scanner : all()) {
      Marks marks;
      scanner->mark(text.data(), text.size(), marks);
      for (std::size_t i = 0; i <= text.size() / 64; ++i) {
        ASSERT_EQ(marks.control[i], expected.control[i]) << scanner->name << round;
        ASSERT_EQ(marks.colon[i], expected.colon[i]) << scanner->name << round;
      }
    }
  }
}

TEST(EveryScanner, FindsTheSameEndOfATarget) {
  base::Random random(43);
  for (int round = 0; round < 3000; ++round) {
    std::string text(random.below(200), 'p');
    if (!text.empty()) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    for (const Scanner* scanner : all()) {
      ASSERT_EQ(scanner->target_end(text.data(), text.size()),
                scalar().target_end(text.data(), text.size()))
          << scanner->name << testing::PrintToString(text);
    }
  }
}

TEST(BestScanner, IsOneOfThose) {
  bool found = false;
  for (const Scanner* scanner : all()) {
    found = found || scanner == &best();
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace weft::wire::scan
