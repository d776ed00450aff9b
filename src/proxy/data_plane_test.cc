#include "proxy/data_plane.h"

#include "io/sim_world.h"
#include "model/snapshot.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace weft::proxy {
namespace {

TEST(DataPlane, AnIndexThatNoLoopNeedsAnyMoreIsFreedOnTheControlLoop) {
  io::SimWorld world{1};
  io::Loop& control = world.add_loop("control");
  DataPlane plane(control, {}, {});
  auto index = std::make_shared<const RouteIndex>(std::make_shared<model::Snapshot>());
  const std::weak_ptr<const RouteIndex> watched = index;
  plane.publish(std::move(index));  // there are no loops: the last has let go of it
  EXPECT_FALSE(watched.expired());
  EXPECT_TRUE(world.run_until([&] { return watched.expired(); }, base::Seconds(1)));
}

}  // namespace
}  // namespace weft::proxy
