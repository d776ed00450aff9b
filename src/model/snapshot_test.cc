#include "model/snapshot.h"

#include <gtest/gtest.h>

namespace weft::model {
namespace {

std::shared_ptr<const Cluster> cluster(std::string service) {
  Cluster made;
  made.service = std::move(service);
  return std::make_shared<const Cluster>(std::move(made));
}

TEST(Snapshot, FindsAClusterByTheNameOfItsService) {
  Snapshot snapshot;
  snapshot.clusters = {cluster("a"), cluster("shop"), cluster("web")};
  EXPECT_EQ(snapshot.find_cluster("shop"), snapshot.clusters[1].get());
  EXPECT_EQ(snapshot.find_cluster("web"), snapshot.clusters[2].get());
}

TEST(Snapshot, AnUnknownServiceHasNoCluster) {
  Snapshot snapshot;
  EXPECT_EQ(snapshot.find_cluster("web"), nullptr);
  snapshot.clusters = {cluster("shop")};
  EXPECT_EQ(snapshot.find_cluster("web"), nullptr);
  EXPECT_EQ(snapshot.find_cluster("shops"), nullptr);
  EXPECT_EQ(snapshot.find_cluster(""), nullptr);
}

}  // namespace
}  // namespace weft::model
