// What a zone is made of, as plain values: whoever owns the catalogue fills them in. Start at
// zone.h.
#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::dns {

// The worst of an instance's checks.
enum class InstanceHealth : std::uint8_t {
  kPassing,
  kWarning,   // answered only when only_passing is off
  kCritical,  // never answered; so is an instance in maintenance
};

struct InstanceFacts {
  std::string id;       // among the instances of its service
  std::string address;  // its own: an IP address or a host name; empty: its node's
  std::uint16_t port = 0;
  std::uint16_t weight_passing = 1;
  std::uint16_t weight_warning = 1;
  InstanceHealth health = InstanceHealth::kPassing;
  std::vector<std::string> tags;
  std::string node;          // name of its node
  std::string node_address;  // an IP address or a host name
};

struct ServiceFacts {
  std::string name;
  std::vector<InstanceFacts> instances;  // each with an id of its own
};

struct NodeFacts {
  std::string name;
  std::string address;  // an IP address or a host name
  std::vector<std::pair<std::string, std::string>> meta;
};

// Source: contract/consul.md §8.
struct ZoneOptions {
  std::string domain = "consul.";
  std::string alt_domain = "weft.";  // the same names below another domain; empty: none
  std::string datacenter = "dc1";
  std::string node_name;     // of this node: the name server of the zone; empty: ns.<domain>
  bool only_passing = true;  // instances that warn are left out
  base::Seconds node_ttl{0};
  // A service's name, a prefix of it with `*` behind, or `*`; the longest that fits counts, the
  // name itself before any prefix.
  std::vector<std::pair<std::string, base::Seconds>> service_ttl;
  std::size_t a_record_limit = 0;    // A and AAAA records of an answer; 0: no limit
  std::size_t udp_answer_limit = 0;  // records of an answer to who takes 512 bytes; 0: no limit
  bool enable_truncate = true;       // TC says that records were left out
};

}  // namespace weft::dns
