// What the simulated node stands on: loops of the world, a disk with faults that survives it.
#pragma once

#include "base/random.h"
#include "io/sim_world.h"
#include "node/ground.h"
#include "plan.h"
#include "state/store_memory.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weft::sim {

// The disk of the machine: what is on it outlives every process. Thread: the simulation's.
class Disk final {
 public:
  Disk(io::SimWorld& world, std::uint64_t seed, base::Nanos latency_max)
      : world_(world), random_(seed), latency_max_(latency_max) {}

  void set_failing(bool failing) { is_failing_ = failing; }
  state::StoreMemory& store() { return store_; }
  // What was kept under a name; `text` from now on when there is nothing.
  const std::string& keep(const std::string& path, const std::string& text) {
    return kept_.try_emplace(path, text).first->second;
  }
  // Whether the next append fails, and how.
  state::StoreMemory::Fault draw_fault();
  // Runs `job` when the disk has come to it; jobs keep their order.
  void run_later(io::BlockingPool::Job job);

 private:
  io::SimWorld& world_;
  base::Random random_;
  const base::Nanos latency_max_;
  bool is_failing_ = false;
  base::MonoTime free_at_{};
  state::StoreMemory store_;
  std::map<std::string, std::string> kept_;
};

// One life of the node's process.
class Life final : public node::Ground {
 public:
  Life(io::SimWorld& world, Disk& disk, std::string name);

  io::Loop& control() { return control_; }
  // Kills it: nothing reaches the network or the disk from now on. Its objects may still be taken
  // down in an orderly way, which nobody sees.
  void kill();
  bool is_dead() const { return is_dead_; }

  base::Result<std::unique_ptr<io::LoopThread>> make_loop(io::DriverKind driver,
                                                          std::string name) override;
  io::BlockingPool& disk_pool() override { return disk_pool_; }
  base::Result<std::unique_ptr<state::Store>> open_store(const node::StoreChoice& choice) override;
  base::Result<std::unique_ptr<io::Resolver>> make_resolver(io::Loop& loop) override;
  io::Task<std::optional<std::string>> first_not_free(
      io::Loop* loop, std::span<const base::SocketAddress> addresses) override;
  base::Result<std::string> keep_file(const std::string& path, const std::string& text) override;
  base::Result<void> write_file(const std::string& path, const std::string& text) override;

 private:
  class Store;

  io::SimWorld& world_;
  Disk& disk_;
  const std::string name_;
  io::Loop& control_;
  std::vector<io::Loop*> loops_;
  io::BlockingPool disk_pool_;
  bool is_dead_ = false;
};

}  // namespace weft::sim
