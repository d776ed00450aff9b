// The bash script is run by bash, which every build machine has; the others are looked at.
#include "cli/completion.h"

#include "cli/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

CommandWords sample_tree() {
  CLI::App app{"weft: service mesh in one binary", "weft"};
  std::function<int()> run;
  add_commands(app, run);
  CLI::App* config = app.add_subcommand("config", "A node's settings");
  config->add_subcommand("check", "Check them")->add_option("--config", "File");
  return command_tree(app);
}

// The words bash offers for the last of `words`.
std::vector<std::string> complete_in_bash(const std::vector<std::string>& words) {
  std::string path = testing::TempDir() + "weft_completion.bash";
  std::ofstream(path) << bash_completion(sample_tree());
  std::string command = "bash -c 'source " + path + "; COMP_WORDS=(weft";
  for (const std::string& word : words) {
    command += " \"" + word + "\"";
  }
  command += "); COMP_CWORD=" + std::to_string(words.size()) +
             "; _weft; printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
  std::vector<std::string> out;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 256> line{};
  while (fgets(line.data(), line.size(), pipe) != nullptr) {
    std::string word(line.data());
    word.pop_back();
    if (!word.empty()) {
      out.push_back(word);
    }
  }
  EXPECT_EQ(pclose(pipe), 0);
  return out;
}

TEST(BashCompletion, OffersCommands) {
  EXPECT_THAT(complete_in_bash({""}), IsSupersetOf({"status", "services", "register", "config"}));
  EXPECT_THAT(complete_in_bash({"reg"}), ElementsAre("register"));
}

TEST(BashCompletion, OffersTheOptionsOfACommand) {
  EXPECT_THAT(complete_in_bash({"status", "--"}), IsSupersetOf({"--url", "--json", "--help"}));
  EXPECT_THAT(complete_in_bash({"status", "--"}), Not(testing::Contains("--port")));
}

TEST(BashCompletion, FollowsNestedCommands) {
  EXPECT_THAT(complete_in_bash({"config", "c"}), ElementsAre("check"));
  EXPECT_THAT(complete_in_bash({"config", "check", "--co"}), ElementsAre("--config"));
}

TEST(BashCompletion, OffersTheValuesOfAnArgument) {
  EXPECT_THAT(complete_in_bash({"completion", ""}), IsSupersetOf({"bash", "zsh", "fish"}));
}

TEST(BashCompletion, LeavesFreeValuesToTheShell) {
  EXPECT_THAT(complete_in_bash({"register", "--name", ""}), ElementsAre());
}

TEST(BashCompletion, DoesNotTakeAValueForACommand) {
  EXPECT_THAT(complete_in_bash({"register", "--name", "status", "--po"}), ElementsAre("--port"));
}

TEST(ZshCompletion, DescribesCommandsAndQuotesTheirWords) {
  const std::string script = zsh_completion(sample_tree());
  EXPECT_THAT(script, HasSubstr("#compdef weft\n"));
  EXPECT_THAT(script, HasSubstr("'config:A node'\\''s settings'"));
  EXPECT_THAT(script, HasSubstr("(' config check') names=( ) options=("));
}

TEST(FishCompletion, OffersOptionsWhereTheyBelong) {
  const std::string script = fish_completion(sample_tree());
  EXPECT_THAT(script, HasSubstr("complete -c weft -n '__weft_is_at \" status\"' -l json -d"));
  EXPECT_THAT(script, HasSubstr("-a config -d 'A node\\'s settings'"));
}

TEST(CompletionScript, KnowsThreeShells) {
  const CommandWords tree = sample_tree();
  EXPECT_TRUE(completion_script("bash", tree));
  EXPECT_TRUE(completion_script("zsh", tree));
  EXPECT_TRUE(completion_script("fish", tree));
  EXPECT_FALSE(completion_script("tcsh", tree));
}

}  // namespace
}  // namespace weft::cli
