#include "cli/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string* kNowhere = nullptr;  // nobody parses by these

Command sample() {
  return {.name = "weft",
          .about = "",
          .commands = {{.name = "config",
                        .about = "",
                        .commands = {{.name = "check",
                                      .about = "",
                                      .options = {{.name = "FILE", .about = "", .into = kNowhere},
                                                  {.name = "--json", .about = ""}}}}},
                       {.name = "secret", .about = "", .is_hidden = true},
                       {.name = "status", .about = ""}},
          .version = "1"};
}

std::vector<std::vector<std::string>> names_of(const Command& command) {
  std::vector<std::vector<std::string>> out;
  for (const Option& option : options_of(command)) {
    out.push_back(option.names());
  }
  return out;
}

TEST(Command, TakesHelpAndItsOwnOptionsAndWithAVersionThatToo) {
  const Command weft = sample();
  EXPECT_THAT(names_of(weft), ElementsAre(ElementsAre("--help", "-h"), ElementsAre("--version")));
  EXPECT_THAT(names_of(weft.commands[0].commands[0]),
              ElementsAre(ElementsAre("--help", "-h"), IsEmpty(), ElementsAre("--json")));
}

TEST(Command, IsFoundByItsNameThoughHidden) {
  const Command weft = sample();
  EXPECT_EQ(find_command(weft, "secret"), &weft.commands[1]);
  EXPECT_EQ(find_command(weft, "check"), nullptr) << "it is not right below";
}

TEST(Command, IsListedWithItsPathUnlessHidden) {
  const Command weft = sample();
  EXPECT_THAT(command_names(weft), ElementsAre("config", "status"));
  std::vector<std::string> paths;
  for (const PlacedCommand& at : all_commands(weft)) {
    paths.push_back(at.path);
  }
  EXPECT_THAT(paths, ElementsAre("", "config", "config check", "status"));
}

}  // namespace
}  // namespace weft::cli
