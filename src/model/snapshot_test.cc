#include "model/snapshot.h"

#include <gtest/gtest.h>

namespace weft::model {
namespace {

Cluster cluster(const char* service) {
  Cluster made;
  made.service = service;
  return made;
}

Row<Route> route_row(std::uint32_t priority, const char* path, std::uint64_t created_index) {
  Row<Route> row;
  row.object.priority = priority;
  row.object.path = path;
  row.created_index = created_index;
  return row;
}

TEST(Snapshot, FindsAClusterByTheNameOfItsService) {
  const auto snapshot = make_snapshot({cluster("shop"), cluster("a"), cluster("web")}, {});
  EXPECT_EQ(snapshot->find_cluster("shop")->service, "shop");
  EXPECT_EQ(snapshot->find_cluster("web")->service, "web");
}

TEST(Snapshot, AnUnknownServiceHasNoCluster) {
  EXPECT_EQ(Snapshot().find_cluster("web"), nullptr);
  const auto snapshot = make_snapshot({cluster("a"), cluster("shop")}, {});
  EXPECT_EQ(snapshot->find_cluster("web"), nullptr);
  EXPECT_EQ(snapshot->find_cluster("shops"), nullptr);
  EXPECT_EQ(snapshot->find_cluster(""), nullptr);
}

TEST(Snapshot, ARouteGoesBeforeAnotherByPriorityThenLengthThenAge) {
  EXPECT_LT(order_of(route_row(1, "/", 9)), order_of(route_row(2, "/long", 1)));
  EXPECT_LT(order_of(route_row(1, "/long", 9)), order_of(route_row(1, "/", 1)));
  EXPECT_LT(order_of(route_row(1, "/", 1)), order_of(route_row(1, "/", 9)));
}

TEST(Snapshot, ChangesAreKnownOnlySinceTheSnapshotBefore) {
  Snapshot before;
  before.index = 7;
  Snapshot after;
  EXPECT_EQ(after.changes_since(before), nullptr);
  after.changes.emplace().since = 7;
  EXPECT_EQ(after.changes_since(before), &*after.changes);
  before.index = 6;
  EXPECT_EQ(after.changes_since(before), nullptr);
}

}  // namespace
}  // namespace weft::model
