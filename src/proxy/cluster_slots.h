// The clusters of an index by small numbers, so that a route finds its own in one step, and a
// change of a cluster touches no route.
#pragma once

#include "model/radix_map.h"
#include "model/snapshot.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace weft::proxy {

// A service has a slot as long as a route names it or it has a cluster. A copy shares what does not
// change afterwards and keeps the numbers.
// Thread: its owner's, as RadixMap; at() any, once nobody changes it.
class ClusterSlots final {
 public:
  using Slot = std::uint32_t;

  // One user more. Returns: the slot of the service, whether it has a cluster or not.
  Slot take(std::string_view service);
  // One user less. Precondition: take() was called for it.
  void give(std::string_view service);
  // The cluster of the service from now on; null: it has none.
  void put(std::string_view service, std::shared_ptr<const model::Cluster> cluster);

  // Precondition: the slot is taken. Returns: null when the service has no cluster.
  const model::Cluster* at(Slot slot) const {
    return (*shelves_[slot / kShelfSlots])[slot % kShelfSlots].get();
  }
  std::size_t size() const { return names_.size(); }  // taken ones

 private:
  static constexpr std::size_t kShelfSlots = 64;
  using Shelf = std::array<std::shared_ptr<const model::Cluster>, kShelfSlots>;

  struct Use {
    Slot slot = 0;
    std::uint32_t users = 0;  // routes, and one for a cluster
  };

  Slot free_slot();

  model::RadixMap<Use> names_;
  std::vector<std::shared_ptr<const Shelf>> shelves_;
  std::vector<std::uint64_t> taken_;  // of each shelf, a bit for each slot
};

}  // namespace weft::proxy
