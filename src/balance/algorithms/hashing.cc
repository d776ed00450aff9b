#include "balance/algorithms/hashing.h"

#include <iterator>

namespace weft::balance {

bool HashMembers::adopt(std::span<Endpoint* const> endpoints, std::size_t members_max) {
  members_.clear();
  std::ranges::copy_if(endpoints, std::back_inserter(members_),
                       [](const Endpoint* endpoint) { return endpoint->weight > 0; });
  std::ranges::sort(members_, {}, [](const Endpoint* endpoint) {
    return std::pair(endpoint->identity_hash, endpoint->id);
  });
  members_.resize(std::min(members_.size(), members_max));
  std::vector<std::pair<std::uint64_t, std::uint32_t>> found;
  found.reserve(members_.size());
  for (const Endpoint* member : members_) {
    found.emplace_back(member->identity_hash, member->weight);
  }
  const bool is_changed = found != known_;
  known_ = std::move(found);
  return is_changed;
}

}  // namespace weft::balance
