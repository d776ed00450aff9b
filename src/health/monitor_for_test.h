// A monitor on the simulated network with the registry that it follows.
#pragma once

#include "health/backend_for_test.h"
#include "health/monitor.h"
#include "health/registry_for_test.h"
#include "io/sim_world.h"

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {

// Thread: its loop. The loop turns in the destructor.
class MonitorForTest final {
 public:
  // `sinks.apply` is ours.
  explicit MonitorForTest(MonitorSinks sinks = {}) {
    sinks.apply = [this](model::Command command) {
      return registry.apply_later(std::move(command));
    };
    monitor = std::make_unique<Monitor>(Monitor::Parts{*loop, resolver, log, meters},
                                        Monitor::Options{}, std::move(sinks));
    monitor->start(registry.view());
    registry.follower = monitor.get();
  }
  MonitorForTest(const MonitorForTest&) = delete;
  MonitorForTest& operator=(const MonitorForTest&) = delete;
  ~MonitorForTest() { loop->run_until_done(monitor->stop()); }

  // Until what was told has come back.
  void settle() { run_for(*loop, base::Millis(50)); }

  // The registry's word: "passing", "critical no answer"; empty: none yet.
  std::string told(const model::CheckKey& check) const {
    const auto* row = registry.view().all<model::CheckState>().find(check);
    return row == nullptr ? ""
                          : std::string(base::enum_name(row->object.status)) +
                                (row->object.no_answer ? " no answer" : "");
  }
  std::string output(const model::CheckKey& check) const {
    return monitor->soft_state(check).value_or(CheckSoft()).output;
  }

  io::SimNetwork network{1};
  std::unique_ptr<io::Loop> loop = io::make_sim_loop(network, "test", 1);
  io::FixedResolver resolver;
  std::ostringstream lines;
  base::Log log{{.queue_lines = 0}, lines};
  base::MeterRegistry meters;
  RegistryForTest registry{*loop};
  std::unique_ptr<Monitor> monitor;
};

inline model::CheckSpec make_spec_for_test(model::CheckKind kind, std::string id = "default") {
  model::CheckSpec spec;
  spec.id = std::move(id);
  spec.kind = kind;
  spec.interval = base::Seconds(1);
  spec.timeout = base::Millis(500);
  spec.jitter = 0;
  return spec;
}

}  // namespace weft::health
