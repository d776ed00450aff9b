// One weft process with everything wired: store, state, faces, data plane, health.
// Start reading at start(); wiring.cc says who hears of what.
#pragma once

#include "api/consul/face.h"
#include "api/consul/style.h"
#include "api/kit/parts.h"
#include "api/mesh/change_streams.h"
#include "api/ui/hub.h"
#include "base/json.h"
#include "base/log.h"
#include "base/meters.h"
#include "health/monitor.h"
#include "health/passive.h"
#include "http/client.h"
#include "http/face_style.h"
#include "http/host_check.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "io/watchdog.h"
#include "membership/membership.h"
#include "membership/shares.h"
#include "membership/talk.h"
#include "metrics/traffic.h"
#include "node/data_plane_view.h"
#include "node/dns_part.h"
#include "node/face_server.h"
#include "node/ground.h"
#include "node/settings.h"
#include "node/takeover.h"
#include "node/takeover_offer.h"
#include "proxy/access_log.h"
#include "proxy/caller.h"
#include "proxy/compile.h"
#include "proxy/data_plane.h"
#include "state/past.h"
#include "state/session_keeper.h"
#include "state/state.h"
#include "sync/consul_sync.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft::node {

// Why a node does not start: one line for stderr and the exit code.
struct StartFailure {
  std::string line;
  int exit_code = 1;
};

// {"control": ["127.0.0.1:8000"], ...}. Thread: any; pure.
json::object listeners_json(const std::vector<BoundListener>& listeners);

// Thread: the control loop, which is the loop it is made on. Lifetime: stop() is awaited before
// destruction whenever start() was called; loop, log and ground outlive it.
class Node final {
 public:
  // `taken_over` is called when another process has taken over: stop() is due then. Without it none
  // can.
  Node(io::Loop& loop, base::Log& log, Ground& ground, LoadedSettings settings,
       std::function<void()> taken_over = {});
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  // Alone, or with the listeners and the store of the process that runs on this data directory,
  // which then drains and ends. When that fails, that process goes on as before.
  enum class Beginning : std::uint8_t { kFresh, kTakeover };
  // Opens the store, binds the listeners, starts the loops. Returns when the first request can be
  // answered.
  io::Task<std::optional<StartFailure>> start(Beginning beginning = Beginning::kFresh);

  // Looks again at what can change while it runs (SIGHUP): the access log's file.
  void reopen_access_log();

  // Stops to accept, lets running requests end within the drain timeout, closes the store.
  io::Task<void> stop();

  const std::vector<BoundListener>& listeners() const { return bound_; }

 private:
  // start(), step by step.
  std::optional<StartFailure> check_exposure();
  std::optional<StartFailure> check_exposure(std::string_view role,
                                             const base::SocketAddress& address);
  std::optional<StartFailure> read_node_id();
  std::optional<StartFailure> open_access_log();
  StoreChoice store_choice();
  io::Task<std::optional<StartFailure>> open_store();
  void make_state();
  io::Task<std::optional<StartFailure>> join_others();
  io::Task<std::optional<StartFailure>> start_state();
  io::Task<std::optional<StartFailure>> check_addresses();
  std::optional<StartFailure> open_listeners();
  io::Task<void> begin_work();
  std::optional<StartFailure> open_faces();
  void add_routes();
  void add_consul_routes();
  http::HostCheck host_check() const;
  io::Task<void> write_down_node();
  io::Task<void> stop_faces(base::MonoTime deadline);

  // From and to another process; takeover_message.h has the order of things.
  io::Task<std::optional<StartFailure>> finish_takeover();
  void offer_takeover();
  std::vector<OfferedListener> offered_listeners() const;
  static io::Task<base::Result<std::uint64_t>> release_store(Node* node);
  static io::Task<base::Result<void>> take_back_store(Node* node);
  void leave(const std::vector<std::string>& taken);
  void write_listeners_file() const;
  static io::Task<http::Response> openapi_answer(Node* node);

  // Among others that share the store (sharing.cc).
  void share_work(health::MonitorSinks& sinks, state::SessionKeeper::Sharing& sessions);
  template <class T>
  bool is_own(const membership::Shares& shares, const T& object) const;
  bool owns(const health::OwnerKey& key) const;
  // Of what only one node does: is it this one?
  bool leads(std::string_view work) const;
  bool follow_nodes(const state::FeedBatch& batch);
  void on_report(const membership::Report& report);
  void on_renewal(const std::string& session);

  // Who hears of what (wiring.cc).
  void wire();
  void on_changes(const state::FeedBatch& batch);
  void publish_snapshot();
  void on_records(std::vector<model::Record> records);
  void on_breaker(proxy::BreakerEvent event);
  void on_probe(const health::ProbeOutcome& outcome);
  void make_health();
  void start_consul_sync();
  static io::Task<base::Result<void>> apply(Node* node, model::Command command);
  static io::Task<void> keep_house(Node* node);

  io::Loop& loop_;
  base::Log& log_;
  Ground& ground_;
  const LoadedSettings loaded_;
  const Settings& settings_;
  base::MeterRegistry meters_;
  io::Watchdog watchdog_;
  api::kit::NodeFacts facts_;
  std::string node_id_;  // a UUID, kept across starts
  std::vector<BoundListener> bound_;

  std::unique_ptr<state::Store> store_;
  std::unique_ptr<state::State> state_;
  std::unique_ptr<state::Past> past_;
  std::unique_ptr<state::SessionKeeper> sessions_;
  std::unique_ptr<membership::Membership> membership_;
  std::unique_ptr<membership::Shares> shares_;  // null: the store is this node's alone, as below
  std::unique_ptr<membership::Talk> talk_;
  state::Feed::Subscription subscription_;
  std::unique_ptr<io::Resolver> resolver_;
  std::unique_ptr<health::Monitor> health_;
  std::unique_ptr<health::Passive> passive_;
  metrics::Traffic traffic_;
  std::unique_ptr<proxy::AccessLog> access_log_;  // null: off
  proxy::DataPlane plane_;
  std::unique_ptr<proxy::Caller> caller_;
  std::unique_ptr<DataPlaneView> plane_view_;
  proxy::SnapshotCompiler compiler_;
  std::shared_ptr<const proxy::RouteIndex> index_;  // the newest; null: none yet
  bool is_serving_ = false;                         // start() came to its end
  bool has_left_ = false;                           // another process has taken over
  std::function<void()> taken_over_;
  std::unique_ptr<Takeover> takeover_;  // while start() takes over
  std::unique_ptr<TakeoverOffer> offer_;
  bool publish_posted_ = false;

  std::unique_ptr<api::kit::Parts> parts_;
  std::unique_ptr<api::ui::Hub> ui_;
  std::unique_ptr<api::mesh::ChangeStreams> streams_;
  std::unique_ptr<http::Client> wan_;  // asks other datacenters; null: there are none
  std::unique_ptr<api::consul::Face> consul_face_;
  http::DetailStyle style_;
  api::consul::ConsulStyle consul_style_;
  FaceServer control_;
  FaceServer consul_;
  std::unique_ptr<DnsPart> dns_;                   // null: it does not listen
  std::unique_ptr<sync::ConsulSync> consul_sync_;  // null: off
  io::TaskScope tasks_;
};

}  // namespace weft::node
