#include "model/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::model {
namespace {

using testing::ElementsAre;

template <class T>
RowPtr<T> row(T object) {
  return std::make_shared<const Row<T>>(Row<T>{std::move(object), 1, 1, 1});
}

Instance instance(std::string id, std::string service) {
  Instance made;
  made.id = std::move(id);
  made.service = std::move(service);
  return made;
}

CheckState state(std::string of, std::string check, CheckStatus status) {
  CheckState made;
  made.instance = std::move(of);
  made.check = std::move(check);
  made.status = status;
  return made;
}

View make_view(const std::vector<Instance>& instances, const std::vector<CheckState>& states) {
  Tables tables;
  ShardedMapEditor<Row<Instance>, ByKey> by_id;
  ShardedMapEditor<Row<Instance>, ByService> by_service;
  ShardedMapEditor<Row<CheckState>, ByKey> checks;
  for (const Instance& each : instances) {
    const auto made = row(each);
    by_id.put(made);
    by_service.put(made);
  }
  for (const CheckState& each : states) {
    checks.put(row(each));
  }
  std::get<TableMap<Instance>>(tables.by_key) = by_id.freeze();
  std::get<TableMap<CheckState>>(tables.by_key) = checks.freeze();
  tables.instances_by_service = by_service.freeze();
  return View(7, std::move(tables));
}

TEST(View, ListsTheInstancesOfOneServiceOnly) {
  const View view = make_view(
      {instance("c", "web"), instance("a", "web"), instance("b", "web2"), instance("d", "we")}, {});
  std::vector<std::string> ids;
  for (const RowPtr<Instance>& each : view.instances_of("web")) {
    ids.push_back(each->object.id);
  }
  EXPECT_THAT(ids, ElementsAre("a", "c"));
  EXPECT_TRUE(view.instances_of("nobody").empty());
}

TEST(View, FindsRowsByTheirKeyAsText) {
  const View view = make_view({instance("a", "web")}, {state("a", "c", CheckStatus::kPassing)});
  ASSERT_NE(view.find<Instance>("a"), nullptr);
  ASSERT_NE(view.find<CheckState>(check_key("a", "c")), nullptr);
  EXPECT_EQ(view.find<CheckState>("a"), nullptr);
  EXPECT_EQ(view.find<Instance>("b"), nullptr);
}

TEST(View, TheHealthOfAnInstanceIsItsWorstCheck) {
  Instance web = instance("a", "web");
  EXPECT_EQ(make_view({web}, {}).health_of(web), Health::kPassing) << "no check at all";
  web.checks = {CheckSpec{.id = "x"}, CheckSpec{.id = "y"}};
  EXPECT_EQ(make_view({web}, {}).health_of(web), Health::kNone);
  const auto health = [&](CheckStatus x, CheckStatus y) {
    return make_view({web}, {state("a", "x", x), state("a", "y", y)}).health_of(web);
  };
  EXPECT_EQ(health(CheckStatus::kPassing, CheckStatus::kPassing), Health::kPassing);
  EXPECT_EQ(health(CheckStatus::kPassing, CheckStatus::kNone), Health::kNone);
  EXPECT_EQ(health(CheckStatus::kWarning, CheckStatus::kNone), Health::kWarning);
  EXPECT_EQ(health(CheckStatus::kWarning, CheckStatus::kCritical), Health::kCritical);
}

TEST(View, NoAnswerIsWorseThanABadAnswerAndMaintenanceIsWorst) {
  Instance web = instance("a", "web");
  web.checks = {CheckSpec{.id = "x"}};
  CheckState dead = state("a", "x", CheckStatus::kCritical);
  dead.no_answer = true;
  EXPECT_EQ(make_view({web}, {dead}).health_of(web), Health::kNoAnswer);
  web.enabled = false;
  EXPECT_EQ(make_view({web}, {dead}).health_of(web), Health::kMaintenance);
}

TEST(View, ACheckWithoutResultHasTheStatusItWasRegisteredWith) {
  Instance web = instance("a", "web");
  web.checks = {CheckSpec{.id = "x", .initial = CheckStatus::kCritical}};
  EXPECT_EQ(make_view({web}, {}).health_of(web), Health::kCritical);
}

TEST(View, OnlyBadHealthIsKeptFromRouting) {
  EXPECT_TRUE(is_routable(Health::kPassing));
  EXPECT_TRUE(is_routable(Health::kNone));
  EXPECT_TRUE(is_routable(Health::kWarning));
  EXPECT_FALSE(is_routable(Health::kCritical));
  EXPECT_FALSE(is_routable(Health::kNoAnswer));
  EXPECT_FALSE(is_routable(Health::kMaintenance));
}

TEST(View, TheSettingsOfEveryServiceHoldWhereAServiceHasNoneOfItsOwn) {
  ShardedMapEditor<Row<ClusterSettings>, ByKey> clusters;
  clusters.put(row(ClusterSettings{.service = "*", .balancing = Balancing::kRandom}));
  clusters.put(row(ClusterSettings{.service = "web", .balancing = Balancing::kIpHash}));
  Tables tables;
  std::get<TableMap<ClusterSettings>>(tables.by_key) = clusters.freeze();
  const View view(1, std::move(tables));
  EXPECT_EQ(view.cluster_of("web", {}).balancing, Balancing::kIpHash);
  EXPECT_EQ(view.cluster_of("shop", {}).balancing, Balancing::kRandom);
  EXPECT_EQ(view.cluster_of("shop", {}).service, "shop");
}

TEST(View, AServiceWithoutSettingsHasTheDefaultsUnderItsName) {
  ClusterSettings defaults;
  defaults.retry.retries = 7;
  const ClusterSettings settings = View().cluster_of("web", defaults);
  EXPECT_EQ(settings.service, "web");
  EXPECT_EQ(settings.retry.retries, 7U);
}

}  // namespace
}  // namespace weft::model
