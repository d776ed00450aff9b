// One weft process with everything wired: store, state, faces, data plane, health.
// Start reading at start(); wiring.cc says who hears of what.
#pragma once

#include "api/kit/parts.h"
#include "api/ui/hub.h"
#include "base/json.h"
#include "base/log.h"
#include "base/meters.h"
#include "health/monitor.h"
#include "health/passive.h"
#include "http/dispatch.h"
#include "http/face_style.h"
#include "http/router.h"
#include "http/server.h"
#include "io/blocking_pool.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "io/watchdog.h"
#include "metrics/traffic.h"
#include "node/data_plane_view.h"
#include "node/settings.h"
#include "proxy/access_log.h"
#include "proxy/caller.h"
#include "proxy/compile.h"
#include "proxy/data_plane.h"
#include "state/state.h"

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

// A role and where it listens now.
struct BoundListener {
  std::string role;
  std::string address;
};

// {"control": ["127.0.0.1:8000"], ...}. Thread: any; pure.
json::object listeners_json(const std::vector<BoundListener>& listeners);

// Thread: the control loop, which is the loop it is made on. Lifetime: stop() is awaited before
// destruction whenever start() was called.
class Node final {
 public:
  Node(io::Loop& loop, base::Log& log, LoadedSettings settings);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();

  // Opens the store, binds the listeners, starts the loops. Returns when the first request can be
  // answered.
  io::Task<std::optional<StartFailure>> start();

  // Looks again at what can change while it runs (SIGHUP): the access log's file.
  void reopen_access_log();

  // Stops to accept, lets running requests end within the drain timeout, closes the store.
  io::Task<void> stop();

  const std::vector<BoundListener>& listeners() const { return bound_; }

 private:
  // start(), step by step.
  std::optional<StartFailure> check_exposure();
  std::optional<StartFailure> open_access_log();
  std::optional<StartFailure> open_store();
  io::Task<std::optional<StartFailure>> open_listeners();
  void add_routes();
  void write_listeners_file() const;
  static io::Task<http::Response> openapi_answer(Node* node);

  // Who hears of what (wiring.cc).
  void wire();
  void on_changes(const state::FeedBatch& batch);
  void publish_snapshot();
  void on_records(std::vector<model::Record> records);
  void on_breaker(proxy::BreakerEvent event);
  void on_probe(const health::ProbeOutcome& outcome);
  void make_health();
  static io::Task<base::Result<void>> apply(Node* node, model::Command command);
  static io::Task<void> keep_house(Node* node);

  io::Loop& loop_;
  base::Log& log_;
  const LoadedSettings loaded_;
  const Settings& settings_;
  base::MeterRegistry meters_;
  io::Watchdog watchdog_;
  api::kit::NodeFacts facts_;
  std::vector<BoundListener> bound_;

  io::BlockingPool pool_;
  std::unique_ptr<state::Store> store_;
  std::unique_ptr<state::State> state_;
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
  bool publish_posted_ = false;

  std::unique_ptr<api::kit::Parts> parts_;
  std::unique_ptr<api::ui::Hub> ui_;
  http::DetailStyle style_;
  http::Router router_;
  http::Dispatcher dispatcher_;
  std::unique_ptr<http::Server> server_;
  io::TaskScope tasks_;
};

}  // namespace weft::node
