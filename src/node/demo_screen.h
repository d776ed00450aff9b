// What the demo shows while it runs: where to look, what happens, and one live line.
#pragma once

#include "base/address.h"
#include "base/histogram.h"
#include "base/time.h"
#include "node/demo_stage.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// Where to look and what to try.
// Thread: any; pure.
struct DemoAddresses {
  base::HostPort control;
  base::HostPort gateway;
  std::size_t services = 0;
  std::size_t instances = 0;
  std::string victim;  // an instance that may be killed by hand, and its process
  int victim_pid = 0;
};
std::string introduction(const DemoAddresses& addresses);

// One reading of the steady client and the page.
struct DemoFigures {
  base::Nanos span{0};            // the time it covers
  base::HistogramCounts latency;  // of the requests of that time
  std::uint64_t failures = 0;     // since the start
  std::uint64_t requests = 0;     // since the start
  std::uint64_t services = 0;
  std::uint64_t services_healthy = 0;
};
// Thread: any; pure.
std::string live_line(const DemoFigures& figures);

// Thread: its loop.
class DemoScreen final {
 public:
  enum class Kind : std::uint8_t {
    kTerminal,  // the live line is rewritten in place
    kPlain,     // it is printed every few seconds
  };

  explicit DemoScreen(Kind kind) : kind_(kind) {}

  // How often a live line is due.
  base::Nanos pace() const;
  // Prints a line that stays.
  void say(std::string_view line);
  // Shows the live line.
  void show_live(const std::string& line);
  // Leaves the cursor on a line of its own.
  void close();
  // Nobody reads any more: the other end of a pipe has gone.
  bool is_lost() const;

 private:
  const Kind kind_;
  std::string live_;  // what stands on the terminal's last line
};

}  // namespace weft::node
