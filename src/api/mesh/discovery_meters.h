// mesh_service_discovery_total{operation,status}: what was asked of the registry, and whether it
// was done. Source: contract/sutazai.md §6. chosen: register, deregister, discover, list; success
// is a status below 400, so a bad body is a failure too.
#pragma once

#include "base/meters.h"
#include "http/route.h"

#include <array>
#include <cstdint>
#include <memory>

namespace weft::api::mesh {

enum class DiscoveryOperation : std::uint8_t { kRegister, kDeregister, kDiscover, kList };

// Thread: the control loop. Lifetime: the registry outlives it.
class DiscoveryMeters final {
 public:
  explicit DiscoveryMeters(base::MeterRegistry& registry);
  void note(DiscoveryOperation operation, int status);

 private:
  struct Counters {
    base::Counter* success = nullptr;
    base::Counter* failure = nullptr;
  };

  base::MeterGroup group_;
  std::array<Counters, 4> counters_;  // by operation
};

// The route with every answer counted.
http::Route counted(http::Route route, std::shared_ptr<DiscoveryMeters> meters,
                    DiscoveryOperation operation);

}  // namespace weft::api::mesh
