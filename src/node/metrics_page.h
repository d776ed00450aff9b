// /metrics on a listener of its own: for a command that runs no API.
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "http/dispatch.h"
#include "http/face_style.h"
#include "http/router.h"
#include "http/server.h"
#include "io/loop.h"

namespace weft::node {

// Thread: its loop. Lifetime: stop() is awaited before destruction.
class MetricsPage final {
 public:
  MetricsPage(io::Loop& loop, base::Log& log, base::MeterRegistry& meters,
              const base::Limits& limits);
  MetricsPage(const MetricsPage&) = delete;
  MetricsPage& operator=(const MetricsPage&) = delete;

  // Returns: the address bound. Errors: those of http::Server::listen().
  base::Result<base::SocketAddress> listen(const base::SocketAddress& address);
  io::Task<void> stop();

 private:
  static io::Task<http::Response> answer(const base::MeterRegistry* meters);

  io::Loop& loop_;
  http::DetailStyle style_;
  http::Router router_;
  http::Dispatcher dispatcher_;
  http::Server server_;
};

}  // namespace weft::node
