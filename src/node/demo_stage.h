// Everything the demo runs: a node, its fleet, and the demo's own eyes on both.
#pragma once

#include "io/loop.h"
#include "io/task.h"
#include "node/demo_api.h"
#include "node/demo_fleet.h"
#include "node/demo_ground.h"
#include "node/demo_node.h"
#include "node/demo_watch.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weft::node {

struct DemoStageOptions {
  DemoPorts ports = DemoPorts::kUsual;
  std::optional<base::Nanos> restart_after;  // of a service that died; see DemoFleetOptions
};

// Thread: its loop. Lifetime: stop() is awaited before destruction.
class DemoStage final {
 public:
  // `say`: see DemoFleet.
  DemoStage(io::Loop& loop, DemoDirectory directory, DemoStageOptions options,
            std::function<void(std::string)> say);
  DemoStage(const DemoStage&) = delete;
  DemoStage& operator=(const DemoStage&) = delete;

  // Starts the node, then the fleet, registers it and opens the watch. The parts below exist when
  // it succeeded. `notes` receives a sentence per port that was taken.
  io::Task<Told<>> start(std::vector<std::string>* notes);
  // Stops what was started; again is fine.
  io::Task<void> stop();

  io::Loop& loop() { return loop_; }
  DemoNode& node() { return node_; }
  DemoApi& api() { return api_.value(); }          // the node's API
  DemoApi& gateway() { return gateway_.value(); }  // the services through the gateway
  DemoFleet& fleet() { return fleet_.value(); }
  DemoWatch& watch() { return watch_.value(); }

 private:
  io::Loop& loop_;
  const DemoDirectory directory_;
  const DemoStageOptions options_;
  const std::function<void(std::string)> say_;
  DemoNode node_;
  std::optional<DemoApi> api_;
  std::optional<DemoApi> gateway_;
  std::optional<DemoFleet> fleet_;
  std::optional<DemoWatch> watch_;
};

}  // namespace weft::node
