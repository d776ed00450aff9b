#include "dns/service_draft.h"

#include "base/hash.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::dns {
namespace {

// Neighbours that together are so few become one; far below what is split, so that instances that
// come and go do not do both all the time.
constexpr std::size_t kMergedMax = RecordShard::kInstancesMax / 2;

std::uint64_t place_of(std::string_view id) { return base::hash64(id); }

// As many as a shard may have.
std::vector<InstanceFacts> unpack(const std::vector<PackedFacts>& packed) {
  std::vector<InstanceFacts> out;
  const std::size_t count = std::min(packed.size(), RecordShard::kInstancesMax);
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(packed[i].unpack());
  }
  return out;
}

void append_addresses(const ShardPointer& shard, std::vector<base::IpAddress>& out) {
  if (shard != nullptr) {
    const auto addresses = shard->addresses();
    out.insert(out.end(), addresses.begin(), addresses.end());
  }
}

}  // namespace

ServiceDraft::Shard& ServiceDraft::shard_of(std::uint64_t place) {
  const auto next = std::ranges::upper_bound(shards_, place, {}, &Shard::first);
  return *std::prev(next);  // the first shard begins at 0
}

std::size_t ServiceDraft::find(const Shard& shard, std::uint64_t place, std::string_view id) {
  for (std::size_t i = 0; i < shard.places.size(); ++i) {
    if (shard.places[i] == place && shard.instances[i].id() == id) {
      return i;
    }
  }
  return kNowhere;
}

void ServiceDraft::put(const InstanceFacts& instance) {
  if (shards_.empty()) {
    shards_.emplace_back();
  }
  const std::uint64_t place = place_of(instance.id);
  Shard& shard = shard_of(place);
  shard.is_changed = true;
  if (const std::size_t known = find(shard, place, instance.id); known != kNowhere) {
    shard.instances[known] = PackedFacts(instance);
    return;
  }
  shard.instances.emplace_back(instance);
  shard.places.push_back(place);
  ++size_;
  if (shard.instances.size() > RecordShard::kInstancesMax) {
    split(static_cast<std::size_t>(&shard - shards_.data()));
  }
}

void ServiceDraft::erase(std::string_view id) {
  if (shards_.empty()) {
    return;
  }
  const std::uint64_t place = place_of(id);
  Shard& shard = shard_of(place);
  const std::size_t known = find(shard, place, id);
  if (known == kNowhere) {
    return;
  }
  shard.instances.erase(shard.instances.begin() + static_cast<std::ptrdiff_t>(known));
  shard.places.erase(shard.places.begin() + static_cast<std::ptrdiff_t>(known));
  shard.is_changed = true;
  --size_;
  const auto at = static_cast<std::size_t>(&shard - shards_.data());
  try_merge(at);
  if (at > 0) {
    try_merge(at - 1);
  }
}

void ServiceDraft::clear() {
  for (const Shard& shard : shards_) {
    retire(shard);
  }
  shards_.clear();
  size_ = 0;
}

// At the middle of their hashes, which differ unless somebody made them equal on purpose; equal
// ones stay together, in a shard that is compiled without those that are too many.
void ServiceDraft::split(std::size_t at) {
  Shard whole = std::exchange(shards_[at], {});
  std::vector<std::uint64_t> sorted = whole.places;
  std::ranges::sort(sorted);
  // The first of the upper half; the least that is not the lowest of all when many are equal.
  auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  if (*middle == sorted.front()) {
    middle = std::ranges::upper_bound(sorted, sorted.front());
  }
  if (middle == sorted.end()) {
    shards_[at] = std::move(whole);
    return;
  }
  Shard lower;
  Shard upper;
  lower.first = whole.first;
  lower.compiled = std::move(whole.compiled);
  upper.first = *middle;
  for (std::size_t i = 0; i < whole.places.size(); ++i) {
    Shard& half = whole.places[i] < upper.first ? lower : upper;
    half.instances.push_back(std::move(whole.instances[i]));
    half.places.push_back(whole.places[i]);
  }
  shards_[at] = std::move(lower);
  shards_.insert(shards_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
}

// Takes the next shard's instances in when there is room.
void ServiceDraft::try_merge(std::size_t at) {
  if (at + 1 >= shards_.size() ||
      shards_[at].instances.size() + shards_[at + 1].instances.size() > kMergedMax) {
    return;
  }
  Shard& into = shards_[at];
  Shard& next = shards_[at + 1];
  std::ranges::move(next.instances, std::back_inserter(into.instances));
  std::ranges::copy(next.places, std::back_inserter(into.places));
  into.is_changed = true;
  retire(next);
  shards_.erase(shards_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
}

void ServiceDraft::retire(const Shard& shard) {
  if (shard.compiled != nullptr) {
    retired_.push_back(shard.compiled);
  }
}

ServiceDraft::Changes ServiceDraft::compile(ShardCompiler& compiler) {
  Changes changes;
  for (const ShardPointer& shard : std::exchange(retired_, {})) {
    append_addresses(shard, changes.gone);
  }
  for (Shard& shard : shards_) {
    if (!std::exchange(shard.is_changed, false)) {
      continue;
    }
    append_addresses(shard.compiled, changes.gone);
    const std::vector<InstanceFacts> instances = unpack(shard.instances);
    shard.compiled = compiler.compile(instances, ttl_seconds_);
    shard.instances.shrink_to_fit();
    shard.places.shrink_to_fit();
    append_addresses(shard.compiled, changes.come);
  }
  return changes;
}

ServiceEntry ServiceDraft::entry() const {
  Shards usable;
  usable.reserve(shards_.size());
  for (const Shard& shard : shards_) {
    if (shard.compiled != nullptr) {
      usable.push_back(shard.compiled);
    }
  }
  if (usable.size() < 2) {
    return {.only = usable.empty() ? nullptr : std::move(usable.front()), .many = nullptr};
  }
  return {.only = nullptr, .many = std::make_shared<const Shards>(std::move(usable))};
}

}  // namespace weft::dns
