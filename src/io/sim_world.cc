#include "io/sim_world.h"

#include <algorithm>

namespace weft::io {

Loop& SimWorld::add_loop(std::string name) {
  auto driver = std::make_unique<SimDriver>(network_, SimDriver::Mover::kWorld);
  SimDriver* const shown = driver.get();
  members_.push_back(
      {std::make_unique<Loop>(std::move(driver), std::move(name), seed_ + members_.size()), shown});
  turns_.push_back(turns_.size());
  return *members_.back().loop;
}

void SimWorld::kill(Loop& loop) {
  for (Member& member : members_) {
    if (member.loop.get() == &loop) {
      network_.kill(*member.driver);
    }
  }
}

// Returns: whether some loop had something to do.
bool SimWorld::turn_all() {
  bool was_busy = false;
  if (order_ == Order::kDrawn) {
    for (std::size_t left = turns_.size(); left > 1; --left) {
      std::swap(turns_[left - 1], turns_[random_.below(left)]);
    }
  }
  for (std::size_t i = 0; i < turns_.size(); ++i) {  // a turn may add loops
    Member& member = members_[turns_[i]];
    member.loop->turn_once(base::kNever);
    was_busy |= member.driver->wanted() <= now();
  }
  return was_busy;
}

bool SimWorld::run_until(const std::function<bool()>& done, base::Nanos patience) {
  const base::MonoTime end = now() + patience;
  while (!done()) {
    if (turn_all()) {
      continue;
    }
    base::MonoTime next = network_.next_event();
    for (const Member& member : members_) {
      next = std::min(next, member.driver->wanted());
    }
    if (next > end) {
      return done();
    }
    network_.advance(next);
  }
  return true;
}

std::unique_ptr<Loop> make_sim_loop(SimNetwork& network, std::string name, std::uint64_t seed) {
  auto driver = std::make_unique<SimDriver>(network, SimDriver::Mover::kSelf);
  return std::make_unique<Loop>(std::move(driver), std::move(name), seed);
}

}  // namespace weft::io
