// A small service for demos and tests: /health, a documentation page, and work that calls other
// services through the gateway.
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "base/time.h"
#include "http/client.h"
#include "http/dispatch.h"
#include "http/face_style.h"
#include "http/router.h"
#include "http/server.h"
#include "io/loop.h"
#include "io/task.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::node {

struct SampleOptions {
  std::string name = "sample";
  std::string description;
  base::SocketAddress listen;
  std::vector<std::string> calls;  // services it calls for each piece of work
  base::HostPort gateway;          // where they are called
  base::Nanos work_time = base::Millis(1);
};

// How it misbehaves on purpose; set by POST /chaos.
struct SampleChaos {
  double latency_ms = 0;   // added to each piece of work
  double error_ratio = 0;  // of the work that answers 500
};

// Thread: its loop. Lifetime: stop() is awaited before destruction.
class Sample final {
 public:
  Sample(io::Loop& loop, base::Log& log, SampleOptions options);
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  // Errors: kAddressInUse and other errors of listening.
  base::Result<base::SocketAddress> start();
  io::Task<void> stop();

  const SampleOptions& options() const { return options_; }

 private:
  void add_routes();
  static io::Task<http::Response> answer_health(Sample* sample);
  static io::Task<http::Response> answer_docs(Sample* sample);
  static io::Task<http::Response> answer_work(Sample* sample, http::Context* context);

  io::Loop& loop_;
  base::Log& log_;
  const SampleOptions options_;
  SampleChaos chaos_;
  base::MeterRegistry meters_;
  http::Client client_;
  http::DetailStyle style_;
  http::Router router_;
  http::Dispatcher dispatcher_;
  std::unique_ptr<http::Server> server_;
  std::uint64_t pieces_ = 0;
};

}  // namespace weft::node
