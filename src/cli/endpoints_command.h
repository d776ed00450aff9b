// `weft endpoints [SERVICE]`: the instances as the loops of the gateway see them.
#pragma once

#include "base/described.h"
#include "cli/command.h"
#include "cli/paint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::cli {

Command endpoints_command();

// Of one loop, or of all together, as the API tells it.
struct LoopTraffic {
  std::optional<std::string> loop;
  std::string breaker;
  bool ejected = false;
  bool slow_start = false;
  std::uint64_t active = 0;
  std::uint64_t idle_connections = 0;
  std::optional<double> idle_timeout_ms;
  std::uint64_t requests_total = 0;
  std::uint64_t failures_total = 0;
};
BOOST_DESCRIBE_STRUCT(LoopTraffic, (),
                      (loop, breaker, ejected, slow_start, active, idle_connections,
                       idle_timeout_ms, requests_total, failures_total))

struct EndpointInfo {
  std::string instance_id;
  std::string service_name;
  std::string address;
  std::optional<std::string> zone;
  std::uint64_t weight = 0;
  std::string health;
  bool drained = false;
  std::string drain_reason;
  std::optional<LoopTraffic> traffic;  // nullopt: no loop has called it
  std::optional<std::vector<LoopTraffic>> loops;
};
BOOST_DESCRIBE_STRUCT(EndpointInfo, (),
                      (instance_id, service_name, address, zone, weight, health, drained,
                       drain_reason, traffic, loops))

// One answer of GET /endpoints.
struct EndpointPage {
  std::vector<EndpointInfo> endpoints;
  std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(EndpointPage, (), (endpoints, next))

// The table: a line for each endpoint, or one for each loop that has called it.
// Thread: any; pure.
std::string endpoints_text(const std::vector<EndpointInfo>& endpoints, const Paint& paint);

}  // namespace weft::cli
