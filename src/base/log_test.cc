#include "base/log.h"

#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace weft::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

LogOptions in_place(LogFormat format) { return {.format = format, .queue_lines = 0}; }

TEST(Log, WritesASentenceAndItsFacts) {
  std::ostringstream out;
  Log log(in_place(LogFormat::kText), out);
  log.info("listener bound", {{"role", "control"}, {"port", 8000}, {"reused", true}});
  EXPECT_THAT(out.str(), MatchesRegex("[-0-9]+T[0-9:.]+Z info +listener bound role=control "
                                      "port=8000 reused=true\n"));
}

TEST(Log, CannotBeForgedByAFact) {
  std::ostringstream out;
  Log log(in_place(LogFormat::kText), out);
  log.warning("bad name", {{"name", "x\n2025 error all=lost"}, {"empty", ""}});
  EXPECT_THAT(out.str(), EndsWith("name=\"x\\n2025 error all=lost\" empty=\"\"\n"));
}

TEST(Log, WritesOneJsonObjectPerLine) {
  std::ostringstream out;
  Log log(in_place(LogFormat::kJson), out);
  log.error("it \"broke\"", {{"count", 2}, {"why", "a\nb"}});
  const auto line = parse_json(out.str());
  ASSERT_TRUE(line.has_value()) << out.str();
  EXPECT_EQ(line->at("level"), json::value("error"));
  EXPECT_EQ(line->at("message"), json::value("it \"broke\""));
  EXPECT_EQ(line->at("count"), json::value(2));
  EXPECT_EQ(line->at("why"), json::value("a\nb"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  std::ostringstream out;
  Log log(in_place(LogFormat::kText), out);
  log.debug("not yet");
  EXPECT_FALSE(log.writes(LogLevel::kDebug));
  log.set_level(LogLevel::kDebug);
  log.debug("now");
  EXPECT_THAT(out.str(), HasSubstr("now"));
  EXPECT_THAT(out.str(), testing::Not(HasSubstr("not yet")));
}

TEST(Log, HasWrittenTheQueueWhenItIsGone) {
  std::ostringstream out;
  {
    Log log({}, out);
    for (int i = 0; i < 100; ++i) {
      log.info("line", {{"i", i}});
    }
  }
  EXPECT_THAT(out.str(), EndsWith("i=99\n"));
}

}  // namespace
}  // namespace weft::base
