// A simulated world for tests: loops on one thread, a network between them, virtual time, faults
// drawn from one seed. The same seed and the same program give the same run.
//
//   SimWorld world(seed);
//   Loop& client = world.add_loop("client");
//   Loop& server = world.add_loop("server");
//   world.network().link(address).reset_rate = 0.01;
//   ASSERT_TRUE(world.run_until([&] { return finished; }, 60s)) << "seed " << seed;
#pragma once

#include "io/loop.h"
#include "io/sim_driver.h"
#include "io/sim_network.h"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::io {

// Not for loops that wait for other threads (a BlockingPool with some): time does not wait for
// those. Thread: one; all its loops live on it.
class SimWorld final {
 public:
  // In which order loops turn that have something to do at the same moment.
  enum class Order : std::uint8_t { kAsAdded, kDrawn };

  explicit SimWorld(std::uint64_t seed, Order order = Order::kAsAdded)
      : seed_(seed), order_(order), random_(seed), network_(seed) {}
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  // Lifetime: the world's.
  Loop& add_loop(std::string name);
  // Ends what `loop` can do to others as the end of its process would: SimNetwork::kill().
  void kill(Loop& loop);
  SimNetwork& network() { return network_; }
  base::MonoTime now() const { return network_.now(); }

  // Turns the loops and moves time until `done` says true.
  // Returns: false when `patience` of virtual time has passed, or nothing can happen any more.
  bool run_until(const std::function<bool()>& done, base::Nanos patience);

 private:
  struct Member {
    std::unique_ptr<Loop> loop;
    SimDriver* driver;  // owned by the loop
  };

  bool turn_all();

  const std::uint64_t seed_;
  const Order order_;
  base::Random random_;
  SimNetwork network_;
  std::deque<Member> members_;      // a turn may add some
  std::vector<std::size_t> turns_;  // of the members, as they come this time
};

// A single loop that moves the time of `network` itself, for tests that need no second one; then
// run_until_done() works as on the real drivers. Lifetime: the network outlives the loop.
std::unique_ptr<Loop> make_sim_loop(SimNetwork& network, std::string name, std::uint64_t seed);

}  // namespace weft::io
