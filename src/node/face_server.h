// FaceServer: the listeners of one role that speaks HTTP: "control", "consul". Its routes, its
// server, and what of it can be handed to another process.
#pragma once

#include "base/address.h"
#include "base/log.h"
#include "base/meters.h"
#include "http/dispatch.h"
#include "http/face_style.h"
#include "http/router.h"
#include "http/server.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/unique_fd.h"
#include "node/setting_types.h"
#include "node/takeover.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::node {

// A role and where it listens now.
struct BoundListener {
  std::string role;
  std::string address;
  std::string wanted = {};  // as the settings have it; port 0 has become a real one in `address`
};

// Thread: the control loop. Lifetime: stop() has ended before it is destroyed whenever listen() was
// called.
class FaceServer final {
 public:
  // All outlive it.
  struct Parts {
    io::Loop& loop;
    base::Log& log;
    base::MeterRegistry& meters;
  };
  // What becomes of a node whose listener cannot bind.
  enum class WhenTaken : std::uint8_t { kFail, kWarn };

  // `style` speaks where no family does, and outlives it.
  FaceServer(const Parts& parts, std::string role, WhenTaken when_taken,
             const http::FaceStyle& style);
  FaceServer(const FaceServer&) = delete;
  FaceServer& operator=(const FaceServer&) = delete;

  const std::string& role() const { return role_; }
  http::Router& router() { return router_; }
  http::Dispatcher& dispatcher() { return dispatcher_; }

  // Binds every address, or takes what `takeover` has of it, which accepts after accept().
  // Adds to `bound`. Returns: why an address cannot be had, if it must be; with kWarn that is a
  // sentence in `warnings` instead.
  std::optional<std::string> listen(const ListenAddresses& addresses,
                                    const http::ServerOptions& options, Takeover* takeover,
                                    std::vector<BoundListener>& bound,
                                    std::vector<std::string>& warnings);
  // Those that were taken over begin to accept.
  void accept();
  std::vector<http::Server::OpenListener> listeners() const;
  io::Task<void> stop(base::MonoTime deadline);

 private:
  const Parts parts_;
  const std::string role_;
  const WhenTaken when_taken_;
  http::Router router_;
  http::Dispatcher dispatcher_;
  std::unique_ptr<http::Server> server_;  // null: it was never to listen
  std::vector<io::UniqueFd> inherited_;
};

}  // namespace weft::node
