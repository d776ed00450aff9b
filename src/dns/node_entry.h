// NodeEntry: the answers of one node, encoded once.
#pragma once

#include "base/address.h"
#include "dns/facts.h"
#include "dns/zone_settings.h"
#include "wire/dns.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

// Thread: any (immutable). Each record's owner is a pointer that is changed when it is sent.
struct NodeEntry {
  std::string key;                                 // its name as labels in lower case
  wire::DnsType address_type = wire::DnsType::kA;  // or kAaaa, or kCname
  std::string address_record;
  std::vector<std::string> text_records;  // one per entry of its meta data
  std::optional<base::IpAddress> ip;
};

// Returns: nullptr when its name cannot be a name in DNS, or its address is neither an address nor
// a name.
std::shared_ptr<const NodeEntry> compile_node(const NodeFacts& facts, const ZoneSettings& settings);

}  // namespace weft::dns
