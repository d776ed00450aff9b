#include "cli/watched.h"

#include "cli/watch_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::ElementsAre;

WatchedItems seen(WatchKind kind, std::string_view text) {
  return watched_items(kind, base::parse_json(text).value());
}

std::vector<std::string> lines(const WatchedItems& before, const WatchedItems& now) {
  std::vector<std::string> out;
  for (const WatchedChange& change : watched_changes(before, now)) {
    out.push_back(change_line(change));
  }
  return out;
}

TEST(WatchTarget, IsWhereConsulHasIt) {
  const auto target = [](WatchKind kind, const char* name) {
    return watch_target({.kind = kind, .name = name});
  };
  EXPECT_EQ(target(WatchKind::kServices, ""), "/v1/catalog/services");
  EXPECT_EQ(target(WatchKind::kService, "a b"), "/v1/health/service/a%20b");
  EXPECT_EQ(watch_target({.kind = WatchKind::kService, .name = "web", .passing_only = true}),
            "/v1/health/service/web?passing");
  EXPECT_EQ(target(WatchKind::kNodes, ""), "/v1/catalog/nodes");
  EXPECT_EQ(target(WatchKind::kPrefix, "app/"), "/v1/kv/app/?recurse");
  EXPECT_EQ(target(WatchKind::kKey, "app/a"), "/v1/kv/app/a");
  EXPECT_EQ(target(WatchKind::kChecks, "critical"), "/v1/health/state/critical");
}

TEST(WatchedChanges, AreNewGoneAndOtherThanBefore) {
  const auto before = seen(WatchKind::kServices, R"({"a":[],"b":["x"],"c":["x"]})");
  const auto now = seen(WatchKind::kServices, R"({"b":["x","y"],"c":["x"],"d":["z"]})");
  EXPECT_THAT(lines(before, now), ElementsAre("- a", "~ b  x, y", "+ d  z"));
  EXPECT_THAT(lines(now, now), ElementsAre());
}

TEST(WatchedChanges, OfAServiceAreItsInstancesAndTheirWorstChecks) {
  const char* healthy =
      R"([{"Node":{"Address":"10.0.0.9"},"Service":{"ID":"w1","Address":"","Port":80,"Tags":["a"]},
           "Checks":[{"Status":"passing","ModifyIndex":1}]},
          {"Service":{"ID":"w2","Address":"::1","Port":81,"Tags":[]},"Checks":[]}])";
  const char* troubled =
      R"([{"Node":{"Address":"10.0.0.9"},"Service":{"ID":"w1","Address":"","Port":80,"Tags":["a"]},
           "Checks":[{"Status":"warning"},{"Status":"critical"},{"Status":"passing"}]},
          {"Service":{"ID":"w2","Address":"::1","Port":81,"Tags":[]},
           "Checks":[{"Status":"warning"},{"Status":"passing"}]}])";
  EXPECT_THAT(lines({}, seen(WatchKind::kService, healthy)),
              ElementsAre("+ w1  10.0.0.9:80  passing  a", "+ w2  [::1]:81  passing"));
  EXPECT_THAT(lines(seen(WatchKind::kService, healthy), seen(WatchKind::kService, troubled)),
              ElementsAre("~ w1  10.0.0.9:80  critical  a", "~ w2  [::1]:81  warning"));
}

TEST(WatchedChanges, OfKeysAreTheirValuesAndHolders) {
  const auto before = seen(WatchKind::kPrefix, R"([{"Key":"a","Value":"eA==","ModifyIndex":1}])");
  const auto written = seen(WatchKind::kPrefix, R"([{"Key":"a","Value":"eA==","ModifyIndex":2}])");
  const auto locked =
      seen(WatchKind::kPrefix, R"([{"Key":"a","Value":"eA==","ModifyIndex":3,"Session":"s"}])");
  EXPECT_THAT(lines({}, before), ElementsAre("+ a  x"));
  EXPECT_THAT(lines(before, written), ElementsAre()) << "the same value again";
  EXPECT_THAT(lines(before, locked), ElementsAre("~ a  x  (held by s)"));
  EXPECT_THAT(lines(before, seen(WatchKind::kKey, "null")), ElementsAre("- a"));
}

TEST(WatchedChanges, OfChecksAreWhatTheySay) {
  const auto now = seen(WatchKind::kChecks,
                        R"([{"Node":"n","CheckID":"serfHealth","Status":"passing","Output":"ok"},
                            {"Node":"n","CheckID":"c","ServiceID":"w1","Status":"critical"}])");
  EXPECT_THAT(lines({}, now), ElementsAre("+ n/serfHealth  passing  ok", "+ w1/c  critical  "));
}

TEST(WatchedChanges, AreObjectsForPrograms) {
  const auto changes =
      watched_changes({}, seen(WatchKind::kNodes, R"([{"Node":"n","Address":"1"}])"));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(base::write_json(encode_change(changes[0])),
            R"({"change":"added","name":"n","value":{"Node":"n","Address":"1"}})");
}

TEST(HandedOver, IsWhatConsulWatchHandsOver) {
  const json::value keys = base::parse_json(R"([{"Key":"a"}])").value();
  EXPECT_EQ(handed_over(WatchKind::kPrefix, keys), keys);
  EXPECT_EQ(handed_over(WatchKind::kKey, keys), keys.at(0));
  EXPECT_EQ(handed_over(WatchKind::kKey, nullptr), json::value());
}

TEST(WatchPause, DoublesUpToHalfAMinute) {
  EXPECT_EQ(watch_pause(1), base::Seconds(1));
  EXPECT_EQ(watch_pause(2), base::Seconds(2));
  EXPECT_EQ(watch_pause(5), base::Seconds(16));
  EXPECT_EQ(watch_pause(6), base::Seconds(30));
  EXPECT_EQ(watch_pause(1000), base::Seconds(30));
}

}  // namespace
}  // namespace weft::cli
