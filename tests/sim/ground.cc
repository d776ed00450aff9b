#include "ground.h"

#include <utility>

namespace weft::sim {

state::StoreMemory::Fault Disk::draw_fault() {
  if (!is_failing_ || random_.unit() < 0.2) {
    return state::StoreMemory::Fault::kNone;
  }
  return random_.unit() < 0.5 ? state::StoreMemory::Fault::kRefuse
                              : state::StoreMemory::Fault::kKeepAndFail;
}

void Disk::run_later(io::BlockingPool::Job job) {
  const auto latency = random_.below(static_cast<std::uint64_t>(latency_max_.count()));
  free_at_ = std::max(free_at_, world_.now()) + base::Nanos(static_cast<std::int64_t>(latency) + 1);
  world_.network().call_at(free_at_, std::move(job));
}

// The disk as one process sees it: a dead one neither reads nor writes.
class Life::Store final : public state::Store {
 public:
  explicit Store(Life& life) : life_(life) {}

  base::Result<std::uint64_t> load(const ObjectSink& each) override {
    return life_.is_dead_ ? gone() : disk().load(each);
  }
  base::Result<void> append(std::uint64_t last_index,
                            std::span<const state::StoredChange> changes) override {
    if (life_.is_dead_) {
      return gone();
    }
    disk().set_fault_for_test(life_.disk_.draw_fault());
    auto appended = disk().append(last_index, changes);
    disk().set_fault_for_test(state::StoreMemory::Fault::kNone);
    return appended;
  }
  base::Result<std::vector<state::StoredChange>> follow(std::uint64_t index,
                                                        std::size_t limit) override {
    if (life_.is_dead_) {
      return gone();
    }
    return disk().follow(index, limit);
  }
  base::Result<state::HistoryPage> history(const state::HistoryQuery& query) override {
    if (life_.is_dead_) {
      return gone();
    }
    return disk().history(query);
  }
  base::Result<void> release() override { return {}; }  // nobody takes over here
  base::Result<void> take_back() override { return {}; }
  bool is_shared() const override { return false; }
  base::Result<state::Heard> wait_for_later(std::uint64_t index,
                                            base::Millis /*patience*/) override {
    return state::Heard{index};
  }
  void stop_waiting() override {}
  base::Result<void> tell(std::span<const std::string> /*words*/) override { return {}; }
  base::Result<std::vector<std::uint32_t>> attend(std::uint32_t mark) override {
    return std::vector{mark};
  }

 private:
  static std::unexpected<base::Error> gone() {
    return base::fail(base::Code::kIo, "the process was killed", base::Side::kStore);
  }
  state::StoreMemory& disk() { return life_.disk_.store(); }

  Life& life_;
};

Life::Life(io::SimWorld& world, Disk& disk, std::string name)
    : world_(world),
      disk_(disk),
      name_(std::move(name)),
      control_(world.add_loop(name_ + " control")),
      loops_{&control_},
      disk_pool_([&disk](io::BlockingPool::Job job) { disk.run_later(std::move(job)); }) {}

void Life::kill() {
  is_dead_ = true;
  for (io::Loop* loop : loops_) {
    world_.kill(*loop);
  }
}

base::Result<std::unique_ptr<io::LoopThread>> Life::make_loop(io::DriverKind /*driver*/,
                                                              std::string name) {
  loops_.push_back(&world_.add_loop(name_ + " " + name));
  return std::make_unique<io::LoopThread>(*loops_.back());
}

base::Result<std::unique_ptr<state::Store>> Life::open_store(const node::StoreChoice& /*choice*/) {
  return std::make_unique<Store>(*this);
}

base::Result<std::unique_ptr<io::Resolver>> Life::make_resolver(io::Loop& /*loop*/) {
  return std::make_unique<io::FixedResolver>();
}

io::Task<std::optional<std::string>> Life::first_not_free(
    io::Loop* /*loop*/, std::span<const base::SocketAddress> /*addresses*/) {
  co_return std::nullopt;
}

base::Result<std::string> Life::keep_file(const std::string& path, const std::string& text) {
  return disk_.keep(path, text);
}

base::Result<void> Life::write_file(const std::string& /*path*/, const std::string& /*text*/) {
  return {};
}

}  // namespace weft::sim
