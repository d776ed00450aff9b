#include "proxy/data_plane.h"

#include "io/sim_world.h"
#include "model/snapshot.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
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

io::Task<void> wait_for_all(DataPlane* plane, std::uint64_t index, base::MonoTime deadline,
                            std::string* outcome) {
  const auto adopted = co_await plane->adopted(index, deadline);
  *outcome = adopted ? "adopted" : base::code_name(adopted.error().code);
}

io::Task<void> stop(DataPlane* plane, bool* is_stopped) {
  co_await plane->stop();
  *is_stopped = true;
}

// A plane of two loops; the second turns only when the test says so.
class Adoption : public testing::Test {
 protected:
  Adoption() {
    EXPECT_TRUE(plane_.open({}, nullptr));
    plane_.start();
  }
  void TearDown() override {
    bool is_stopped = false;
    waits_.spawn("stop", stop(&plane_, &is_stopped));
    while (!is_stopped) {
      let_the_other_turn();
      base::ignore(world_.run_until([&] { return is_stopped; }, base::Millis(1)), "asked above");
    }
  }

  void publish(std::uint64_t index) {
    auto snapshot = std::make_shared<model::Snapshot>();
    snapshot->index = index;
    plane_.publish(std::make_shared<const RouteIndex>(std::move(snapshot)));
  }
  void wait_for(std::uint64_t index, base::MonoTime deadline) {
    waits_.spawn("wait", wait_for_all(&plane_, index, deadline, &outcome_));
  }
  bool is_over() {
    return world_.run_until([this] { return !outcome_.empty(); }, base::Seconds(10));
  }
  void let_the_other_turn() { other_->turn_once(other_->now()); }

  io::SimWorld world_{1};
  io::Loop& control_ = world_.add_loop("control");
  io::SimNetwork other_network_{1};
  std::unique_ptr<io::Loop> other_ = io::make_sim_loop(other_network_, "proxy-1", 1);
  std::size_t made_ = 0;
  DataPlaneOptions options() {
    DataPlaneOptions out;
    out.loops = 2;
    out.make_loop = [this](const std::string& name) {
      return std::make_unique<io::LoopThread>(made_++ == 0 ? world_.add_loop(name) : *other_);
    };
    return out;
  }
  DataPlane plane_{control_, options(), {}};
  io::TaskScope waits_;
  std::string outcome_;
};

TEST_F(Adoption, IsOverWhenTheLastLoopHasTheSnapshot) {
  publish(6);
  publish(7);
  wait_for(7, base::kNever);
  EXPECT_FALSE(is_over()) << "one loop has it, and one has not turned yet";
  let_the_other_turn();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(outcome_, "adopted");
}

TEST_F(Adoption, AnOlderSnapshotIsNotEnough) {
  publish(6);
  let_the_other_turn();
  wait_for(7, base::kNever);
  EXPECT_FALSE(is_over());
  publish(8);
  let_the_other_turn();
  EXPECT_TRUE(is_over());
  EXPECT_EQ(outcome_, "adopted");
}

TEST_F(Adoption, ALoopThatIsStuckIsNotWaitedForLongerThanAsked) {
  publish(7);
  wait_for(7, control_.now() + base::Seconds(1));
  EXPECT_TRUE(is_over());
  EXPECT_EQ(outcome_, "timeout");
}

}  // namespace
}  // namespace weft::proxy
