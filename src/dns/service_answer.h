// ServiceAnswer: writes records of a service in random order, with what belongs to them.
#pragma once

#include "base/random.h"
#include "dns/service_entry.h"
#include "dns/shuffle.h"
#include "wire/dns_writer.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace weft::dns {

// An entry, or what of it has one tag. Lifetime: the zone's.
struct ServicePick {
  const ServiceEntry* entry = nullptr;       // null: there is none
  const ServiceEntry::Part* part = nullptr;  // null: the whole entry

  std::size_t count(Pickable what) const {
    return part == nullptr ? entry->count(what) : part->picks(*entry, what).size();
  }
  // As the entry numbers it.
  std::uint32_t number(Pickable what, std::uint32_t at) const {
    return part == nullptr ? at : part->picks(*entry, what)[at];
  }
};

inline constexpr std::size_t kNoRecordLimit = std::numeric_limits<std::size_t>::max();

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
  bool add_addresses(wire::DnsWriter& writer, const ServicePick& pick, Wanted wanted,
                     std::size_t owner, std::size_t limit);

  // Adds at most `limit` SRV records of the question's name, and the addresses of their targets to
  // the additional section. `domain`: what takes the place of the first domain's name.
  // Returns: as above.
  bool add_srvs(wire::DnsWriter& writer, const ServicePick& pick, const ZoneDomain& domain,
                std::size_t limit);

 private:
  struct Sent {
    std::uint32_t number;
    std::uint32_t target_at;
  };
  bool add_srv(wire::DnsWriter& writer, const ServiceEntry& entry, std::uint32_t number,
               const ZoneDomain& domain);
  void add_targets(wire::DnsWriter& writer, const ServiceEntry& entry, const ZoneDomain& domain);
  bool is_told(const ServiceEntry& entry, const RecordSpan& srv);

  base::Random& random_;
  Shuffle shuffle_;
  std::vector<Sent> sent_;
  std::vector<std::uint32_t> told_;  // of each target: the answer that had its address
  std::uint32_t answer_ = 0;
};

}  // namespace weft::dns
