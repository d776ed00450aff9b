// The demo watches the node the way its page does: over /ws/ui. Source: web/PROTOCOL.md.
#pragma once

#include "base/json.h"
#include "http/websocket_client.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"
#include "node/demo_ground.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace weft::node {

// Thread: its loop. Lifetime: stop() is awaited before destruction.
class DemoWatch final {
 public:
  DemoWatch(io::Loop& loop, base::HostPort node)
      : loop_(loop), node_(std::move(node)), changed_(loop) {}
  DemoWatch(const DemoWatch&) = delete;
  DemoWatch& operator=(const DemoWatch&) = delete;

  // Opens the socket, subscribes to the overview and waits for the snapshot.
  io::Task<Told<>> start();
  io::Task<void> stop();

  // "healthy", "unhealthy", ... as the page would show the instance now; "" when it would not.
  std::string status_of(const std::string& service, const std::string& instance) const;
  std::uint64_t services() const { return services_total_; }
  std::uint64_t services_healthy() const { return services_healthy_; }

  // Waits until `seen` is true of what the page would show.
  // Returns: when the frame that made it true arrived; nullopt at the deadline or a lost socket.
  io::Task<std::optional<base::MonoTime>> wait_until(std::function<bool()> seen,
                                                     base::MonoTime deadline);

 private:
  static io::Task<void> receive(DemoWatch* watch);
  void read_frame(const std::string& text);
  void read_services(const json::value& list);

  io::Loop& loop_;
  const base::HostPort node_;
  std::unique_ptr<http::WebSocketClient> client_;
  std::map<std::string, json::value> shown_;  // service objects by name
  std::uint64_t services_total_ = 0;
  std::uint64_t services_healthy_ = 0;
  bool has_snapshot_ = false;
  bool is_lost_ = false;
  io::Event changed_;
  io::TaskScope receiving_;
};

}  // namespace weft::node
