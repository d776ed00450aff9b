// DnsPart: the DNS server of a node on a loop of its own, and the zone it answers from, which
// follows the catalogue.
#pragma once

#include "api/consul/face.h"
#include "base/log.h"
#include "base/meters.h"
#include "dns/server.h"
#include "dns/zone.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "io/thread.h"
#include "model/change.h"
#include "model/view.h"
#include "node/face_server.h"
#include "node/ground.h"
#include "node/settings.h"
#include "node/takeover.h"

#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {

// Thread: the control loop. Lifetime: stop() is awaited before destruction whenever start() was
// called; what it is made of outlives it.
class DnsPart final {
 public:
  struct Parts {
    io::Loop& loop;
    base::Log& log;
    base::MeterRegistry& meters;
    Ground& ground;
    const Settings& settings;
    const api::consul::Face& face;  // how instances look to Consul's clients
  };

  // The sockets of one address have two roles on their way to another process.
  static constexpr std::string_view kTcpRole = "dns";
  static constexpr std::string_view kUdpRole = "dns_udp";

  // Listens where the settings say, adding to `bound`, with what is taken over where there is; what
  // cannot be had is a sentence in `warnings`. Returns: null when there is nothing to serve.
  static std::unique_ptr<DnsPart> open(const Parts& parts, Takeover* takeover,
                                       std::vector<BoundListener>& bound,
                                       std::vector<std::string>& warnings);
  DnsPart(const DnsPart&) = delete;
  DnsPart& operator=(const DnsPart&) = delete;
  ~DnsPart();

  std::vector<dns::Server::OpenListener> listeners() const { return server_->listeners(); }

  // Answers from now on.
  void start(const model::View& view);
  // Follows the catalogue. The next zone is made once for all batches of a turn.
  void on_changes(std::span<const model::Change> changes, std::shared_ptr<const model::View> view);
  io::Task<void> stop();

 private:
  DnsPart(const Parts& parts, std::unique_ptr<io::LoopThread> thread);

  base::Result<base::SocketAddress> listen(const base::SocketAddress& address, Takeover* takeover);
  void stop_unstarted();
  base::Result<void> make_server(std::shared_ptr<const dns::ZoneSettings> settings);
  void fill(const model::View& view);
  void put_own_services(const model::View& view);
  void put_node(const model::View& view, std::string_view name);
  void put_instance(const model::View& view, std::string_view id);
  void note(const model::Change& change);
  void publish();
  void post();
  static io::Task<void> post_again(DnsPart* part);

  const Parts parts_;
  std::unique_ptr<io::LoopThread> thread_;
  io::TaskScope tasks_;    // of the server's loop
  io::TaskScope retries_;  // of ours
  std::unique_ptr<io::Resolver> resolver_;
  std::unique_ptr<dns::Server> server_;
  std::unique_ptr<dns::ZoneEditor> editor_;
  std::shared_ptr<const model::View> view_;
  // What has changed since the last zone.
  std::set<std::string, std::less<>> instances_;  // by id
  std::set<std::string, std::less<>> nodes_;
  std::vector<std::pair<std::string, std::string>> gone_;  // service and id
  bool is_posted_ = false;
};

}  // namespace weft::node
