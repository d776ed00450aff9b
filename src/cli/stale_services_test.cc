#include "cli/stale_services.h"

#include "cli/services_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ListedCheckInfo check(std::string kind, std::string status, std::optional<double> seconds,
                      std::string output = {}) {
  return {"c", std::move(kind), std::move(status), std::nullopt, seconds, std::move(output)};
}

ListedInstanceInfo instance(std::string id, std::vector<ListedCheckInfo> checks) {
  return {std::move(id), "web", "h:1", {"a"}, std::move(checks)};
}

// "id: reason" of each doubt.
std::vector<std::string> doubts(std::vector<ListedInstanceInfo> instances,
                                const StaleQuestion& question = {}) {
  std::vector<std::string> out;
  for (const StaleInstance& one : stale_instances({std::move(instances)}, question)) {
    out.push_back(one.instance_id + ": " + one.reason);
  }
  return out;
}

TEST(StaleServices, AreThoseWithoutACheckThatSomebodyLooksAt) {
  EXPECT_THAT(doubts({instance("none", {}), instance("told", {check("told", "passing", 9999)}),
                      instance("tcp", {check("tcp", "passing", 9999)})}),
              ElementsAre("none: no check", "told: no check"));
}

TEST(StaleServices, AreThoseThatDoNotReport) {
  EXPECT_THAT(doubts({instance("silent", {check("ttl", "none", std::nullopt)}),
                      instance("late", {check("ttl", "critical", 1, "TTL expired")}),
                      instance("alive", {check("ttl", "passing", 99999)}),
                      instance("ill", {check("ttl", "critical", 1, "disk full")}),
                      instance("probed", {check("http", "none", std::nullopt)})}),
              ElementsAre("silent: never reported", "late: report expired"));
}

TEST(StaleServices, AreThoseThatFailForLong) {
  EXPECT_THAT(doubts({instance("long", {check("http", "critical", 601)}),
                      instance("short", {check("http", "critical", 599)}),
                      instance("warning", {check("http", "warning", 9999)})}),
              ElementsAre("long: failing"));
  EXPECT_THAT(doubts({instance("short", {check("http", "critical", 599)})},
                     {.failing_for = base::Seconds(60)}),
              ElementsAre("short: failing"));
}

TEST(StaleServices, AreThoseWhoseConsulIsSilent) {
  const std::vector<ListedCheckInfo> told{check("told", "passing", 9999)};
  ListedInstanceInfo fresh = instance("fresh", told);
  fresh.metadata = {{"weft-synced-from", "consul/dc1"}};
  ListedInstanceInfo silent = fresh;
  silent.id = "silent";
  silent.metadata["weft-stale-since"] = "1970-01-01T00:00:10Z";
  EXPECT_THAT(doubts({fresh, silent}), ElementsAre("silent: not synced"));
  const auto stale = stale_instances({{silent}}, {.now = base::WallTime(base::Seconds(70))});
  EXPECT_EQ(stale.at(0).for_seconds, 60);
  EXPECT_EQ(stale.at(0).output, "from consul/dc1");
  fresh.checks->front().status = "critical";
  EXPECT_THAT(doubts({fresh}), ElementsAre("fresh: failing"));
}

TEST(StaleServices, AreChosenByServiceAndTags) {
  const std::vector<ListedInstanceInfo> all{instance("one", {})};
  EXPECT_THAT(doubts(all, {.service = "web", .tags = {"a"}}), ElementsAre("one: no check"));
  EXPECT_THAT(doubts(all, {.service = "db"}), ElementsAre());
  EXPECT_THAT(doubts(all, {.tags = {"a", "b"}}), ElementsAre());
}

TEST(StaleServices, AreATableWithTheTimeSince) {
  const Paint plain(Paint::Colours::kOff);
  const auto stale = stale_instances(
      {{instance("w1", {check("ttl", "critical", 3661.6, "TTL expired")}), instance("w2", {})}},
      {});
  EXPECT_EQ(stale_text(stale, plain),
            "INSTANCE  SERVICE  CHECK  WHY                FOR  SAID\n"
            "w1        web      c      report expired  1h1m2s  TTL expired\n"
            "w2        web      -      no check             -\n");
  EXPECT_EQ(stale_json(stale).at("stale").as_array().size(), 2U);
  EXPECT_EQ(stale_json(stale).at("stale").at(0).at("for_seconds"), json::value(3661.6));
  EXPECT_THAT(stale_text({}, plain), HasSubstr("Nothing is stale"));
}

TEST(ServiceChoice, AsksForAllTagsAndForHealth) {
  ServiceInfo service;
  service.status = "degraded";
  service.tags = {"a", "b"};
  EXPECT_TRUE((ServiceChoice{{}, false}.takes(service)));
  EXPECT_TRUE((ServiceChoice{{"a", "b"}, false}.takes(service)));
  EXPECT_FALSE((ServiceChoice{{"a", "c"}, false}.takes(service)));
  EXPECT_FALSE((ServiceChoice{{"a"}, true}.takes(service)));
}

}  // namespace
}  // namespace weft::cli
