#include "balance/limits.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace weft::balance {
namespace {

TEST(Limits, RefuseTheConnectionBeyondTheLimitAndSayWhich) {
  const LimitOptions options{.connections_max = 2, .pending_max = 1};
  ClusterUsage usage;
  Limits limits(options, usage);
  const auto first = limits.take_connection();
  const auto second = limits.take_connection();
  const auto third = limits.take_connection();
  ASSERT_TRUE(first && second);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, base::Code::kLimit);
  EXPECT_EQ(third.error().side, base::Side::kSelf);
  EXPECT_EQ(third.error().retry, base::Retry::kSafe);
  EXPECT_EQ(limits.connections_refused_total(), 1U);

  const auto waiting = limits.take_pending();
  const auto refused = limits.take_pending();
  ASSERT_TRUE(waiting);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kOverloaded);
  EXPECT_EQ(limits.pending_refused_total(), 1U);
}

TEST(Limits, ASlotGivesItselfBackOnceHoweverItIsMoved) {
  const LimitOptions options{.connections_max = 1, .pending_max = 1};
  ClusterUsage usage;
  Limits limits(options, usage);
  {
    LimitSlot slot = *limits.take_connection();
    LimitSlot moved = std::move(slot);
    EXPECT_TRUE(moved.is_held());
    EXPECT_EQ(limits.connections(), 1U);
    LimitSlot target;
    target = std::move(moved);
    EXPECT_EQ(limits.connections(), 1U);
    EXPECT_FALSE(limits.is_idle());
  }
  EXPECT_TRUE(limits.is_idle());
  EXPECT_TRUE(limits.take_connection());
}

TEST(Limits, AssigningOverAHeldSlotReleasesIt) {
  const LimitOptions options;
  ClusterUsage usage;
  Limits limits(options, usage);
  LimitSlot slot = *limits.take_connection();
  slot = *limits.take_pending();
  EXPECT_EQ(limits.connections(), 0U);
  EXPECT_EQ(limits.pending(), 1U);
}

TEST(Limits, ALoweredLimitCountsAtOnceAndKeepsWhatIsOut) {
  LimitOptions options{.connections_max = 3, .pending_max = 3};
  ClusterUsage usage;
  Limits limits(options, usage);
  std::vector<LimitSlot> slots;
  slots.reserve(3);
  for (int i = 0; i < 3; ++i) {
    slots.push_back(*limits.take_connection());
  }
  options.connections_max = 2;
  EXPECT_EQ(limits.connections(), 3U);
  slots.pop_back();
  EXPECT_FALSE(limits.take_connection());
  slots.pop_back();
  EXPECT_TRUE(limits.take_connection());
}

TEST(Limits, TheClustersLimitCountsAllEndpointsTogether) {
  const LimitOptions options{.cluster_connections_max = 2, .cluster_pending_max = 1};
  ClusterUsage usage;
  Limits one(options, usage);
  Limits other(options, usage);
  const auto first = one.take_connection();
  auto second = other.take_connection();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(one.take_connection().error().code, base::Code::kLimit);
  EXPECT_EQ(one.connection_limit_met(), base::Limit::kClusterConnections);
  const auto waiting = one.take_pending();
  ASSERT_TRUE(waiting);
  EXPECT_EQ(other.take_pending().error().code, base::Code::kOverloaded);
  EXPECT_EQ(other.pending_limit_met(), base::Limit::kClusterPending);
  second->release();
  EXPECT_TRUE(one.take_connection());
}

TEST(Limits, DefaultsAreThoseOfTheContract) {
  EXPECT_EQ(LimitOptions{}.connections_max, 1024U);
  EXPECT_EQ(LimitOptions{}.pending_max, 1024U);
  EXPECT_EQ(LimitOptions{}.requests_max, 0U);
  EXPECT_EQ(LimitOptions{}.cluster_connections_max, 0U);
  EXPECT_EQ(LimitOptions{}.cluster_pending_max, 0U);
  EXPECT_EQ(LimitOptions{}.cluster_requests_max, 0U);
}

}  // namespace
}  // namespace weft::balance
