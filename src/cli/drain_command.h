// `weft drain INSTANCE` and `weft undrain INSTANCE`: out of rotation and back, and when an instance
// may be stopped.
#pragma once

#include "base/described.h"
#include "cli/command.h"

#include <cstdint>
#include <string>

namespace weft::cli {

Command drain_command();
Command undrain_command();

// The answer of /instances/{id}/drain.
struct DrainInfo {
  std::string instance_id;
  std::string service_name;
  bool drained = false;
  std::string reason;
  bool done = false;
  std::uint64_t active = 0;
  std::uint64_t loops_active = 0;
  std::uint64_t loops_waited_for = 0;
};
BOOST_DESCRIBE_STRUCT(DrainInfo, (),
                      (instance_id, service_name, drained, reason, done, active, loops_active,
                       loops_waited_for))

// "web-3: 12 requests under way on 2 loops". Thread: any; pure.
std::string drain_progress(const DrainInfo& info);

}  // namespace weft::cli
