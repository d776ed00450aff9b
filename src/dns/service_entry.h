// ServiceEntry: the answers of one service, encoded once: its records lie behind one another and
// are sent as they are, but for the pointer to their owner.
#pragma once

#include "base/address.h"
#include "dns/facts.h"
#include "dns/zone_settings.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

// What can be picked from an entry, each numbered from 0. Addresses are distinct, and so are hosts.
enum class Pickable : std::uint8_t { kA, kAaaa, kSrv, kHost };
inline constexpr std::size_t kPickables = 4;

// A record of an entry that is no A or AAAA.
struct RecordSpan {
  static constexpr std::uint32_t kNoAddress = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t at = 0;
  std::uint16_t bytes = 0;
  std::uint16_t domain_bytes = 0;  // at its end: the domain's name; 0: a name of elsewhere
  // Of an SRV's target, the targets are numbered from 0; its address: an A, or behind them an AAAA.
  std::uint32_t target = 0;
  std::uint32_t address = kNoAddress;
};

// Thread: any (immutable).
class ServiceEntry final {
 public:
  static constexpr std::size_t kABytes = 16;
  static constexpr std::size_t kAaaaBytes = 28;

  // Its name as labels in lower case.
  const std::string& key() const { return key_; }
  std::size_t count(Pickable what) const { return counts_[static_cast<std::size_t>(what)]; }
  bool is_empty() const { return count(Pickable::kSrv) == 0; }
  std::uint32_t ttl_seconds() const { return ttl_seconds_; }

  // An A for at < count(kA), behind them the AAAAs.
  std::string_view address_record(std::size_t at) const {
    const std::size_t a_count = count(Pickable::kA);
    return at < a_count ? std::string_view(records_).substr(at * kABytes, kABytes)
                        : std::string_view(records_).substr(
                              a_count * kABytes + (at - a_count) * kAaaaBytes, kAaaaBytes);
  }
  const RecordSpan& srv(std::size_t at) const { return srvs_[at]; }
  // A CNAME.
  const RecordSpan& host(std::size_t at) const { return hosts_[at]; }
  std::string_view record(const RecordSpan& span) const {
    return std::string_view(records_).substr(span.at, span.bytes);
  }
  // Of SRV records. Fewer than records: some lead to the same.
  std::size_t targets() const { return targets_; }

  // The instances with one tag. A part of an entry; it lives as long.
  class Part;
  // `tag`: labels in lower case. Returns: nullptr when no usable instance has it.
  const Part* tagged(std::string_view tag) const;

  // Every address, in ascending order.
  std::vector<base::IpAddress> addresses() const;

 private:
  friend class ServiceCompiler;

  std::string key_;
  std::string records_;
  std::array<std::uint32_t, kPickables> counts_{};
  std::vector<RecordSpan> srvs_;
  std::vector<RecordSpan> hosts_;
  std::vector<Part> parts_;           // ordered by tag
  std::vector<std::uint32_t> picks_;  // of all parts
  std::uint32_t ttl_seconds_ = 0;
  std::uint32_t targets_ = 0;
};

class ServiceEntry::Part final {
 public:
  const std::string& tag() const { return tag_; }
  // Every usable instance has the tag: the whole entry is meant.
  bool is_whole() const { return is_whole_; }
  // Numbers as the entry has them. Unless it is whole.
  std::span<const std::uint32_t> picks(const ServiceEntry& entry, Pickable what) const {
    const auto i = static_cast<std::size_t>(what);
    return std::span(entry.picks_).subspan(begins_[i], begins_[i + 1] - begins_[i]);
  }

 private:
  friend class ServiceCompiler;
  std::string tag_;
  bool is_whole_ = false;
  std::array<std::uint32_t, kPickables + 1> begins_{};
};

// Returns: nullptr when the service's name cannot be a name in DNS, or it has no usable instance;
// both have no answer.
std::shared_ptr<const ServiceEntry> compile_service(const ServiceFacts& facts,
                                                    const ZoneSettings& settings);

}  // namespace weft::dns
