// ZoneSettings: the options of a zone, compiled: what is the same for all its versions.
#pragma once

#include "base/result.h"
#include "dns/facts.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

// One domain that the zone is known by, and what its names end with, as labels with the root's
// zero.
struct ZoneDomain {
  std::string name;           // "consul."
  std::size_t labels;         // of the name
  std::string address;        // "addr.dc1.consul."
  std::string node;           // "node.dc1.consul."
  std::string service;        // "service.consul."
  std::string server;         // the name server
  std::string server_record;  // NS
};

// Thread: any (immutable).
struct ZoneSettings {
  ZoneOptions options;
  std::vector<ZoneDomain> domains;  // the first is what names in records end with
  std::string datacenter;           // its label, without the length
  std::uint32_t node_ttl_seconds = 0;

  // Of one service, by its name in any case.
  std::uint32_t service_ttl_seconds(std::string_view name) const;
};

// Errors: kInvalid (a domain or the datacenter is no name).
base::Result<std::shared_ptr<const ZoneSettings>> compile_zone_settings(ZoneOptions options);

}  // namespace weft::dns
