// ServiceDraft: the instances of one service as the editor of a zone keeps them, in shards by the
// hash of their id.
#pragma once

#include "base/address.h"
#include "dns/facts.h"
#include "dns/packed_facts.h"
#include "dns/record_shard.h"
#include "dns/service_entry.h"
#include "dns/shard_compiler.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace weft::dns {

// Thread: its owner's.
class ServiceDraft final {
 public:
  explicit ServiceDraft(std::uint32_t ttl_seconds) : ttl_seconds_(ttl_seconds) {}

  // Adds or replaces.
  void put(const InstanceFacts& instance);
  void erase(std::string_view id);
  void clear();
  bool is_empty() const { return size_ == 0; }

  // What has changed since the last time: addresses of shards that they have no more, or have now.
  // One that several shards have is there several times.
  struct Changes {
    std::vector<base::IpAddress> gone;
    std::vector<base::IpAddress> come;
  };
  // Compiles the shards that changed.
  Changes compile(ShardCompiler& compiler);

  // As compiled last. Empty (neither one shard nor many): no instance is usable.
  ServiceEntry entry() const;

 private:
  struct Shard {
    std::uint64_t first = 0;  // hashes from here on, up to the next shard
    std::vector<PackedFacts> instances;
    std::vector<std::uint64_t> places;  // the hash of each one's id
    ShardPointer compiled;              // null: none is usable
    bool is_changed = true;
  };

  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
  Shard& shard_of(std::uint64_t place);
  static std::size_t find(const Shard& shard, std::uint64_t place, std::string_view id);
  void split(std::size_t at);
  void try_merge(std::size_t at);
  void retire(const Shard& shard);

  const std::uint32_t ttl_seconds_;
  std::size_t size_ = 0;
  std::vector<Shard> shards_;          // ordered by first
  std::vector<ShardPointer> retired_;  // compiled, and no more
};

}  // namespace weft::dns
