// One loop of the data plane: its listeners, its clusters, its scratch memory. Nothing in it is
// shared; snapshots come in and records go out through mailboxes.
#pragma once

#include "balance/cluster.h"
#include "balance/shedder.h"
#include "base/limit_meters.h"
#include "http/server_connection.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/socket.h"
#include "io/task.h"
#include "model/record.h"
#include "proxy/access_ring.h"
#include "proxy/endpoint_report.h"
#include "proxy/error_reply.h"
#include "proxy/head_writer.h"
#include "proxy/index_holds.h"
#include "proxy/loop_cluster.h"
#include "proxy/policies/mirror.h"
#include "proxy/policies/rate_limit.h"
#include "proxy/route_index.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::proxy {

// Behaviour.
struct WorkerOptions {
  http::ConnectionOptions client;
  // Clients per loop; more wait in the backlog.
  std::size_t connections_max = base::default_of(base::Limit::kProxyConnections);
  std::size_t buffered_body_bytes = 32 * 1024;  // a request body up to this is held for a retry
  std::size_t informational_max = 8;            // 1xx heads before the final one
  wire::HeadLimits backend_head;
  std::size_t mirrored_max = base::default_of(base::Limit::kMirroredRequests);
  balance::ShedderOptions shedder;
  bool trace_fields = true;
  bool instance_field = true;  // X-Mesh-Instance in answers
};

// As this process has set them.
WorkerOptions worker_options(const base::Limits& limits);

// A breaker of one of this loop's clusters changed its state.
struct BreakerEvent {
  std::uint32_t service = 0;
  std::uint32_t instance = 0;
  balance::BreakerState state = balance::BreakerState::kClosed;
  std::uint16_t loop = 0;
};

// Where experience goes up. Called on the worker's loop; must not block.
struct WorkerSinks {
  std::function<void(std::vector<model::Record>)> records;
  std::function<void(BreakerEvent)> breakers;
  // A try at this instance failed, whether or not another one made it good.
  std::function<void(std::uint32_t instance)> suspects;
  // Null: no access log. Lifetime: the worker's.
  AccessRing* access = nullptr;
  base::MeterRegistry* meters = nullptr;  // knows what the loop counts; outlives the worker
};

// What a loop can say about itself. Thread: its loop; copied through a message.
struct WorkerStatus {
  std::size_t clients = 0;
  std::size_t idle_backend_connections = 0;
  struct EndpointStatus {
    std::uint32_t service = 0;
    std::uint32_t instance = 0;
    std::uint32_t active = 0;
    balance::BreakerState breaker = balance::BreakerState::kClosed;
  };
  std::vector<EndpointStatus> endpoints;  // those that this loop has called
};

// Thread: its loop. Lifetime: stop() is awaited before destruction.
class Worker final {
 public:
  Worker(io::Loop& loop, std::uint16_t number, const WorkerOptions& options, WorkerSinks sinks);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  // Listeners accept nobody before take_clients(): there may be no snapshot yet, and an inherited
  // queue is not ours yet. Without it they accept at once.
  void hold_clients() { holds_clients_ = true; }
  void take_clients();
  // A listening socket of the loop. Lifetime of the descriptor: until the worker drains or stops.
  struct OpenListener {
    base::SocketAddress address;
    int descriptor = -1;
  };
  // Errors: kAddressInUse, kForbidden, kNoSpace, kIo.
  base::Result<OpenListener> listen(const base::SocketAddress& address);
  // One that another process had, with whoever waits in its queue. Errors: io::adopt_listener()'s.
  base::Result<OpenListener> inherit(io::UniqueFd descriptor);
  // Another process accepts from this listener from now on: a drain closes ours and leaves who
  // waits in its queue to that one.
  void leave_queue(int descriptor);

  // Takes a new snapshot between two requests, at the cost of what changed since the one before;
  // clusters in use keep their state. Of many that changed a part is left for the next turns, so
  // that none is long; a request meets such a one as it was.
  void adopt(std::shared_ptr<const RouteIndex> index);
  // An active check passed: an open breaker or an ejection ends early.
  void on_check_passed(std::uint32_t service, std::uint32_t instance);
  // Returns: false when this loop has no state of the instance.
  bool reset_breaker(std::uint32_t service, std::uint32_t instance);

  // No new connections; running exchanges may end until `deadline`, then they are cut.
  io::Task<void> drain(base::MonoTime deadline);
  io::Task<void> stop();

  // All of it at once, which takes long in a large table: for tests.
  WorkerStatus status() const;
  // The requests under way at endpoints that this loop has called: those of some clusters, from
  // the beginning, or ActivePart::next, on.
  ActivePart active(ActivePart::Place at) const;
  // At most kEndpointsPerReport at a time.
  EndpointReports report(std::span<const EndpointRef> endpoints);

  // For the exchange.
  io::Loop& loop() { return loop_; }
  const WorkerOptions& options() const { return options_; }
  const RouteIndex& index() const { return *indexes_.current(); }
  IndexHolds::Hold hold_index() { return indexes_.hold(); }
  // `cluster` is of index().
  LoopCluster& cluster_of(const model::Cluster& cluster);
  // One destination of a route with several, as its split says. No cluster: none exists.
  RouteTarget choose_destination(const CompiledRoute& route, const wire::RequestHead& head);
  wire::RequestHead& request_head() { return request_head_; }
  wire::ResponseHead& response_head() { return response_head_; }
  HeadWriter& writer() { return writer_; }
  RouteRates& rates() { return rates_; }
  Mirrors& mirrors() { return mirrors_; }
  // Made when the first backend with a name is called. Null: the system offers none.
  io::Resolver* resolver();
  // A request is under way until it is recorded.
  void begin_request() { ++requests_; }
  // Must a new one be refused, to protect the others? Call once, after begin_request().
  std::optional<base::Limit> shed_by();
  void record(const model::Record& record);
  AccessRing* access() { return sinks_.access; }
  void suspect(std::uint32_t instance);
  // Somebody met this limit, or none.
  void limit_met(std::optional<base::Limit> limit);

 private:
  struct Listening;
  class Client;

  OpenListener begin_to_accept(io::Listener listener);
  static io::Task<void> accept_clients(Worker* worker, Listening* listening);
  static io::Task<void> serve(Worker* worker, io::Accepted accepted, Listening* listening);
  static io::Task<void> refuse_head(Worker* worker, http::ServerConnection* connection,
                                    base::Error error);
  static io::Task<void> keep_house(Worker* worker);
  void write_access_line(const http::ServerConnection& connection, const base::Error& error,
                         const ErrorReply& reply);
  void flush_records();
  bool sweep_some(base::MonoTime now);
  void note_changes(const model::SnapshotChanges& changes);
  void note_everything();
  void adopt_some_clusters();
  void adopt_cluster(const model::Cluster& last);
  static io::Task<void> adopt_other_clusters(Worker* worker);
  enum class Idle : std::uint8_t { kUsed, kAll };
  static io::Task<void> accept_last(Worker* worker, Listening* listening);
  void close_idle_clients(Idle which);
  io::Task<void> wait_for_clients(base::MonoTime deadline);

  io::Loop& loop_;
  const std::uint16_t number_;
  const WorkerOptions options_;
  WorkerSinks sinks_;
  std::optional<base::LimitMeters> limit_meters_;
  IndexHolds indexes_;
  RouteRates rates_;
  Mirrors mirrors_;
  LoopClusters clusters_;
  std::vector<std::unique_ptr<LoopCluster>> leaving_clusters_;
  std::size_t next_swept_ = 0;  // a bucket of clusters_
  // Those of this loop that the newest index may have otherwise.
  std::vector<std::shared_ptr<const model::Cluster>> changed_clusters_;
  bool is_adopting_ = false;
  struct RouteWeights;
  std::unordered_map<std::uint32_t, std::unique_ptr<RouteWeights>> route_weights_;
  std::vector<std::unique_ptr<Listening>> listening_;
  Client* first_client_ = nullptr;
  std::size_t client_count_ = 0;
  io::Event client_left_;
  balance::Shedder shedder_;
  std::uint32_t requests_ = 0;
  bool holds_clients_ = false;
  bool draining_ = false;
  std::unique_ptr<io::Resolver> resolver_;
  std::vector<model::Record> records_;
  wire::RequestHead request_head_;
  wire::ResponseHead response_head_;
  HeadWriter writer_;
  io::TaskScope house_;
  io::TaskScope accepting_;
  io::TaskScope serving_;
};

}  // namespace weft::proxy
