// The demo's node: `weft server` as a child with settings for a show.
#pragma once

#include "base/address.h"
#include "io/loop.h"
#include "io/process.h"
#include "io/task.h"
#include "node/demo_ground.h"

#include <cstdint>
#include <optional>
#include <string>

namespace weft::node {

enum class DemoPorts : std::uint8_t {
  kUsual,  // the documented ones where they are free
  kFree,   // any
};

// Thread: its loop. Lifetime: stop() is awaited before destruction; a child that still runs is
// killed then.
class DemoNode final {
 public:
  // `directory` is the demo's own; it outlives the node.
  DemoNode(io::Loop& loop, const DemoDirectory& directory) : loop_(loop), directory_(directory) {}
  DemoNode(const DemoNode&) = delete;
  DemoNode& operator=(const DemoNode&) = delete;

  // Returns when the node listens. `notes` receives a sentence per port that was taken.
  io::Task<Told<>> start(DemoPorts ports, std::vector<std::string>* notes);

  const base::HostPort& control() const { return control_; }
  const base::HostPort& gateway() const { return gateway_; }

  // Waits until it has ended by itself. One caller at a time.
  io::Task<base::Result<io::ProcessExit>> wait();
  // Asks it to stop, and kills it after `patience`. Returns how it ended.
  io::Task<Told<io::ProcessExit>> stop(base::Nanos patience);
  // The end of its log, for people.
  std::string log_tail() const { return tail_of(log_path(), 20); }

 private:
  std::string log_path() const { return directory_.path() + "/node.log"; }
  io::ProcessOptions process_options(DemoPorts ports, std::vector<std::string>* notes) const;
  bool read_listeners();

  io::Loop& loop_;
  const DemoDirectory& directory_;
  std::optional<io::Process> process_;
  base::HostPort control_;
  base::HostPort gateway_;
};

}  // namespace weft::node
