#include "model/objects.h"

#include "base/described_decode.h"
#include "base/described_encode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> bad_fields(const Object& object) {
  std::vector<std::string> fields;
  for (const base::FieldError& error : validate(object)) {
    fields.push_back(error.where());
  }
  return fields;
}

Instance web_1() {
  Instance instance;
  instance.id = "web-1";
  instance.service = "web";
  instance.address = "10.0.0.1";
  instance.port = 8080;
  return instance;
}

Route shop() {
  Route route;
  route.id = "rt_1";
  route.name = "shop";
  route.destinations = {{.service = "orders"}};
  return route;
}

TEST(Objects, EveryTableHasItsType) {
  EXPECT_EQ(table_of<Service>(), Table::kServices);
  EXPECT_EQ(table_of<Instance>(), Table::kInstances);
  EXPECT_EQ(table_of<CheckState>(), Table::kCheckStatus);
  EXPECT_EQ(table_of<ClusterSettings>(), Table::kClusters);
  EXPECT_EQ(table_of<Route>(), Table::kRoutes);
  EXPECT_EQ(table_of<Setting>(), Table::kSettings);
  EXPECT_EQ(table_of<Node>(), Table::kNodes);
  EXPECT_EQ(table_of<KvEntry>(), Table::kKv);
  EXPECT_EQ(table_of<Session>(), Table::kSessions);
  EXPECT_EQ(table_of<LockDelay>(), Table::kLockDelays);
  EXPECT_EQ(table_of<UserEvent>(), Table::kEvents);
  EXPECT_EQ(base::enum_name(Table::kCheckStatus), "check_status");
}

TEST(Objects, AnInstanceIsCompact) { EXPECT_LE(sizeof(Instance), 320U); }

TEST(Objects, DefaultsAreValid) {
  EXPECT_THAT(bad_fields(web_1()), IsEmpty());
  EXPECT_THAT(bad_fields(shop()), IsEmpty());
  EXPECT_THAT(bad_fields(Service{.name = "web"}), IsEmpty());
  EXPECT_THAT(bad_fields(ClusterSettings{.service = "web"}), IsEmpty());
  EXPECT_THAT(bad_fields(Setting{.key = "a", .value = 1}), IsEmpty());
  EXPECT_THAT(bad_fields(CheckState{.service = "web", .instance = "web-1", .check = "c"}),
              IsEmpty());
}

TEST(Objects, EveryBadFieldIsNamedAtOnce) {
  Instance instance = web_1();
  instance.id = "";
  instance.address = "a\nb";
  instance.checks.resize(2);
  instance.checks[0].path = "no-slash";
  instance.checks[1].interval = base::Nanos(0);
  EXPECT_THAT(bad_fields(instance),
              ElementsAre("id", "address", "checks[0].path", "checks[1].interval", "checks[1].id"));
}

TEST(Objects, LabelsHaveLimitsAndNameWhatPassesThem) {
  Instance instance = web_1();
  instance.tags = {"a", std::string(kTagBytesMax + 1, 'x'), std::string(kTagBytesMax, 'x')};
  instance.metadata = {{"big", std::string(kMetadataValueBytesMax + 1, 'x')},
                       {std::string(kMetadataKeyBytesMax + 1, 'k'), 1},
                       {"nested", {{"deep", std::string(kMetadataValueBytesMax, 'x')}}}};
  EXPECT_THAT(bad_fields(instance), ElementsAre("tags[1]", "metadata.big",
                                                "metadata.kkkkkkkkkkkkkkkk", "metadata.nested"));
  instance.tags.assign(kTagsMax + 1, "x");
  instance.metadata.clear();
  for (std::size_t i = 0; i <= kMetadataEntriesMax; ++i) {
    instance.metadata["k" + std::to_string(i)] = 1;
  }
  EXPECT_THAT(bad_fields(instance), ElementsAre("tags", "metadata"));
  Service service{.name = "web", .tags = {std::string(kTagBytesMax + 1, 'x')}};
  EXPECT_THAT(bad_fields(service), ElementsAre("tags[0]"));
  service.tags.clear();
  for (int i = 0; i < 9; ++i) {
    service.metadata["k" + std::to_string(i)] = std::string(kMetadataValueBytesMax, 'x');
  }
  EXPECT_THAT(bad_fields(service), ElementsAre("metadata"));
}

TEST(Objects, TwoChecksOfAnInstanceNeedDifferentIds) {
  Instance instance = web_1();
  instance.checks.resize(2);
  EXPECT_THAT(bad_fields(instance), ElementsAre("checks[1].id"));
}

TEST(Objects, ATabInANameIsRefusedBecauseKeysAreJoinedByIt) {
  Instance instance = web_1();
  instance.id = "web\t1";
  EXPECT_THAT(bad_fields(instance), ElementsAre("id"));
}

TEST(Objects, ARouteNeedsADestinationWithWeight) {
  Route route = shop();
  route.destinations[0].weight = 0;
  EXPECT_THAT(bad_fields(route), ElementsAre("destinations"));
  route.destinations.clear();
  EXPECT_THAT(bad_fields(route), ElementsAre("destinations"));
}

TEST(Objects, ARoutesPathIsCheckedByItsKindOfMatch) {
  Route route = shop();
  route.path = "api";
  EXPECT_THAT(bad_fields(route), ElementsAre("path"));
  route.path_match = PathMatch::kRegex;
  EXPECT_THAT(bad_fields(route), IsEmpty());
  route.path = "/(unclosed";
  EXPECT_THAT(bad_fields(route), ElementsAre("path"));
  route.path = "/x";
  route.strip_prefix = true;
  EXPECT_THAT(bad_fields(route), ElementsAre("strip_prefix"));
}

TEST(Objects, MethodsAreTokensInUpperCase) {
  Route route = shop();
  route.methods = {"GET", "get", ""};
  EXPECT_THAT(bad_fields(route), ElementsAre("methods[1]", "methods[2]"));
}

TEST(Objects, CheckTargetsFitTheirKind) {
  Instance instance = web_1();
  instance.checks.resize(1);
  CheckSpec& check = instance.checks[0];
  check.target = "ftp://x";
  EXPECT_THAT(bad_fields(instance), ElementsAre("checks[0].target"));
  check.target = "http://10.0.0.1:80/health";
  EXPECT_THAT(bad_fields(instance), IsEmpty());
  check.kind = CheckKind::kTcp;
  check.target = "no-port";
  EXPECT_THAT(bad_fields(instance), ElementsAre("checks[0].target"));
}

TEST(Objects, ClusterDurationsAreMoreThanZeroExceptThePerTryLimit) {
  ClusterSettings settings{.service = "web"};
  settings.timeouts.connect = base::Nanos(0);
  settings.breaker.recovery = base::Nanos(0);
  settings.timeouts.per_try = base::Nanos(0);
  EXPECT_THAT(bad_fields(settings), ElementsAre("breaker.recovery", "timeouts.connect"));
}

TEST(Objects, OutlierTimesAreMoreThanZeroAndInOrder) {
  ClusterSettings settings{.service = "web"};
  settings.outlier.ejection_time_max = settings.outlier.ejection_time;
  EXPECT_THAT(bad_fields(settings), IsEmpty());
  settings.outlier.ejection_time_max -= base::Nanos(1);
  EXPECT_THAT(bad_fields(settings), ElementsAre("outlier.ejection_time_max"));
  settings.outlier.ejection_time = base::Nanos(0);
  EXPECT_THAT(bad_fields(settings), ElementsAre("outlier.ejection_time"));
  settings = {.service = "web"};
  settings.outlier.consecutive_5xx = 1'001;
  EXPECT_THAT(bad_fields(settings), ElementsAre("outlier.consecutive_5xx"));
}

TEST(Objects, OutlierSettingsReadBackEqualFromTheirJson) {
  ClusterSettings settings{.service = "web", .balancing = Balancing::kWeightedLeastConnections};
  settings.outlier.consecutive_5xx = 7;
  settings.outlier.consecutive_gateway_failures = 3;
  settings.outlier.ejection_time = base::Seconds(5);
  settings.outlier.ejection_time_max = base::Seconds(50);
  const std::string text = base::encode_text(settings);
  EXPECT_NE(text.find(R"("balancing":"weighted_least_connections")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("ejection_time":"5s")"), std::string::npos) << text;
  const auto parsed = base::parse_json(text);
  ASSERT_TRUE(parsed);
  const auto back = base::decode<ClusterSettings>(*parsed);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, settings);
  const auto older = base::parse_json(R"({"service":"web","outlier":{"panic_ratio":0.5}})");
  ASSERT_TRUE(older);
  EXPECT_EQ(base::decode<ClusterSettings>(*older)->outlier.consecutive_5xx, 0U);
}

TEST(Objects, TheClusterDefaultsAreThoseOfTheContract) {
  const ClusterSettings settings;
  EXPECT_EQ(settings.balancing, Balancing::kPeakEwma);
  EXPECT_EQ(settings.timeouts.connect, base::Seconds(1));
  EXPECT_EQ(settings.timeouts.request, base::Seconds(30));
  EXPECT_EQ(settings.timeouts.idle, base::Seconds(60));
  EXPECT_EQ(settings.timeouts.per_try, base::Nanos(0));
  EXPECT_EQ(settings.retry.retries, 2U);
  EXPECT_EQ(settings.retry.budget_ratio, 0.2);
  EXPECT_EQ(settings.retry.budget_floor_per_second, 10);
  EXPECT_EQ(settings.retry.budget_window, base::Seconds(10));
  EXPECT_EQ(settings.breaker.consecutive_failures, 5U);
  EXPECT_EQ(settings.breaker.recovery, base::Seconds(60));
  EXPECT_EQ(settings.outlier.consecutive_5xx, 0U);
  EXPECT_EQ(settings.outlier.consecutive_gateway_failures, 0U);
  EXPECT_EQ(settings.limits.connections_max, 1024U);
  EXPECT_EQ(settings.limits.pending_max, 1024U);
}

TEST(Objects, AFullInstanceReadsBackEqualFromItsJson) {
  Instance instance = web_1();
  instance.tags = {"v1", "ä\"\\"};
  instance.metadata = {{"zone", "a"}, {"cost", 1.5}, {"nested", {1, nullptr, true}}};
  instance.enabled = false;
  instance.disabled_reason = "repair";
  instance.checks.resize(2);
  instance.checks[1].id = "ttl";
  instance.checks[1].kind = CheckKind::kTtl;
  instance.checks[1].interval = base::Millis(1500);
  instance.checks[1].deregister_after = base::Seconds(90);
  const auto parsed = base::parse_json(base::encode_text(instance));
  ASSERT_TRUE(parsed);
  const auto decoded = base::decode<Instance>(*parsed);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, instance);
}

TEST(Objects, AMissingFieldOfAnOlderVersionTakesItsDefault) {
  const auto parsed = base::parse_json(R"({"id":"a","service":"b","address":"c","gone":1})");
  const auto decoded = base::decode<Instance>(*parsed);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->weight, 100);
}

}  // namespace
}  // namespace weft::model
