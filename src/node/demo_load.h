// An open-loop load generator: requests are due at a fixed rate whatever the answers do, and their
// latency counts from when they were due, so that a stall is not hidden by the requests that were
// not sent during it ("coordinated omission").
#pragma once

#include "base/address.h"
#include "http/client.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"
#include "node/load_report.h"

#include <cstddef>
#include <string>
#include <vector>

namespace weft::node {

struct LoadOptions {
  base::HostPort to;
  std::vector<std::string> targets;  // paths, taken in turn; not empty
  double requests_per_second = 50;
  std::size_t in_flight_max = 64;  // more wait for a free place, their latency runs
  base::Nanos patience = base::Seconds(5);
};

// Sends GETs; an answer other than 2xx, or none within the patience, is a failure.
// Thread: its loop. Lifetime: stop() is awaited before destruction.
class DemoLoad final {
 public:
  DemoLoad(io::Loop& loop, LoadOptions options);
  DemoLoad(const DemoLoad&) = delete;
  DemoLoad& operator=(const DemoLoad&) = delete;

  void start();
  // Sends no more and waits for the answers that are out.
  io::Task<void> finish();
  // Sends no more and waits for nothing.
  io::Task<void> stop();

  const LoadReport& report() const { return report_; }

 private:
  static io::Task<void> pace(DemoLoad* load);
  static io::Task<void> send(DemoLoad* load, std::string target, base::MonoTime due);
  io::Task<base::Result<void>> wait_for_place();

  io::Loop& loop_;
  const LoadOptions options_;
  http::Client client_;
  LoadReport report_;
  std::size_t in_flight_ = 0;
  io::Event place_;
  io::TaskScope pacing_;
  io::TaskScope requests_;
};

}  // namespace weft::node
