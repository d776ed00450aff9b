#include "proxy/index_holds.h"

#include <gtest/gtest.h>

namespace weft::proxy {
namespace {

std::shared_ptr<const RouteIndex> empty_index() {
  return std::make_shared<RouteIndex>(std::make_shared<model::Snapshot>());
}

TEST(IndexHolds, KeepAnOldIndexUntilTheLastExchangeThatBeganWithItEnds) {
  IndexHolds holds(empty_index());
  const std::weak_ptr<const RouteIndex> first = holds.current();
  IndexHolds::Hold one = holds.hold();
  IndexHolds::Hold two = holds.hold();
  holds.adopt(empty_index());
  EXPECT_EQ(holds.size(), 2U);
  one.release();
  EXPECT_FALSE(first.expired());
  IndexHolds::Hold moved = std::move(two);
  EXPECT_FALSE(first.expired());
  moved = IndexHolds::Hold();
  EXPECT_TRUE(first.expired());
  EXPECT_EQ(holds.size(), 1U);
}

TEST(IndexHolds, LetGoOfAnIndexNobodyHolds) {
  IndexHolds holds(empty_index());
  const std::weak_ptr<const RouteIndex> first = holds.current();
  {
    const IndexHolds::Hold hold = holds.hold();
  }
  EXPECT_FALSE(first.expired()) << "it is the current one";
  holds.adopt(empty_index());
  EXPECT_TRUE(first.expired());
}

}  // namespace
}  // namespace weft::proxy
