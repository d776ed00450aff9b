#include "cli/table.h"

#include "cli/text_width.h"

#include <gtest/gtest.h>

namespace weft::cli {
namespace {

const Paint kPlainTable(Paint::Colours::kOff);
const Paint kColoured(Paint::Colours::kOn);

TEST(Table, AlignsColumnsToTheirWidestCell) {
  Table table({{"NAME"}, {"COUNT", Align::kRight}, {"NOTE"}});
  table.add({{"a"}, {"7"}, {"short"}});
  table.add({{"longer-name"}, {"12345678"}, {""}});
  EXPECT_EQ(table.text(kPlainTable),
            "NAME            COUNT  NOTE\n"
            "a                   7  short\n"
            "longer-name  12345678\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({{"N"}, {"X"}});
  table.add({{"é…"}, {"1"}});
  table.add({{"ab"}, {"2"}});
  EXPECT_EQ(table.text(kPlainTable), "N   X\né…  1\nab  2\n");
}

TEST(Table, ColoursTheWordAndNotThePadding) {
  Table table({{"STATE"}, {"X"}});
  table.add({{"ok", Tone::kGood}, {"1"}});
  EXPECT_NE(table.text(kColoured).find("\x1b[32mok\x1b[0m     1\n"), std::string::npos);
}

TEST(Paint, ColoursOnlyATerminalThatWantsThem) {
  const auto environment = [](std::string no_color, std::string term) {
    return [=](std::string_view name) -> std::optional<std::string> {
      return name == "NO_COLOR" ? no_color : term;
    };
  };
  const auto choice = [](bool is_terminal, const Environment& from) {
    return Paint::choose(is_terminal, from).colours();
  };
  EXPECT_EQ(choice(true, environment("", "xterm")), Paint::Colours::kOn);
  EXPECT_EQ(choice(false, environment("", "xterm")), Paint::Colours::kOff);
  EXPECT_EQ(choice(true, environment("1", "xterm")), Paint::Colours::kOff);
  EXPECT_EQ(choice(true, environment("", "dumb")), Paint::Colours::kOff);
}

TEST(TextWidth, ShortensOnCharacterBoundaries) {
  EXPECT_EQ(text_width("größe"), 5u);
  EXPECT_EQ(shorten("größe", 5), "größe");
  EXPECT_EQ(shorten("größe", 4), "grö…");
  EXPECT_EQ(shorten("abc", 1), "…");
  EXPECT_EQ(shorten("abc", 0), "");
}

}  // namespace
}  // namespace weft::cli
