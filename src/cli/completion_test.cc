// The bash script is run by bash, which every build machine has; the others where there is one.
#include "cli/completion.h"

#include "cli/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

constexpr std::string* kNoNode = nullptr;  // nobody parses by these

Command sample_program() {
  Command program{.name = "weft", .about = "weft: service mesh in one binary"};
  add_commands(program);
  program.commands.push_back({.name = "config",
                              .about = "A node's settings",
                              .commands = {{.name = "check",
                                            .about = "Check them",
                                            .options = {{.name = "--config",
                                                         .about = "File",
                                                         .into = kNoNode,
                                                         .kind = ValueKind::kFile}}}}});
  program.commands.push_back({.name = "proxy",
                              .about = "A gateway",
                              .options = {{.name = "--driver",
                                           .about = "How",
                                           .into = kNoNode,
                                           .values = {"auto", "epoll", "uring"}}}});
  return program;
}

// A program that answers a script's question for names, as `weft completion-names` does.
std::string program_with_names() {
  const std::string path = testing::TempDir() + "weft";
  std::ofstream(path) << "#!/bin/sh\n[ \"$1\" = completion-names ] || exit 1\n"
                         "[ \"$2\" != keys ] || { echo app/url; exit 0; }\n"
                         "echo web; [ \"$2\" = services ] || echo web-1\necho shop\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

std::vector<std::string> lines_of(const std::string& command) {
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

bool has_shell(const std::string& name) {
  return std::system(("command -v " + name + " >/dev/null").c_str()) == 0;
}

// The words bash offers for the last of `words`.
std::vector<std::string> complete_in_bash(const std::vector<std::string>& words,
                                          const std::string& program = "/nowhere/weft") {
  const std::string path = testing::TempDir() + "weft_completion.bash";
  std::ofstream(path) << bash_completion(sample_program());
  std::string command = "bash -c 'source " + path + "; COMP_WORDS=(" + program;
  for (const std::string& word : words) {
    command += " \"" + word + "\"";
  }
  return lines_of(command + "); COMP_CWORD=" + std::to_string(words.size()) +
                  "; _weft; printf \"%s\\n\" \"${COMPREPLY[@]}\"'");
}

// The same in zsh, with its completion functions replaced by ones that print.
std::vector<std::string> complete_in_zsh(const std::vector<std::string>& words,
                                         const std::string& program = "/nowhere/weft") {
  const std::string path = testing::TempDir() + "weft_completion.zsh";
  std::ofstream(path) << "compdef() {}\n_files() { print FILES }\n"
                         "compadd() { shift; print -l -- $@ }\n"
                         "_describe() { print -l -- ${${(P)@[-1]}%%:*} }\n"
                      << zsh_completion(sample_program());
  std::string command = "zsh -fc 'source " + path + "; words=(" + program;
  for (const std::string& word : words) {
    command += " \"" + word + "\"";
  }
  return lines_of(command + "); CURRENT=$#words; PREFIX=$words[-1]; _weft; true'");
}

// And in fish, which can be asked.
std::vector<std::string> complete_in_fish(const std::string& line,
                                          const std::string& program = "/nowhere/weft") {
  const std::string path = testing::TempDir() + "weft_completion.fish";
  std::ofstream(path) << fish_completion(sample_program());
  std::vector<std::string> out = lines_of("fish --no-config -c 'source " + path +
                                          "; complete -C \"" + program + " " + line + "\"'");
  for (std::string& word : out) {
    word = word.substr(0, word.find('\t'));
  }
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

TEST(BashCompletion, KnowsTheKeyValueStoreAndTheCatalogue) {
  EXPECT_THAT(complete_in_bash({"kv", ""}),
              IsSupersetOf({"get", "put", "delete", "list", "export", "import", "cas", "lock",
                            "unlock", "watch"}));
  EXPECT_THAT(complete_in_bash({"catalog", ""}), IsSupersetOf({"load", "export", "validate"}));
  EXPECT_THAT(complete_in_bash({"watch", "checks", "--state", ""}),
              ElementsAre("any", "passing", "warning", "critical"));
  std::ofstream(testing::TempDir() + "fleet.json") << "\n";
  EXPECT_THAT(complete_in_bash({"catalog", "export", "-o", testing::TempDir() + "fleet.j"}),
              ElementsAre(testing::TempDir() + "fleet.json"));
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

TEST(BashCompletion, OffersTheValuesOfAnOption) {
  EXPECT_THAT(complete_in_bash({"proxy", "--driver", ""}), ElementsAre("auto", "epoll", "uring"));
}

TEST(BashCompletion, OffersFilesWhereAFileIsMeant) {
  std::ofstream(testing::TempDir() + "mesh.yaml") << "\n";
  EXPECT_THAT(complete_in_bash({"config", "check", "--config", testing::TempDir() + "mesh.y"}),
              ElementsAre(testing::TempDir() + "mesh.yaml"));
}

TEST(BashCompletion, AsksTheRunningNodeForNames) {
  const std::string weft = program_with_names();
  EXPECT_THAT(complete_in_bash({"services", "w"}, weft), ElementsAre("web"));
  EXPECT_THAT(complete_in_bash({"register", "--name", ""}, weft), ElementsAre("web", "shop"));
  EXPECT_THAT(complete_in_bash({"deregister", "web"}, weft), ElementsAre("web", "web-1"));
  EXPECT_THAT(complete_in_bash({"kv", "get", "app"}, weft), ElementsAre("app/url"));
  EXPECT_THAT(complete_in_bash({"watch", "service", "we"}, weft), ElementsAre("web"));
  EXPECT_THAT(complete_in_bash({"services", "w"}), ElementsAre()) << "no node, no words";
}

TEST(ZshCompletion, OffersCommandsValuesFilesAndNames) {
  if (!has_shell("zsh")) {
    GTEST_SKIP() << "no zsh on this machine";
  }
  const std::string weft = program_with_names();
  EXPECT_THAT(complete_in_zsh({""}), IsSupersetOf({"status", "config"}));
  EXPECT_THAT(complete_in_zsh({"proxy", "--driver", ""}), ElementsAre("auto", "epoll", "uring"));
  EXPECT_THAT(complete_in_zsh({"config", "check", "--config", ""}), ElementsAre("FILES"));
  EXPECT_THAT(complete_in_zsh({"register", "--name", ""}, weft), ElementsAre("web", "shop"));
  EXPECT_THAT(complete_in_zsh({"deregister", "w"}, weft), IsSupersetOf({"web", "web-1", "--url"}));
  EXPECT_THAT(complete_in_zsh({"register", "--name", ""}), ElementsAre());
}

TEST(FishCompletion, OffersCommandsValuesFilesAndNames) {
  if (!has_shell("fish")) {
    GTEST_SKIP() << "no fish on this machine";
  }
  const std::string weft = program_with_names();
  EXPECT_THAT(complete_in_fish(""), IsSupersetOf({"status", "config"}));
  EXPECT_THAT(complete_in_fish("proxy --driver "), ElementsAre("auto", "epoll", "uring"));
  EXPECT_THAT(complete_in_fish("config check --config " + testing::TempDir() + "mesh.y"),
              testing::Each(HasSubstr("mesh.y")));
  EXPECT_THAT(complete_in_fish("register --name ", weft),
              testing::UnorderedElementsAre("web", "shop"));
  EXPECT_THAT(complete_in_fish("deregister w", weft),
              testing::UnorderedElementsAre("web", "web-1"));
  EXPECT_THAT(complete_in_fish("services w"), ElementsAre());
}

TEST(ZshCompletion, DescribesCommandsAndQuotesTheirWords) {
  const std::string script = zsh_completion(sample_program());
  EXPECT_THAT(script, HasSubstr("#compdef weft\n"));
  EXPECT_THAT(script, HasSubstr("'config:A node'\\''s settings'"));
  EXPECT_THAT(script, HasSubstr("(' config check') names=( ) options=("));
}

TEST(FishCompletion, OffersOptionsWhereTheyBelong) {
  const std::string script = fish_completion(sample_program());
  EXPECT_THAT(script, HasSubstr("complete -c weft -n '__weft_is_at \" status\"' -l json -d"));
  EXPECT_THAT(script, HasSubstr("-a config -d 'A node\\'s settings'"));
}

TEST(CompletionScript, KnowsThreeShells) {
  const Command program = sample_program();
  EXPECT_TRUE(completion_script("bash", program));
  EXPECT_TRUE(completion_script("zsh", program));
  EXPECT_TRUE(completion_script("fish", program));
  EXPECT_FALSE(completion_script("tcsh", program));
}

}  // namespace
}  // namespace weft::cli
