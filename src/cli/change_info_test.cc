#include "cli/change_info.h"

#include "cli/history_command.h"
#include "cli/rollback_command.h"
#include "cli/services_at.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Paint kPlainText(Paint::Colours::kOff);

json::value read_object(std::string_view text) { return *base::parse_json(text); }

TEST(ChangedFields, NamesWhatIsNotWhatItWas) {
  const json::value before = read_object(
      R"({"port": 80, "tags": ["a"], "retry": {"retries": 2, "hedge": "0s"}, "metadata": {"x": 1}})");
  const json::value after = read_object(
      R"({"port": 81, "tags": ["a", "b"], "retry": {"retries": 0, "hedge": "0s"}, "metadata": {"y": 2}})");
  EXPECT_EQ(fields_text(before, after),
            R"(port 80 -> 81, tags ["a"] -> ["a","b"], retry.retries 2 -> 0, metadata.y - -> 2, )"
            R"(metadata.x 1 -> -)");
  EXPECT_THAT(changed_fields(before, before), IsEmpty());
}

TEST(ChangedFields, OfANewObjectAreWhatItHas) {
  const json::value object =
      read_object(R"({"id": "a", "tags": [], "reason": "", "details": null, "port": 80})");
  EXPECT_EQ(fields_text(nullptr, object), "id a, port 80");
  EXPECT_EQ(fields_text(object, nullptr), "") << "it is gone whole";
  EXPECT_EQ(changed_fields(object, nullptr).size(), 2U);
}

TEST(ChangedFields, NothingOnTheTerminalIsObeyed) {
  const json::value before = read_object(R"({"reason": ""})");
  json::value after = before;
  after.as_object()["reason"] = "\x1b[31mred, with a comma";
  EXPECT_EQ(fields_text(before, after), R"(reason "" -> "\u001b[31mred, with a comma")");
  EXPECT_EQ(shown_key("n\ti\tc\x1b"), "n/i/c/");
}

TEST(DifferencesText, SaysOfEachObjectWhatBecameOfIt) {
  std::vector<DifferenceInfo> all{
      {"instances", "a", read_object(R"({"port": 80})"), read_object(R"({"port": 81})")},
      {"services", "new", nullptr, read_object(R"({"name": "new"})")},
      {"services", "old", read_object(R"({"name": "old"})"), nullptr}};
  EXPECT_EQ(differences_text(all, kPlainText),
            "~ instances a\n    port: 80 -> 81\n"
            "+ services new\n    name: new\n"
            "- services old\n    name: old\n");
  EXPECT_THAT(differences_text(all, Paint(Paint::Colours::kOn)), HasSubstr("\x1b[32m+ services"));
}

TEST(HistoryText, IsALineForEachChange) {
  const ChangeInfo change{4711,
                          *base::parse_rfc3339("2026-01-31T14:03:20.5Z"),
                          "admin",
                          "instances",
                          "web-1",
                          read_object(R"({"port": 80})"),
                          read_object(R"({"port": 81})")};
  const std::string text = history_text({change}, kPlainText);
  EXPECT_THAT(text, HasSubstr(" 4711  2026-01-31 14:03:20  admin  changed  instances  web-1  "
                              "port 80 -> 81\n"));
  EXPECT_EQ(history_line(change, kPlainText),
            "   4711  2026-01-31 14:03:20  admin  changed instances web-1  port 80 -> 81");
}

TEST(RollbackText, SaysWhatStays) {
  RollbackInfo info;
  info.to = 7;
  EXPECT_EQ(rollback_text(info, kPlainText), "Nothing to do: it is as at index 7.\n");
  info.count = 3;
  info.complete = false;
  info.changes = {{"kv", "a", read_object(R"({"flags": 1})"), nullptr}};
  info.left = {{"nodes", "n1", nullptr, nullptr}};
  EXPECT_EQ(rollback_text(info, kPlainText),
            "- kv a\n    flags: 1\n... and 2 more\nstays as it is: nodes n1\n");
}

TEST(ServicesAtText, AServiceIsAsBadAsItsWorstInstance) {
  const std::vector<ListedInstance> instances{{"w1", "web", "10.0.0.1", 80, {}, "healthy"},
                                              {"w2", "web", "::1", 80, {"blue"}, "degraded"}};
  EXPECT_THAT(services_at_text(instances, kPlainText), HasSubstr("web   degraded        1/2\n"));
  EXPECT_THAT(instances_at_text(instances, kPlainText),
              HasSubstr("w2        [::1]:80     degraded  blue"));
}

TEST(TableOption, CompletionKnowsTheTables) {
  std::vector<std::string> tables;
  EXPECT_THAT(table_option(tables).values, testing::IsSupersetOf({"services", "check_status"}));
  EXPECT_EQ(table_query({"services", "kv"}), "&table=services&table=kv");
}

}  // namespace
}  // namespace weft::cli
