// Texts that are no filters, and where they say so. The words are those of go-bexpr 0.1.2, which
// tells no place for what is wrong with a selector, an operator or a value.
#include "api/kit/filter_for_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::kit {
namespace {

struct BadFilter {
  std::string_view text;
  std::size_t column;
  std::string_view message;  // of which it is the beginning
};

void expect_bad(const std::vector<BadFilter>& cases) {
  for (const BadFilter& each : cases) {
    const auto filter = compile_filter<kOddForFilter>(each.text);
    ASSERT_FALSE(filter.has_value()) << each.text;
    EXPECT_EQ(filter.error().column, each.column) << each.text;
    EXPECT_TRUE(filter.error().message.starts_with(each.message))
        << each.text << "\n  " << filter.error().message << "\n  " << each.message;
  }
}

std::string message_of(std::string_view text) {
  const auto filter = compile_filter<kOddForFilter>(text);
  return filter ? "" : filter.error().message;
}

bool is_visible(char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; }

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += text;
  }
  return out;
}

constexpr std::string_view kStart =
    R"("(", "-", "0", "\"", "`", "not", [ \t\r\n], [1-9] or [a-zA-Z])";
constexpr std::string_view kOperator =
    R"("!=", "==", "contains", "in", "is", "matches", "not" or [ \t\r\n])";

TEST(FilterErrors, SayWhatWasExpectedAtTheFurthestPlace) {
  const std::string start = "no match found, expected: " + std::string(kStart);
  const std::string op = "no match found, expected: " + std::string(kOperator);
  const std::string after_name = R"("!=", ".", "==", "[", [ \t\r\n] or [a-zA-Z0-9_])";
  EXPECT_EQ(message_of(""), "1:1 (0): " + start);
  EXPECT_EQ(message_of(" "), "1:2 (1): " + start);
  EXPECT_EQ(message_of("()"), "1:2 (1): " + start);
  EXPECT_EQ(message_of("not ( "), "1:7 (6): " + start);
  EXPECT_EQ(message_of("Text = text"), "1:6 (5): " + op);
  EXPECT_EQ(message_of("Text == text and and Int == -5"), "1:22 (21): " + op);
  EXPECT_EQ(message_of("Text"), "1:5 (4): no match found, expected: " + after_name);
  EXPECT_EQ(message_of("not(Text == text)"), "1:4 (3): no match found, expected: " + after_name);
}

TEST(FilterErrors, SayWhatWasExpectedAfterAnOperator) {
  expect_bad({
      {"Text ==", 8,
       R"(1:8 (7): no match found, expected: "-", "0", "\"", "`", [ \t\r\n], [1-9] or [a-zA-Z])"},
      {"Text == 'text'", 9, R"(1:9 (8): no match found, expected: "-", "0",)"},
      {"Text is", 8, R"(1:8 (7): no match found, expected: [ \t\r\n])"},
      {"Text is x", 9, R"(1:9 (8): no match found, expected: "empty", "not" or [ \t\r\n])"},
      {"List is not x", 13, R"(1:13 (12): no match found, expected: "empty" or [ \t\r\n])"},
      {"List not empty", 10, R"(1:10 (9): no match found, expected: "contains", "in", "matches")"},
      {"List contains\"a\"", 14, R"(1:14 (13): no match found, expected: [ \t\r\n])"},
      {"\"a\" == Text", 5, R"(1:5 (4): no match found, expected: "in", "not" or [ \t\r\n])"},
      {"-5 == Int", 4, R"(1:4 (3): no match found, expected: "in", "not" or [ \t\r\n])"},
      {"Int == - 5", 9, R"(1:9 (8): no match found, expected: "0" or [1-9])"},
      {"Int == 5)", 9, R"(1:9 (8): no match found, expected: ".", [ \t\r\n], [0-9] or EOF)"},
  });
}

TEST(FilterErrors, SayWhatWasExpectedAfterAComparison) {
  expect_bad({
      {"Text == text)", 13,
       R"(1:13 (12): no match found, expected: ".", "[", [ \t\r\n], [a-zA-Z0)"},
      {"Text == \"text\" x", 16,
       R"(1:16 (15): no match found, expected: "and", "or", [ \t\r\n] or)"},
      {"List is empty x", 15,
       R"(1:15 (14): no match found, expected: "and", "or", [ \t\r\n] or EOF)"},
      {"Text == text AND Int == 1", 14, R"(1:14 (13): no match found, expected: "and", "or",)"},
      {"Text == text or", 16, R"(1:16 (15): no match found, expected: [ \t\r\n])"},
      {"(Text == text)and(Int == -5)", 15,
       R"(1:15 (14): no match found, expected: [ \t\r\n] or EOF)"},
      {"(Text == text) and(Int == -5)", 19, R"(1:19 (18): no match found, expected: [ \t\r\n])"},
      {"Text == text & Int == -5", 14, R"(1:14 (13): no match found, expected: "and", "or",)"},
  });
}

TEST(FilterErrors, SayWhatIsWrongWithinAWord) {
  expect_bad({
      {"(Text == text", 14, R"(1:14 (13): rule "grouping": Unmatched parentheses)"},
      {"(Text == text and)", 15, R"(1:15 (14): rule "grouping": Unmatched parentheses)"},
      {"Text == \"text", 14, R"(1:14 (13): rule "string": Unterminated string literal)"},
      {"`a in List", 11, R"(1:11 (10): rule "string": Unterminated string literal)"},
      {R"(Text == "te\"xt")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\q")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\'")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\xf")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\400")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\18")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\ud800")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\U00110000")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {R"(Text == "\U0-000078")", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {"Text == \"a\nb\"", 9, R"(1:9 (8): rule "string": invalid syntax)"},
      {"Int == 05", 9, R"(1:9 (8): rule "number": Invalid number literal)"},
      {"Int == 1.", 9, R"(1:9 (8): rule "number": Invalid number literal)"},
      {"Int == 0x10", 9, R"(1:9 (8): rule "number": Invalid number literal)"},
      {"Int == -5x", 10, R"(1:10 (9): rule "number": Invalid number literal)"},
      {"1.5.5 in List", 4, R"(1:4 (3): rule "number": Invalid number literal)"},
  });
}

TEST(FilterErrors, SayWhatIsWrongWithinASelector) {
  expect_bad({
      {"a in \"List\"", 6, R"(1:6 (5): rule "match": Invalid selector)"},
      {"Int in 5", 8, R"(1:8 (7): rule "match": Invalid selector)"},
      {"x in ", 6, R"(1:6 (5): rule "match": Invalid selector)"},
      {"Map[k] == v", 5, R"(1:5 (4): rule "index": Invalid index)"},
      {"Map[] == v", 5, R"(1:5 (4): rule "index": Invalid index)"},
      {"Map[\"k\" == v", 9, R"(1:9 (8): rule "index": Unclosed index expression)"},
      {"Map[\"k", 7, R"(1:7 (6): rule "string": Unterminated string literal)"},
      {"Map[\"k\\q\"] == v", 5, R"(1:5 (4): rule "string": invalid syntax)"},
      {"Map..k == v", 5, R"(1:5 (4): no match found, expected: [a-zA-Z])"},
      {"Map.1k == v", 5, R"(1:5 (4): no match found, expected: [a-zA-Z])"},
      {"Map.k/x == v", 6, R"(1:6 (5): no match found, expected: "!=", ".", "==", "[",)"},
      {"Map . k == v", 5, "1:5 (4): no match found, expected: \"!=\", \"==\", \"contains\""},
      {"_Map == v", 1, "1:1 (0): no match found"},
      {"\"/Text\" == text", 9, R"(1:9 (8): no match found, expected: "in", "not" or)"},
      {"any List as x { x == \"a\" }", 5, "1:5 (4): no match found, expected: \"!=\", \"==\""},
  });
}

TEST(FilterErrors, CountLinesAndCharacters) {
  expect_bad({
      {"Text == \"\xc3\xa9\" x", 13, "1:13 (13): no match found"},
      {"Text == text\nand\nx", 2, "3:2 (18): no match found"},
      {"Text == text\n and \xc3\xa9", 6, "2:6 (18): no match found"},
      {"Text == text and\n\n  Nope == 1", 3, "3:3 (20): Selector \"Nope\" is not valid"},
      // chosen: a line feed ends its line; go-bexpr puts it on column 0 of the next.
      {"Text.\nx == text", 6, "1:6 (5): no match found, expected: [a-zA-Z]"},
  });
}

TEST(FilterErrors, NameASelectorThatTheTypeDoesNotHave) {
  expect_bad({
      {"Nope == 1", 1, R"(1:1 (0): Selector "Nope" is not valid)"},
      {"nope.x == 1", 1, R"(1:1 (0): Selector "nope" is not valid)"},
      {"text == text", 1, R"(1:1 (0): Selector "text" is not valid)"},
      {"Text == text and Box.x == 1", 22, R"(1:22 (21): Selector "Box.x" is not valid)"},
      {"Text.x == text", 6, R"(1:6 (5): Selector "Text.x" is not valid)"},
      {"Text[\"x\"] == text", 6, R"(1:6 (5): Selector "Text.x" is not valid)"},
      {"Map.k.x == v", 7, R"(1:7 (6): Selector "Map.k.x" is not valid)"},
      {"List.x == v", 6, R"(1:6 (5): Selector "List.x" is not valid)"},
      {"Rows[\"0\"].Passing == 1", 6, R"(1:6 (5): Selector "Rows.0" is not valid)"},
      {"Deep.Checks.Nope == 1", 13, R"(1:13 (12): Selector "Deep.Checks.Nope" is not valid)"},
      {"a in nope", 6, R"(1:6 (5): Selector "nope" is not valid)"},
      {"notText == text", 1, R"(1:1 (0): Selector "notText" is not valid)"},
      {"not in in", 8, R"(1:8 (7): Selector "in" is not valid)"},
      {"Box[\"a\nb\\n\"] == 1", 5, "1:5 (4): rule \"string\": invalid syntax"},
      {"Box[`a\nb`] == 1", 5, R"(1:5 (4): Selector "Box.a\nb" is not valid)"},
  });
}

TEST(FilterErrors, NameAnOperatorThatTheKindDoesNotTake) {
  expect_bad({
      {"Int matches \"8\"", 5, R"(1:5 (4): Invalid match operator "Matches" for selector "Int")"},
      {"Int not matches 8", 5, R"(1:5 (4): Invalid match operator "Not Matches" for selector)"},
      {"Int is empty", 5, R"(1:5 (4): Invalid match operator "Is Empty" for selector "Int")"},
      {"5 in Int", 3, R"(1:3 (2): Invalid match operator "In" for selector "Int")"},
      {"Flag contains true", 6, R"(1:6 (5): Invalid match operator "In" for selector "Flag")"},
      {"Text is empty", 6, R"(1:6 (5): Invalid match operator "Is Empty" for selector "Text")"},
      {"Map.k is not empty", 7, R"(1:7 (6): Invalid match operator "Is Not Empty" for)"},
      {"List == a", 6, R"(1:6 (5): Invalid match operator "Equal" for selector "List")"},
      {"List != a", 6, R"(1:6 (5): Invalid match operator "Not Equal" for selector "List")"},
      {"List matches a", 6, R"(1:6 (5): Invalid match operator "Matches" for selector "List")"},
      {"Map == a", 5, R"(1:5 (4): Invalid match operator "Equal" for selector "Map")"},
      {"Rows contains x", 6, R"(1:6 (5): Invalid match operator "In" for selector "Rows")"},
      {"x not in Rows", 3, R"(1:3 (2): Invalid match operator "Not In" for selector "Rows")"},
      {"Rows.Passing contains 1", 14, R"(1:14 (13): Invalid match operator "In" for)"},
      {"Box is empty", 5, R"(1:5 (4): Invalid match operator "Is Empty" for selector "Box")"},
      {"Box == 1", 5, R"(1:5 (4): Invalid match operator "Equal" for selector "Box")"},
      {"Addrs.lan == x", 11, R"(1:11 (10): Invalid match operator "Equal" for selector)"},
  });
}

TEST(FilterErrors, NameAValueThatIsNoneOfTheType) {
  const std::string_view integer = "1:8 (7): Failed to coerce value";
  expect_bad({
      {"Int == eight", 8,
       R"(1:8 (7): Failed to coerce value "eight" for selector "Int": not an integer of 64 bits)"},
      {"Int == 5.5", 8, integer},
      {"Int == \"\"", 8, integer},
      {"Int == \" 5\"", 8, integer},
      {"Int == \"--5\"", 8, integer},
      {"Int == \"0x\"", 8, integer},
      {"Int == \"08\"", 8, integer},
      {"Int == \"0_x5\"", 8, integer},
      {"Int == \"_5\"", 8, integer},
      {"Int == \"5_\"", 8, integer},
      {"Int == \"1__0\"", 8, integer},
      {"Int == 9223372036854775808", 8, integer},
      {"Int == -9223372036854775809", 8, integer},
      {"Int == \"0xFFFFFFFFFFFFFFFF\"", 8, integer},
      {"x in Ints", 1, R"(1:1 (0): Failed to coerce value "x" for selector "Ints")"},
      {"Ints contains x", 15, R"(1:15 (14): Failed to coerce value "x" for selector "Ints")"},
      {"Counts.j == x", 13, R"(1:13 (12): Failed to coerce value "x" for selector "Counts.j")"},
      {"Flag == no", 9,
       R"(1:9 (8): Failed to coerce value "no" for selector "Flag": not true or false)"},
      {"Flag == tRue", 9, R"(1:9 (8): Failed to coerce value "tRue")"},
      {"Flag == \"true \"", 9, R"(1:9 (8): Failed to coerce value "true ")"},
  });
}

TEST(FilterErrors, NameAPatternThatIsNone) {
  EXPECT_EQ(message_of("Text matches \"(\""),
            R"(1:14 (13): Failed to compile regular expression "(": missing ))");
  EXPECT_EQ(message_of("Text matches `[\n`"),
            R"(1:14 (13): Failed to compile regular expression "[\n": missing ])");
  expect_bad({
      {"Text matches `(?=t)`", 14, "1:14 (13): Failed to compile regular expression \"(?=t)\": "},
      {"Text matches `t{1001}`", 14, "1:14 (13): Failed to compile regular expression"},
      {"Text matches \"\\xff\"", 14, "1:14 (13): Failed to compile regular expression"},
      {"Text matches `((\\pL{100}){9}|(\\pN{100}){9})`", 14,
       "1:14 (13): Failed to compile regular expression"},
  });
}

TEST(FilterErrors, TellOfTheFirstOfSeveral) {
  expect_bad({
      {"Nope == 1 and (", 16, "1:16 (15): no match found"},
      {"Int == x and Nope == 1", 8, "1:8 (7): Failed to coerce"},
      {"Text == text and Nope == 1 or Int == x", 18, "1:18 (17): Selector"},
      {R"(Text == "\q" and Text == "\w")", 9, "1:9 (8): rule \"string\""},
      {"not (not Nope == 1) or Other == 2", 10, "1:10 (9): Selector \"Nope\""},
  });
}

TEST(FilterErrors, RefuseWhatIsNoUtf8) {
  expect_bad({{"Text == \"\xff\"", 10, "1:10 (9): invalid encoding"},
              {"Text\xc3", 5, "1:5 (4): invalid encoding"}});
}

TEST(FilterErrors, StayOnOneLine) {
  for (const std::string_view text :
       {"Text == \n'", "Map[`\n\r\x01\x7f`].x == 1", "Int == `\n`", "Text matches `(?\n)`",
        "Text matches \"\\x00(\"", "Text\x01", "Int == `\xc8\xbd\n`"}) {
    const std::string message = message_of(text);
    EXPECT_FALSE(message.empty()) << text;
    EXPECT_TRUE(std::ranges::all_of(message, is_visible)) << message;
  }
}

TEST(FilterErrors, RefuseMoreBytesThanTheLimit) {
  const std::string longest = "Text == \"" + repeated("x", kFilterBytesMax - 10) + "\"";
  EXPECT_EQ(message_of(longest), "");
  EXPECT_EQ(message_of(longest + " "), "1:1 (0): longer than 8192 bytes");
  EXPECT_EQ(message_of(repeated("(", 1'000'000)), "1:1 (0): longer than 8192 bytes");
}

TEST(FilterErrors, RefuseMoreDepthThanTheLimit) {
  const auto parentheses = [](std::size_t depth) {
    return repeated("(", depth) + "Text == text" + repeated(")", depth);
  };
  EXPECT_EQ(message_of(parentheses(kFilterDepthMax)), "");
  EXPECT_EQ(message_of(parentheses(kFilterDepthMax + 1)), "1:66 (65): more than 64 levels deep");
  EXPECT_EQ(message_of(repeated("(", kFilterBytesMax)), "1:66 (65): more than 64 levels deep");
  EXPECT_EQ(message_of(repeated("not ", kFilterDepthMax) + "Text == text"), "");
  EXPECT_EQ(message_of(repeated("not ", kFilterDepthMax + 1) + "Text == text"),
            "1:261 (260): more than 64 levels deep");
}

TEST(FilterErrors, CountNoDepthForWhatStandsSideBySide) {
  EXPECT_EQ(message_of(repeated("Text == text and ", 200) + "(Int == 1)"), "");
  EXPECT_EQ(message_of(repeated("(not Int == 1) or ", 200) + "(Int == 1)"), "");
}

TEST(FilterErrors, RefuseMorePatternsThanTheLimit) {
  const std::string most =
      repeated("Text matches a or ", kFilterPatternsMax - 1) + "Text matches b";
  EXPECT_EQ(message_of(most), "");
  EXPECT_EQ(message_of(most + " or Text matches c"),
            "1:582 (581): more than 32 regular expressions");
}

}  // namespace
}  // namespace weft::api::kit
