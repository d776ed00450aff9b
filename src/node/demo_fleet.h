// The demo's services: one `weft sample` per instance, registered with the node, started again when
// one dies.
#pragma once

#include "io/loop.h"
#include "io/process.h"
#include "io/task.h"
#include "node/demo_api.h"
#include "node/demo_node.h"
#include "node/demo_plan.h"

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace weft::node {

struct DemoFleetOptions {
  DemoPorts ports = DemoPorts::kUsual;
  base::HostPort gateway;                    // where the services call each other
  std::optional<base::Nanos> restart_after;  // null: a dead instance stays dead until start_again()
  std::string log_path;                      // where the instances' stderr goes
};

// Thread: its loop. Lifetime: stop() is awaited before destruction; children that still run are
// killed then.
class DemoFleet final {
 public:
  // `say` receives a sentence when an instance dies and when it is back.
  DemoFleet(io::Loop& loop, DemoFleetOptions options, std::function<void(std::string)> say);
  DemoFleet(const DemoFleet&) = delete;
  DemoFleet& operator=(const DemoFleet&) = delete;

  // Starts every instance and waits until all listen. `notes`: see DemoNode::start.
  io::Task<Told<>> start(std::vector<std::string>* notes);
  // Registers every instance. Source: contract/sutazai.md §1 "register body".
  io::Task<Told<>> enrol(DemoApi& api);
  // Stops every instance and waits until all have ended. Returns: how many ended otherwise than
  // by exit 0.
  io::Task<std::size_t> stop();

  const std::vector<DemoService>& services() const { return services_; }
  std::size_t size() const { return instances_.size(); }
  // Ids, in order.
  std::vector<std::string> instances_of(std::string_view service) const;
  // Ids of all instances that run now.
  std::vector<std::string> running() const;
  // 0: it does not run. `id` is one of the fleet's.
  pid_t pid(const std::string& id) const;

  // Sends a signal to an instance. Errors: it does not run.
  Told<> signal(const std::string& id, int number);
  // Starts a dead instance on its old port.
  io::Task<Told<>> start_again(std::string id);
  // Sets how an instance misbehaves: see Sample, POST /chaos.
  io::Task<Told<>> misbehave(std::string id, double latency_ms, double error_ratio);

 private:
  struct Instance {
    DemoInstance plan;
    const DemoService* service;
    base::SocketAddress address;  // once it listens
    std::optional<io::Process> process = {};
  };

  Instance& find(const std::string& id);
  Told<> spawn(Instance& instance);
  io::Task<Told<>> wait_until_listening(Instance* instance);
  static io::Task<void> supervise(DemoFleet* fleet, Instance* instance);

  io::Loop& loop_;
  const DemoFleetOptions options_;
  const std::function<void(std::string)> say_;
  const std::vector<DemoService> services_ = demo_services();
  std::list<Instance> instances_;  // a list: processes do not move while somebody waits for them
  io::TaskScope supervision_;
};

}  // namespace weft::node
