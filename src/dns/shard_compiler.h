// ShardCompiler: facts about instances -> their records.
#pragma once

#include "base/address.h"
#include "dns/facts.h"
#include "dns/numbering.h"
#include "dns/record_shard.h"
#include "dns/zone_settings.h"
#include "wire/dns.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::dns {

// Its memory is kept from shard to shard. Thread: its owner's.
class ShardCompiler final {
 public:
  explicit ShardCompiler(const ZoneSettings& settings) : settings_(settings) {}

  // `instances`: at most RecordShard::kInstancesMax.
  // Returns: nullptr when none of them is usable.
  std::shared_ptr<const RecordShard> compile(std::span<const InstanceFacts> instances,
                                             std::uint32_t ttl_seconds);

 private:
  using Number = std::uint16_t;
  using Chosen = std::array<std::vector<Number>, kPickables>;
  // Where an instance is found. kA and kAaaa are numbered each by itself.
  struct Place {
    Pickable kind = Pickable::kHost;
    Number number = 0;
  };
  struct Tag {
    std::string labels;
    Chosen chosen;
  };
  static constexpr std::uint32_t kNoTag = std::numeric_limits<std::uint32_t>::max();

  bool is_usable(const InstanceFacts& instance) const;
  void begin(std::span<const InstanceFacts> instances);
  void add(const InstanceFacts& instance);
  Place place_of_ip(const base::IpAddress& ip);
  Number number_of_host();
  bool set_target(const InstanceFacts& instance, const std::optional<base::IpAddress>& ip);
  Number number_of_srv(const InstanceFacts& instance, bool is_ours, Place place);
  std::uint32_t number_of_tag(std::string_view tag);
  void note_tags(const InstanceFacts& instance, Place place, Number srv);
  std::uint32_t append(wire::DnsType type, std::string_view data);
  std::shared_ptr<RecordShard> lay_out();
  void add_tagged(RecordShard& shard);

  const ZoneSettings& settings_;
  std::uint32_t ttl_seconds_ = 0;
  std::string a_records_;
  std::string aaaa_records_;
  std::string other_records_;
  std::vector<RecordSpan> srvs_;
  std::vector<RecordSpan> hosts_;
  std::vector<Place> srv_places_;
  std::vector<std::pair<base::IpAddress, Place>> ips_;
  std::vector<std::string> targets_;
  std::vector<Tag> tags_;
  // Tags as they are written, and which each is; kNoTag: none that DNS could ask for.
  std::vector<std::pair<std::string_view, std::uint32_t>> spellings_;
  Numbering ip_numbers_;
  Numbering host_numbers_;
  Numbering srv_numbers_;
  Numbering target_numbers_;
  Numbering spelling_numbers_;
  Numbering tag_numbers_;
  std::array<Number, 2> address_counts_{};
  std::string host_;    // of the instance, a whole name
  std::string target_;  // of the instance, a whole name
};

}  // namespace weft::dns
