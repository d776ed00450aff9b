#include "proxy/cluster_slots.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace weft::proxy {

ClusterSlots::Slot ClusterSlots::take(std::string_view service) {
  const Use* known = names_.find(service);
  Use use = known != nullptr ? *known : Use{.slot = free_slot()};
  ++use.users;
  names_.put(service, use);
  return use.slot;
}

void ClusterSlots::give(std::string_view service) {
  const Use* known = names_.find(service);
  WEFT_ASSERT(known != nullptr);
  Use use = *known;
  if (--use.users > 0) {
    names_.put(service, use);
    return;
  }
  names_.erase(service);
  taken_[use.slot / kShelfSlots] &= ~(std::uint64_t{1} << (use.slot % kShelfSlots));
}

void ClusterSlots::put(std::string_view service, std::shared_ptr<const model::Cluster> cluster) {
  const Use* known = names_.find(service);
  const bool had_one = known != nullptr && at(known->slot) != nullptr;
  const bool has_one = cluster != nullptr;
  if (!had_one && !has_one) {
    return;
  }
  const Slot slot = had_one ? known->slot : take(service);
  std::shared_ptr<const Shelf>& shelf = shelves_[slot / kShelfSlots];
  auto changed = std::make_shared<Shelf>(*shelf);
  (*changed)[slot % kShelfSlots] = std::move(cluster);
  shelf = std::move(changed);
  if (!has_one) {
    give(service);
  }
}

ClusterSlots::Slot ClusterSlots::free_slot() {
  constexpr std::uint64_t kAllTaken = std::numeric_limits<std::uint64_t>::max();
  const auto room =
      std::ranges::find_if(taken_, [](std::uint64_t shelf) { return shelf != kAllTaken; });
  const auto shelf = static_cast<std::size_t>(room - taken_.begin());
  if (room == taken_.end()) {
    shelves_.push_back(std::make_shared<const Shelf>());
    taken_.push_back(0);
  }
  const auto place = static_cast<std::size_t>(std::countr_one(taken_[shelf]));
  taken_[shelf] |= std::uint64_t{1} << place;
  return static_cast<Slot>(shelf * kShelfSlots + place);
}

}  // namespace weft::proxy
