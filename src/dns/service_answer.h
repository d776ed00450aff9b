// ServiceAnswer: writes records of a service in random order, with what belongs to them.
#pragma once

#include "base/random.h"
#include "dns/numbering.h"
#include "dns/record_shard.h"
#include "dns/shuffle.h"
#include "dns/zone_settings.h"
#include "wire/dns_writer.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace weft::dns {

inline constexpr std::size_t kNoRecordLimit = std::numeric_limits<std::size_t>::max();

// The parts of a service that are meant; at least one, none of them empty.
using ServiceParts = std::span<const ShardPart>;

// Its memory is kept from answer to answer. Thread: its owner's.
class ServiceAnswer final {
 public:
  explicit ServiceAnswer(base::Random& random) : random_(random) {}

  struct Wanted {
    bool a = false;
    bool aaaa = false;
  };
  // Adds at most `limit` records of the wanted families, owned by the name at `owner`.
  // Returns: whether there was more than the limit, apart from what did not fit.
  bool add_addresses(wire::DnsWriter& writer, ServiceParts parts, Wanted wanted, std::size_t owner,
                     std::size_t limit);

  // Adds at most `limit` SRV records of the question's name, and the addresses of their targets to
  // the additional section. `domain`: what takes the place of the first domain's name.
  // Returns: as above.
  bool add_srvs(wire::DnsWriter& writer, ServiceParts parts, const ZoneDomain& domain,
                std::size_t limit);

 private:
  // One of the parts, and a number within it.
  struct Chosen {
    const ShardPart* part = nullptr;
    std::size_t at = 0;
  };
  struct Sent {
    const RecordShard* shard;
    std::uint32_t number;
    std::uint32_t target_at;
  };
  template <class Count>
  void begin(ServiceParts parts, Count count);
  Chosen choose(ServiceParts parts);
  bool is_repeated(ServiceParts parts, std::string_view record);
  bool add_srv(wire::DnsWriter& writer, const ShardPart& part, std::size_t number,
               const ZoneDomain& domain);
  void add_targets(wire::DnsWriter& writer, ServiceParts parts, const ZoneDomain& domain);
  bool is_told(ServiceParts parts, const RecordShard& shard, const RecordSpan& srv);

  base::Random& random_;
  Shuffle shuffle_;
  std::vector<std::size_t> ends_;  // of each part's numbers among all
  std::vector<Sent> sent_;
  Numbering seen_;  // records, or targets, of several shards
};

}  // namespace weft::dns
