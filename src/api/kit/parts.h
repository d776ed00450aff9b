// What the node hands to every face.
#pragma once

#include "api/kit/data_plane.h"
#include "base/limits.h"
#include "base/meters.h"
#include "base/time.h"
#include "health/monitor.h"
#include "http/router.h"
#include "io/loop.h"
#include "metrics/traffic.h"
#include "model/cluster_settings.h"
#include "state/past.h"
#include "state/session_keeper.h"
#include "state/state.h"

#include <string>
#include <vector>

namespace weft::api::kit {

// Facts about this node that faces show.
struct NodeFacts {
  std::string name;
  std::string version;
  base::WallTime started{};
  std::string epoch;                                // made anew at each start
  std::vector<std::string> warnings;                // sentences for people
  base::Nanos health_interval = base::Seconds(10);  // defaults of a check
  base::Nanos health_timeout = base::Seconds(5);
  model::ClusterSettings cluster_defaults;  // of services without settings of their own
};

// Thread: the control loop. Lifetime: outlives the faces.
struct Parts {
  io::Loop& loop;
  state::State& state;
  state::SessionKeeper& sessions;
  health::Monitor& health;
  metrics::Traffic& traffic;
  DataPlane& data_plane;
  base::MeterRegistry& meters;
  const base::Limits& limits;
  const NodeFacts& node;
  state::Past& past;
};

}  // namespace weft::api::kit
