// AskedName: what a name in a question stands for, by its form alone.
// Source: contract/consul.md §8, the table of query names.
#pragma once

#include "base/address.h"
#include "dns/zone_settings.h"
#include "wire/dns_name.h"

#include <cstddef>
#include <cstdint>

namespace weft::dns {

enum class AskedKind : std::uint8_t {
  kOutside,     // of another domain
  kDomain,      // the domain itself
  kEmpty,       // a name between, such as service.consul.: it exists and has no records
  kUnknown,     // below the domain, but no form of a name; or another datacenter
  kService,     // [tag.]NAME.service[.DC]
  kServiceRfc,  // _NAME._TAG[.service][.DC]
  kNode,        // NODE.node[.DC]
  kAddress,     // HEX.addr[.DC]
  kReverse,     // below in-addr.arpa. or ip6.arpa.: a whole address
};

struct AskedName {
  AskedKind kind = AskedKind::kOutside;
  std::size_t domain = 0;     // of the settings' domains
  std::size_t domain_at = 0;  // where it begins in the name
  std::size_t labels = 0;     // before .service, .node or .addr; of kServiceRfc: 2
  base::IpAddress ip;         // kAddress, kReverse
  bool is_v4 = true;          // kAddress: it was written as one
};

// Thread: any; pure, no allocation.
AskedName read_asked_name(const wire::DnsName& name, const ZoneSettings& settings);

}  // namespace weft::dns
