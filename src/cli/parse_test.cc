#include "cli/parse.h"

#include "base/json.h"
#include "cli/all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Parsed {
  int exit_code;
  std::string out;
  std::string err;
};

Parsed parse_with(const Command& program, std::vector<std::string> words) {
  std::string name = program.name;
  std::vector<char*> argv{name.data()};
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int exit_code = parse_and_run(program, static_cast<int>(argv.size()), argv.data());
  return {exit_code, testing::internal::GetCapturedStdout(),
          testing::internal::GetCapturedStderr()};
}

// Parses `words` with the client's commands and a nested one.
Parsed parse(std::vector<std::string> words) {
  Command program{
      .name = "weft", .about = "weft: service mesh in one binary", .version = "weft " WEFT_VERSION};
  add_commands(program);
  program.commands.push_back(
      {.name = "config",
       .about = "Look at the configuration",
       .commands = {
           {.name = "check", .about = "Check it", .run = [](const Command&) { return 7; }}}});
  return parse_with(program, std::move(words));
}

TEST(Parse, ReturnsWhatTheCommandReturns) { EXPECT_EQ(parse({"config", "check"}).exit_code, 7); }

TEST(Parse, FillsTheTargetsOfTheOptions) {
  bool flag = false;
  std::string text = "before";
  std::vector<std::string> apart;
  std::vector<std::string> together;
  std::uint16_t port = 0;
  std::optional<std::uint16_t> weight;
  std::size_t loops = 4;
  const Command program{
      .name = "sample",
      .about = "",
      .options = {{.name = "--flag", .short_name = "-f", .about = "", .into = &flag},
                  {.name = "TEXT", .about = "", .into = &text},
                  {.name = "--tag", .about = "", .into = &apart},
                  {.name = "--listen", .about = "", .into = &together, .several_at_once = true},
                  {.name = "--port", .about = "", .into = &port},
                  {.name = "--weight", .about = "", .into = &weight},
                  {.name = "--loops", .about = "", .into = &loops}},
      .run = [](const Command& own) { return own.name == "sample" ? 3 : 4; }};
  EXPECT_EQ(parse_with(program, {"--tag", "a", "after", "-f", "--tag=b", "--weight", "0",
                                 "--listen", "x", "y", "--port", "80"})
                .exit_code,
            3);
  EXPECT_TRUE(flag);
  EXPECT_EQ(text, "after");
  EXPECT_THAT(apart, ElementsAre("a", "b"));
  EXPECT_THAT(together, ElementsAre("x", "y"));
  EXPECT_EQ(port, 80);
  EXPECT_EQ(weight, 0);
  EXPECT_EQ(loops, 4U) << "it was not given";
}

TEST(Parse, SuggestsTheNearestCommand) {
  const Parsed parsed = parse({"sevices"});
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_EQ(parsed.err,
            "weft: no command 'sevices'; did you mean 'services'? 'weft --help' says what it "
            "takes\n");
}

TEST(Parse, ComplainsInJsonWhenJsonIsAskedFor) {
  const Parsed parsed = parse({"services", "--json", "--jsno"});
  EXPECT_EQ(parsed.exit_code, 2);
  const auto error = base::parse_json(parsed.err);
  ASSERT_TRUE(error) << parsed.err;
  EXPECT_EQ(error->at("command"), "services");
  EXPECT_EQ(error->at("exit_code"), 2);
  EXPECT_THAT(std::string(error->at("error").get_string()), HasSubstr("no option '--jsno'"));
}

TEST(Parse, SuggestsTheNearestOptionOfTheCommand) {
  const Parsed parsed = parse({"status", "--jsno"});
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_THAT(parsed.err, HasSubstr("weft status: no option '--jsno'; did you mean '--json'?"));
}

TEST(Parse, SuggestsWithinANestedCommand) {
  EXPECT_THAT(parse({"config", "chekc"}).err,
              HasSubstr("weft config: no command 'chekc'; did you mean 'check'?"));
}

TEST(Parse, NamesTheChoicesWhenACommandIsMissing) {
  EXPECT_THAT(parse({"config"}).err, HasSubstr("weft config: say what: check;"));
}

TEST(Parse, NamesTheOptionThatIsMissing) {
  const Parsed parsed = parse({"register", "--name", "web"});
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_THAT(parsed.err, HasSubstr("weft register: --address is required"));
}

TEST(Parse, RefusesOneWordTooMany) {
  EXPECT_THAT(parse({"services", "web", "shop"}).err, HasSubstr("'shop' is one word too many"));
}

TEST(Parse, PrintsHelpOnStdoutAndSucceeds) {
  const Parsed parsed = parse({"register", "--help"});
  EXPECT_EQ(parsed.exit_code, 0);
  EXPECT_THAT(parsed.out, HasSubstr("Usage: weft register"));
  EXPECT_EQ(parsed.err, "");
}

TEST(Parse, WithoutWordsPrintsHelpAsAnError) {
  const Parsed parsed = parse({});
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_THAT(parsed.err, HasSubstr("services"));
}

TEST(Parse, RefusesTwoKindsOfCheck) {
  EXPECT_EQ(parse({"register", "--name", "web", "--address", "::1", "--port", "80", "--check-tcp",
                   "--check-ttl", "5s"})
                .exit_code,
            2);
}

TEST(Parse, NamesTheRangeOfAPort) {
  const std::string said =
      parse({"register", "--name", "a", "--address", "b", "--port", "70000"}).err;
  EXPECT_THAT(said, HasSubstr("--port: expected a whole number from 1 to 65535, not '70000'"));
}

TEST(Parse, RefusesWhatNoNodeNeedsToJudge) {
  const auto said = [](std::vector<std::string> words) {
    const Parsed parsed = parse(std::move(words));
    EXPECT_EQ(parsed.exit_code, 2) << parsed.err;
    return parsed.err;
  };
  EXPECT_THAT(said({"kv", "put", "a", "b", "--flags", "-1"}), HasSubstr("--flags"));
  EXPECT_THAT(said({"kv", "delete", "a", "--cas", "0"}), HasSubstr("--cas"));
  EXPECT_THAT(said({"kv", "delete", "a", "--cas", "1", "--recurse"}), HasSubstr("--recurse"));
  EXPECT_THAT(said({"kv", "cas", "a", "x", "b"}), HasSubstr("INDEX"));
  EXPECT_THAT(said({"kv", "get"}), HasSubstr("which key? 'weft kv list' shows them all"));
  EXPECT_THAT(said({"kv", "lock", "a"}), HasSubstr("COMMAND is required"));
  EXPECT_THAT(said({"kv", "lock", "a", "--ttl", "1s", "true"}), HasSubstr("--ttl"));
  EXPECT_THAT(said({"kv", "gte", "a"}), HasSubstr("did you mean 'get'?"));
  EXPECT_THAT(said({"watch", "checks", "--state", "bad"}), HasSubstr("--state"));
  EXPECT_THAT(said({"services", "--for", "1h"}), HasSubstr("--stale"));
  EXPECT_THAT(said({"services", "--stale", "--healthy"}), HasSubstr("--healthy"));
  EXPECT_THAT(said({"kv", "list", "--consul-url", "ftp://x"}), HasSubstr("--consul-url"));
}

TEST(Help, ShowsExamplesOfWhatIsAboutTheCatalogue) {
  for (const char* command :
       {"get", "put", "delete", "list", "export", "import", "cas", "lock", "unlock", "watch"}) {
    EXPECT_THAT(parse({"help", "kv", command}).out, HasSubstr(std::string("weft kv ") + command))
        << command;
  }
  for (const char* command : {"load", "export", "validate"}) {
    EXPECT_THAT(parse({"help", "catalog", command}).out,
                HasSubstr(std::string("weft catalog ") + command + " "));
  }
  EXPECT_THAT(parse({"help", "services"}).out, HasSubstr("report expired"));
}

TEST(Help, IsThatOfTheCommandNamed) {
  EXPECT_THAT(parse({"help", "register"}).out, HasSubstr("weft register"));
  EXPECT_THAT(parse({"help", "config", "check"}).out, HasSubstr("weft config check"));
  EXPECT_THAT(parse({"help"}).out, HasSubstr("services"));
  EXPECT_THAT(parse({"help"}).out, testing::Not(HasSubstr("completion-names")));
  const Parsed unknown = parse({"help", "sevices"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("no command 'sevices'; did you mean 'services'? "));
}

TEST(Version, IsAFlagToo) { EXPECT_EQ(parse({"--version"}).out, "weft " WEFT_VERSION "\n"); }

TEST(Version, IsOneLineOrJson) {
  EXPECT_EQ(parse({"version"}).out, "weft " WEFT_VERSION "\n");
  EXPECT_THAT(parse({"version", "--json"}).out, HasSubstr("\"version\": \"" WEFT_VERSION "\""));
}

}  // namespace
}  // namespace weft::cli
