#include "proxy/cluster_slots.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace weft::proxy {
namespace {

std::shared_ptr<const model::Cluster> some_cluster(std::uint32_t number) {
  auto cluster = std::make_shared<model::Cluster>();
  cluster->number = number;
  return cluster;
}

TEST(ClusterSlots, AServiceKeepsItsSlotWhileClustersComeAndGo) {
  ClusterSlots slots;
  const auto slot = slots.take("web");
  EXPECT_EQ(slots.at(slot), nullptr);
  slots.put("web", some_cluster(1));
  slots.put("api", some_cluster(2));
  EXPECT_EQ(slots.at(slot)->number, 1U);
  slots.put("web", some_cluster(3));
  EXPECT_EQ(slots.at(slot)->number, 3U);
  slots.put("web", nullptr);
  EXPECT_EQ(slots.at(slot), nullptr);
  EXPECT_EQ(slots.take("web"), slot);
  EXPECT_EQ(slots.size(), 2U);
}

TEST(ClusterSlots, ASlotThatNobodyUsesGoesToAnother) {
  ClusterSlots slots;
  const auto slot = slots.take("a");
  slots.put("a", some_cluster(1));
  slots.give("a");
  EXPECT_EQ(slots.size(), 1U) << "the cluster holds it";
  slots.put("a", nullptr);
  EXPECT_EQ(slots.size(), 0U);
  EXPECT_EQ(slots.take("b"), slot);
  EXPECT_EQ(slots.at(slot), nullptr) << "nothing is left of the one before";
}

TEST(ClusterSlots, ManyServicesHaveASlotEachAndACopyKeepsItsClusters) {
  ClusterSlots slots;
  std::set<ClusterSlots::Slot> given;
  for (std::uint32_t i = 0; i < 200; ++i) {
    slots.put("s" + std::to_string(i), some_cluster(i));
    given.insert(slots.take("s" + std::to_string(i)));
  }
  EXPECT_EQ(given.size(), 200U);
  const ClusterSlots copy = slots;
  const auto slot = slots.take("s77");
  slots.put("s77", some_cluster(1077));
  EXPECT_EQ(slots.at(slot)->number, 1077U);
  EXPECT_EQ(copy.at(slot)->number, 77U);
}

}  // namespace
}  // namespace weft::proxy
