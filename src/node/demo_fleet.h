// The fleet of `weft demo`: a node and sample services as child processes.
// Source: contract/ose.md §3.1 (names, ports), §5.1 (who calls whom).
#pragma once

#include "base/address.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/process.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// One service of the demo. Lifetime: static.
struct DemoService {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  std::uint16_t port;
  std::string_view calls;  // among these services
  int instances;
};
std::span<const DemoService> demo_services();

// Everything the demo started; the children die with it.
// Thread: its loop. Lifetime: stop() is awaited before destruction.
class DemoFleet final {
 public:
  explicit DemoFleet(io::Loop& loop);
  DemoFleet(const DemoFleet&) = delete;
  DemoFleet& operator=(const DemoFleet&) = delete;
  ~DemoFleet();

  // Starts the node and every sample and registers them. Prints a line when a port is taken.
  // Errors: those of spawning; kTimeout when a child does not come up; kUnavailable when it
  // refuses.
  io::Task<base::Result<void>> start();
  // Lets the node drain, ends the rest, removes what was written.
  io::Task<void> stop();

  const base::HostPort& control() const { return control_; }
  const base::HostPort& gateway() const { return gateway_; }

 private:
  io::Task<base::Result<void>> start_node();
  io::Task<base::Result<void>> start_sample(const DemoService& service, std::uint16_t port);
  io::Task<base::Result<void>> register_sample(const DemoService& service, std::uint16_t port);

  io::Loop& loop_;
  http::Client client_;
  std::string directory_;
  base::HostPort control_;
  base::HostPort gateway_;
  std::unique_ptr<io::Process> node_;
  std::vector<std::unique_ptr<io::Process>> samples_;
};

}  // namespace weft::node
