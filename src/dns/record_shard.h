// RecordShard: the records of some instances of a service, encoded once: they lie behind one
// another and are sent as they are, but for the pointer to their owner.
#pragma once

#include "base/address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

// What can be picked from a shard, each numbered from 0. All are distinct within it.
enum class Pickable : std::uint8_t { kA, kAaaa, kSrv, kHost };
inline constexpr std::size_t kPickables = 4;

// A record of a shard that is no A or AAAA.
struct RecordSpan {
  static constexpr std::uint16_t kNoAddress = std::numeric_limits<std::uint16_t>::max();

  std::uint32_t at = 0;
  std::uint16_t bytes = 0;
  std::uint16_t domain_bytes = 0;  // at its end: the domain's name; 0: a name of elsewhere
  // Of an SRV's target, the targets are numbered from 0; its address: an A, or behind them an AAAA.
  std::uint16_t target = 0;
  std::uint16_t address = kNoAddress;
};

// Thread: any (immutable).
class RecordShard final {
 public:
  static constexpr std::size_t kInstancesMax = 128;
  static constexpr std::size_t kABytes = 16;
  static constexpr std::size_t kAaaaBytes = 28;

  std::size_t count(Pickable what) const { return counts_[static_cast<std::size_t>(what)]; }
  // No instance of it is usable.
  bool is_empty() const { return count(Pickable::kSrv) == 0; }

  // An A for at < count(kA), behind them the AAAAs.
  std::string_view address_record(std::size_t at) const {
    const std::size_t a_count = count(Pickable::kA);
    const std::string_view records(records_);
    return at < a_count
               ? records.substr(at * kABytes, kABytes)
               : records.substr(a_count * kABytes + (at - a_count) * kAaaaBytes, kAaaaBytes);
  }
  const RecordSpan& srv(std::size_t at) const { return srvs_[at]; }
  // A CNAME.
  const RecordSpan& host(std::size_t at) const { return hosts_[at]; }
  std::string_view record(const RecordSpan& span) const {
    return std::string_view(records_).substr(span.at, span.bytes);
  }
  // Of SRV records. Fewer than records: some lead to the same.
  std::size_t targets() const { return targets_; }

  // The instances with one tag. Lifetime: the shard's.
  class Tagged;
  // `tag`: labels in lower case. Returns: nullptr when no usable instance has it.
  const Tagged* tagged(std::string_view tag) const;

  // Every address, in ascending order.
  std::vector<base::IpAddress> addresses() const;

 private:
  friend class ShardCompiler;

  std::string records_;
  std::vector<RecordSpan> srvs_;
  std::vector<RecordSpan> hosts_;
  std::vector<Tagged> tagged_;        // ordered by tag
  std::vector<std::uint16_t> picks_;  // of all tags
  std::array<std::uint16_t, kPickables> counts_{};
  std::uint16_t targets_ = 0;
};

class RecordShard::Tagged final {
 public:
  const std::string& tag() const { return tag_; }
  // Every usable instance has the tag: the whole shard is meant.
  bool is_whole() const { return is_whole_; }
  // Numbers as the shard has them. Unless it is whole.
  std::span<const std::uint16_t> picks(const RecordShard& shard, Pickable what) const {
    const auto i = static_cast<std::size_t>(what);
    return std::span(shard.picks_)
        .subspan(begins_[i], static_cast<std::size_t>(begins_[i + 1]) - begins_[i]);
  }

 private:
  friend class ShardCompiler;
  std::string tag_;
  std::array<std::uint32_t, kPickables + 1> begins_{};
  bool is_whole_ = false;
};

// A shard, or what of it has one tag. Lifetime: the zone's.
struct ShardPart {
  const RecordShard* shard = nullptr;
  const RecordShard::Tagged* tagged = nullptr;  // null: the whole shard

  std::size_t count(Pickable what) const {
    return tagged == nullptr ? shard->count(what) : tagged->picks(*shard, what).size();
  }
  // As the shard numbers it.
  std::size_t number(Pickable what, std::size_t at) const {
    return tagged == nullptr ? at : tagged->picks(*shard, what)[at];
  }
};

}  // namespace weft::dns
