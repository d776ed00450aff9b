#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace weft::base {
namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(write_json({0.018, 35.0, -2, 1e300, 18446744073709551615U}),
            "[0.018,35.0,-2,1e+300,18446744073709551615]");
}

TEST(Json, WritesNullForANumberJsonDoesNotHave) {
  EXPECT_EQ(write_json({std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::quiet_NaN()}),
            "[null,null]");
}

TEST(Json, EscapesWhatMustBeEscapedAndNothingElse) {
  std::string out;
  append_json_string(out, "a\"b\\c\n\r\t\x01\x1f/\xc3\xa4");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/\xc3\xa4\"");
}

TEST(Json, IndentsForPeople) {
  EXPECT_EQ(write_json({{"a", json::array{1}}, {"b", json::object{}}}, JsonLayout::kIndented),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}");
}

TEST(Json, ReadsBackWhatItWrote) {
  const json::value value = {{"x", {1, 2.5, "t", nullptr, true}}, {"\"", "\n"}};
  const auto again = parse_json(write_json(value));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, value);
}

TEST(Json, MakesAStringOfAnyBytes) {
  const auto written = [](std::string_view bytes) {
    std::string out;
    append_json_bytes(out, bytes);
    return out;
  };
  EXPECT_EQ(written(""), R"("")");
  EXPECT_EQ(written("/a?b=\"c\\d\""), R"("/a?b=\"c\\d\"")");
  EXPECT_EQ(written("\r\n\t\x1b[31m\x7f"), R"("\r\n\t\u001b[31m\u007f")");
  EXPECT_EQ(written(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(written("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"),
            "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"");
  EXPECT_EQ(written("\xc3"), R"("\ufffd")") << "cut within a character";
  EXPECT_EQ(written("\xff\xc0\x80"
                    "a"),
            R"("\ufffd\ufffd\ufffda")")
      << "never UTF-8, overlong";
  EXPECT_EQ(written("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")") << "a surrogate";
  EXPECT_EQ(written("\xc2\x85\xe2\x80\xa8\xe2\x80\xa9"), R"("\u0085\u2028\u2029")");
}

TEST(Json, ReadsBackEveryPairOfBytesMadeAString) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string text;
      append_json_bytes(text, std::string{static_cast<char>(first), static_cast<char>(second)});
      const auto value = parse_json(text);
      ASSERT_TRUE(value && value->is_string()) << first << " " << second << " " << text;
      for (const char c : text) {
        ASSERT_GE(static_cast<unsigned char>(c), 0x20) << first << " " << second;
      }
    }
  }
}

// As by append_json_bytes(), and no byte beyond the room that is asked for.
std::string written_to_memory(std::string_view bytes) {
  std::vector<char> room(json_bytes_max(bytes.size()));
  const char* end = write_json_bytes(room.data(), bytes);
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

void check_escape_at(std::size_t at, std::size_t size, int byte) {
  std::string bytes(size, 'a');
  bytes[at] = static_cast<char>(byte);
  std::string text;
  append_json_bytes(text, bytes);
  EXPECT_EQ(written_to_memory(bytes), text);
  const auto value = parse_json(text);
  ASSERT_TRUE(value) << text;
  const bool kept = byte < 0x80;  // alone, what is above is no UTF-8
  EXPECT_EQ(std::string_view(value->as_string()) == bytes, kept) << byte << " " << at;
}

TEST(Json, FindsWhatNeedsAnEscapeAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::size_t size : {1U, 3U, 7U, 8U, 9U, 15U, 16U, 17U, 20U, 33U}) {
      for (std::size_t at = 0; at < size; ++at) {
        check_escape_at(at, size, byte);
      }
    }
  }
  EXPECT_EQ(written_to_memory(""), R"("")");
}

TEST(Json, RefusesWhatIsNotExactlyOneText) {
  for (const char* text : {"", " ", "{", "{\"a\":1,}", "[1] 2", "'a'", "nul", "// x\n1", "NaN",
                           "\"\xff\"", "\"\x01\"", "01"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code, Code::kInvalid) << text;
    EXPECT_EQ(value.error().side, Side::kClient);
  }
}

TEST(Json, BoundsDepthAndLength) {
  EXPECT_TRUE(parse_json(nested(32)).has_value());
  EXPECT_EQ(parse_json(nested(33)).error().code, Code::kLimit);
  EXPECT_TRUE(parse_json(nested(100), {.depth = 100}).has_value());
  EXPECT_EQ(parse_json("[1]", {.bytes = 2}).error().code, Code::kBodyTooLarge);
}

}  // namespace
}  // namespace weft::base
