#include "proxy/worker.h"

#include "proxy/exchange.h"
#include "proxy/policies/split.h"
#include "proxy/relay.h"

#include <algorithm>

namespace weft::proxy {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRecordsPerBatch = 512;
constexpr base::Nanos kRecordsDelay = 50ms;  // how long a record may wait for its batch
constexpr base::Nanos kSweepInterval = 1s;
// Looked at per turn: a microsecond or two each when nothing of it is in a cache.
constexpr std::size_t kClustersPerLook = 512;
// Adopted per turn: a few microseconds each, more with many endpoints.
constexpr std::size_t kClustersPerTurn = 64;
constexpr base::Nanos kAdoptionPause = 1ms;
// When a drain begins, new clients are taken until none has come for so long; then the listener
// closes, which resets whoever stands in its queue. Who has connected and not asked yet has so
// long.
constexpr base::Nanos kAcceptLull = 1ms;
constexpr base::Nanos kAcceptLastTime = 100ms;
constexpr base::Nanos kNewClientTime = 1s;
// And who has asked before: most of these ask again within it, hear with the answer that the
// connection ends, and are not cut just as they send.
constexpr base::Nanos kKeptClientTime = 250ms;

}  // namespace

WorkerOptions worker_options(const base::Limits& limits) {
  WorkerOptions options;
  options.client = http::connection_options(limits);
  options.backend_head = options.client.head;
  options.mirrored_max = limits[base::Limit::kMirroredRequests];
  options.connections_max = limits[base::Limit::kProxyConnections];
  options.shedder.delay_max = limits.time(base::Limit::kLoopDelayMillis);
  options.shedder.requests_max = static_cast<std::uint32_t>(limits[base::Limit::kLoopRequests]);
  return options;
}

struct Worker::Listening {
  io::Listener listener;
  std::string port;
  bool is_left = false;  // its queue is another process's
};

// One client connection, linked so that a drain can find the idle ones.
class Worker::Client final {
 public:
  Client(Worker& worker, io::Accepted accepted)
      : worker_(worker),
        connection_(std::move(accepted.socket), std::move(accepted.peer), worker.options_.client) {
    next_ = std::exchange(worker.first_client_, this);
    if (next_ != nullptr) {
      next_->prev_ = this;
    }
    ++worker.client_count_;
    if (worker.draining_) {
      connection_.set_draining();
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    (prev_ != nullptr ? prev_->next_ : worker_.first_client_) = next_;
    if (next_ != nullptr) {
      next_->prev_ = prev_;
    }
    --worker_.client_count_;
    worker_.client_left_.notify_all();
  }

  http::ServerConnection& connection() { return connection_; }
  Client* next() const { return next_; }

 private:
  Worker& worker_;
  http::ServerConnection connection_;
  Client* next_ = nullptr;
  Client* prev_ = nullptr;
};

// Smooth weighted choice among the destinations of one route.
struct Worker::RouteWeights {
  std::vector<std::int64_t> credit;
};

Worker::Worker(io::Loop& loop, std::uint16_t number, const WorkerOptions& options,
               WorkerSinks sinks)
    : loop_(loop),
      number_(number),
      options_(options),
      sinks_(std::move(sinks)),
      indexes_(std::make_shared<RouteIndex>(std::make_shared<model::Snapshot>())),
      rates_(loop.random().next()),
      mirrors_(loop, {.under_way_max = options.mirrored_max, .head = options.backend_head}),
      client_left_(loop),
      shedder_(options_.shedder) {
  if (sinks_.meters != nullptr) {
    limit_meters_.emplace(*sinks_.meters);
  }
  records_.reserve(kRecordsPerBatch);
  house_.spawn("proxy housekeeping", keep_house(this));
}

Worker::~Worker() = default;

base::Result<Worker::OpenListener> Worker::listen(const base::SocketAddress& address) {
  io::ListenOptions listen_options;
  listen_options.reuse_port = !address.is_unix();
  WEFT_TRY(auto listener, io::listen(loop_, address, listen_options));
  return begin_to_accept(std::move(listener));
}

base::Result<Worker::OpenListener> Worker::inherit(io::UniqueFd descriptor) {
  WEFT_TRY(auto listener, io::adopt_listener(loop_, std::move(descriptor)));
  return begin_to_accept(std::move(listener));
}

Worker::OpenListener Worker::begin_to_accept(io::Listener listener) {
  const OpenListener out{listener.local_address(), listener.descriptor()};
  listening_.push_back(
      std::make_unique<Listening>(std::move(listener), std::to_string(out.address.port)));
  if (!holds_clients_) {
    accepting_.spawn("proxy accept", accept_clients(this, listening_.back().get()));
  }
  return out;
}

void Worker::take_clients() {
  holds_clients_ = false;
  for (const auto& listening : listening_) {
    accepting_.spawn("proxy accept", accept_clients(this, listening.get()));
  }
}

void Worker::leave_queue(int descriptor) {
  for (const auto& listening : listening_) {
    listening->is_left |= listening->listener && listening->listener.descriptor() == descriptor;
  }
}

io::Task<void> Worker::accept_clients(Worker* worker, Listening* listening) {
  for (;;) {
    if (worker->client_count_ >= worker->options_.connections_max) {
      worker->limit_met(base::Limit::kProxyConnections);
    }
    while (worker->client_count_ >= worker->options_.connections_max) {
      if (const auto waited = co_await worker->client_left_.wait(); !waited) {
        co_return;
      }
    }
    auto accepted = co_await listening->listener.accept();
    if (accepted) {
      worker->serving_.spawn("proxy client", serve(worker, std::move(*accepted), listening));
      continue;
    }
    if (accepted.error().code == base::Code::kCancelled) {
      co_return;
    }
    // Out of descriptors or memory: others must leave first.
    if (const auto slept = co_await worker->loop_.sleep_for(10ms); !slept) {
      co_return;
    }
  }
}

// Says what is wrong with a head that could not be read, when somebody is there to hear it.
io::Task<void> Worker::refuse_head(Worker* worker, http::ServerConnection* connection,
                                   base::Error error) {
  worker->limit_met(http::client_limit_met(error.code));
  if (error.code == base::Code::kReset || error.code == base::Code::kClosed ||
      error.code == base::Code::kCancelled) {
    co_return;
  }
  const ErrorReply reply = reply_to_bad_request(error);
  wire::RequestId request_id;
  wire::choose_request_id({}, worker->loop_.random(), request_id);
  write_error_reply(reply, {request_id.view(), {}, {}, {}}, true, worker->writer_);
  worker->write_access_line(*connection, error, reply);
  const auto sent = co_await send_scratch(connection->socket(), worker->writer_.view(),
                                          connection->progress_deadline());
  if (sent) {
    co_await connection->close_gracefully();
  }
}

io::Task<void> Worker::serve(Worker* worker, io::Accepted accepted, Listening* listening) {
  Client client(*worker, std::move(accepted));
  http::ServerConnection& connection = client.connection();
  for (;;) {
    std::optional<base::Result<http::HeadEvent>> event;
    if (connection.in().empty()) {
      if (!connection.may_come()) {
        co_return;
      }
      const auto count = co_await connection.first_bytes();
      event = connection.take_first(count, worker->request_head_);
    }
    if (!event) {
      event.emplace(co_await connection.read_rest_of_head(worker->request_head_));
    }
    if (!*event) {
      co_await refuse_head(worker, &connection, event->error());
      co_return;
    }
    if (**event == http::HeadEvent::kIdled) {
      worker->limit_met(base::Limit::kIdleMillis);
    }
    if (**event != http::HeadEvent::kHead) {
      co_return;
    }
    const KeepAlive keep_alive = co_await Exchange::run(*worker, connection, listening->port);
    if (keep_alive == KeepAlive::kNo) {
      co_await connection.close_gracefully();
      co_return;
    }
  }
}

// Sends records on, sweeps pools, lets go of clusters that left.
io::Task<void> Worker::keep_house(Worker* worker) {
  base::MonoTime next_sweep = worker->loop_.now() + kSweepInterval;
  for (;;) {
    if (const auto slept = co_await worker->loop_.sleep_for(kRecordsDelay); !slept) {
      co_return;
    }
    worker->flush_records();
    const base::MonoTime now = worker->loop_.now();
    worker->shedder_.on_turn(worker->loop_.last_turn(), now);
    if (now < next_sweep) {
      continue;
    }
    if (worker->sweep_some(now)) {
      next_sweep = now + kSweepInterval;
    }
  }
}

// Returns: has every cluster been looked at since it last returned true? With very many of them a
// round takes longer than the interval.
bool Worker::sweep_some(base::MonoTime now) {
  next_swept_ = visit_some(clusters_, next_swept_, kClustersPerLook,
                           [now](LoopCluster& cluster) { cluster.sweep(now); });
  if (next_swept_ < clusters_.bucket_count()) {
    return false;
  }
  next_swept_ = 0;
  std::erase_if(leaving_clusters_, [](const auto& cluster) { return cluster->is_idle(); });
  return true;
}

void Worker::adopt(std::shared_ptr<const RouteIndex> index) {
  const auto* changes = index->snapshot().changes_since(this->index().snapshot());
  indexes_.adopt(std::move(index));
  if (changes != nullptr) {
    note_changes(*changes);
  } else {
    note_everything();
  }
  adopt_some_clusters();
  if (!changed_clusters_.empty() && !is_adopting_) {
    is_adopting_ = true;
    house_.spawn("proxy adoption", adopt_other_clusters(this));
  }
}

void Worker::note_changes(const model::SnapshotChanges& changes) {
  for (const auto& change : changes.clusters) {
    if (change.before != nullptr && clusters_.contains(change.before->number)) {
      changed_clusters_.push_back(change.before);
    }
  }
  for (const auto& [before, after] : changes.routes) {
    if (before == nullptr) {
      continue;
    }
    rates_.follow(before->number, after != nullptr ? &after->object : nullptr);
    if (after == nullptr || after->object.destinations != before->object.destinations) {
      route_weights_.erase(before->number);  // the choice begins anew
    }
  }
}

// Nobody says what changed since the index before.
void Worker::note_everything() {
  changed_clusters_.clear();
  for (const auto& [number, cluster] : clusters_) {
    changed_clusters_.push_back(cluster->shared_config());
  }
  if (route_weights_.size() > index().snapshot().routes.size()) {
    route_weights_.clear();  // mostly of routes that left
  }
  rates_.sweep(index().snapshot());
}

void Worker::adopt_some_clusters() {
  for (std::size_t i = 0; i < kClustersPerTurn && !changed_clusters_.empty(); ++i) {
    const auto last = std::move(changed_clusters_.back());
    changed_clusters_.pop_back();
    adopt_cluster(*last);
  }
}

// Whoever waits in a cluster may run within, and do anything to this loop's clusters.
void Worker::adopt_cluster(const model::Cluster& last) {
  const auto found = clusters_.find(last.number);
  if (found == clusters_.end()) {
    return;
  }
  auto now = index().shared_cluster(last.service);
  if (now != nullptr && now->number == last.number) {
    if (found->second->shared_config() != now) {
      found->second->adopt(std::move(now));
    }
    return;
  }
  found->second->close_idle();
  leaving_clusters_.push_back(std::move(found->second));
  clusters_.erase(found);
}

io::Task<void> Worker::adopt_other_clusters(Worker* worker) {
  while (!worker->changed_clusters_.empty()) {
    if (const auto slept = co_await worker->loop_.sleep_for(kAdoptionPause); !slept) {
      break;
    }
    worker->adopt_some_clusters();
  }
  worker->is_adopting_ = false;
}

LoopCluster& Worker::cluster_of(const model::Cluster& cluster) {
  auto& slot = clusters_[cluster.number];
  if (!slot) {
    slot = std::make_unique<LoopCluster>(
        loop_, index().shared_cluster(cluster.service),
        [this, service = cluster.number](const balance::BreakerTransition& transition) {
          if (sinks_.breakers) {
            sinks_.breakers({service, transition.endpoint_id, transition.entered, number_});
          }
        });
  }
  return *slot;
}

RouteTarget Worker::choose_destination(const CompiledRoute& route, const wire::RequestHead& head) {
  if (const auto key = split_key(route.route().split, head)) {
    return split_by_key(index(), route, *key);
  }
  const auto& destinations = route.route().destinations;
  auto& weights = route_weights_[route.number()];
  if (!weights || weights->credit.size() != destinations.size()) {
    weights = std::make_unique<RouteWeights>();
    weights->credit.resize(destinations.size());
  }
  std::int64_t total = 0;
  std::optional<std::size_t> chosen;
  for (std::size_t i = 0; i < destinations.size(); ++i) {
    if (destinations[i].weight == 0 || index().cluster(destinations[i].service) == nullptr) {
      continue;
    }
    total += destinations[i].weight;
    weights->credit[i] += destinations[i].weight;
    if (!chosen || weights->credit[i] > weights->credit[*chosen]) {
      chosen = i;
    }
  }
  if (!chosen) {
    return {};
  }
  weights->credit[*chosen] -= total;
  return index().target(route, *chosen);
}

void Worker::on_check_passed(std::uint32_t service, std::uint32_t instance) {
  if (const auto found = clusters_.find(service); found != clusters_.end()) {
    found->second->balance().on_active_check_passed(instance, loop_.now());
  }
}

bool Worker::reset_breaker(std::uint32_t service, std::uint32_t instance) {
  const auto found = clusters_.find(service);
  return found != clusters_.end() && found->second->balance().reset_breaker(instance, loop_.now());
}

io::Resolver* Worker::resolver() {
  if (!resolver_) {
    if (auto made = io::make_resolver(loop_, {})) {
      resolver_ = std::move(*made);
    }
  }
  return resolver_.get();
}

std::optional<base::Limit> Worker::shed_by() {
  shedder_.on_turn(loop_.last_turn(), loop_.now());
  switch (shedder_.judge(requests_ - 1)) {
    case balance::Shedder::Verdict::kAdmit:
      break;
    case balance::Shedder::Verdict::kTooManyRequests:
      return base::Limit::kLoopRequests;
    case balance::Shedder::Verdict::kTooSlow:
      return base::Limit::kLoopDelayMillis;
  }
  return std::nullopt;
}

void Worker::record(const model::Record& record) {
  --requests_;
  if (!sinks_.records) {
    return;
  }
  records_.push_back(record);
  records_.back().loop = number_;
  if (records_.size() >= kRecordsPerBatch) {
    flush_records();
  }
}

// A request whose head could not be read has no exchange and no record, but a line.
void Worker::write_access_line(const http::ServerConnection& connection, const base::Error& error,
                               const ErrorReply& reply) {
  if (sinks_.access == nullptr) {
    return;
  }
  model::Record record;
  record.started_unix_ns = loop_.wall_now().time_since_epoch().count();
  record.response_bytes = writer_.view().size();
  record.status = reply.status;
  record.failed = true;
  record.error = error.code;
  record.side = reply.side;
  const AccessNote nothing;
  sinks_.access->write({record, nothing, connection.peer_ip(), {}, {}, {}, reply.reason});
}

void Worker::suspect(std::uint32_t instance) {
  if (sinks_.suspects) {
    sinks_.suspects(instance);
  }
}

void Worker::limit_met(std::optional<base::Limit> limit) {
  if (limit_meters_ && limit) {
    limit_meters_->reached(*limit);
  }
}

void Worker::flush_records() {
  if (records_.empty() || !sinks_.records) {
    return;
  }
  std::vector<model::Record> batch;
  batch.reserve(kRecordsPerBatch);
  batch.swap(records_);
  sinks_.records(std::move(batch));
}

WorkerStatus Worker::status() const {
  WorkerStatus out;
  out.clients = client_count_;
  for (const auto& [number, cluster] : clusters_) {
    out.idle_backend_connections += cluster->idle_connections();
    for (const auto& endpoint : cluster->balance().endpoints()) {
      out.endpoints.push_back({number, endpoint->id, endpoint->active, endpoint->breaker.state()});
    }
  }
  return out;
}

ActivePart Worker::active(ActivePart::Place at) const {
  ActivePart out;
  out.is_first = at.buckets != clusters_.bucket_count();
  const auto add = [&out](LoopCluster& cluster) {
    for (const auto& endpoint : cluster.balance().endpoints()) {
      out.counts.push_back({endpoint->id, endpoint->active});
    }
  };
  out.next = {visit_some(clusters_, out.is_first ? 0 : at.bucket, kClustersPerLook, add),
              clusters_.bucket_count()};
  out.is_last = out.next.bucket == out.next.buckets;
  return out;
}

EndpointReports Worker::report(std::span<const EndpointRef> endpoints) {
  return {index().snapshot().index, report_endpoints(clusters_, endpoints, loop_.now())};
}

io::Task<void> Worker::drain(base::MonoTime deadline) {
  draining_ = true;
  co_await accepting_.stop();
  for (const auto& listening : listening_) {
    co_await accept_last(this, listening.get());
  }
  for (Client* client = first_client_; client != nullptr; client = client->next()) {
    client->connection().set_draining();
  }
  const base::MonoTime began = loop_.now();
  co_await wait_for_clients(std::min(deadline, began + kKeptClientTime));
  close_idle_clients(Idle::kUsed);
  co_await wait_for_clients(std::min(deadline, began + kNewClientTime));
  close_idle_clients(Idle::kAll);
  co_await wait_for_clients(deadline);
  flush_records();
}

// Empties the queue of a listener, unless it is another process's now, and closes it.
io::Task<void> Worker::accept_last(Worker* worker, Listening* listening) {
  const base::MonoTime end = worker->loop_.now() + kAcceptLastTime;
  while (!listening->is_left && worker->loop_.now() < end) {
    auto accepted = co_await listening->listener.accept(worker->loop_.now() + kAcceptLull);
    if (!accepted) {
      break;
    }
    worker->serving_.spawn("proxy client", serve(worker, std::move(*accepted), listening));
  }
  listening->listener.close();
}

// Ends the waits of clients that have no request under way; not of one that has just sent another.
void Worker::close_idle_clients(Idle which) {
  std::vector<io::Socket*> idle;  // a wait that ends may end its client
  for (Client* client = first_client_; client != nullptr; client = client->next()) {
    http::ServerConnection& connection = client->connection();
    if (connection.is_idle() && !connection.socket().is_stale() &&
        (which == Idle::kAll || !connection.is_new())) {
      idle.push_back(&connection.socket());
    }
  }
  for (io::Socket* socket : idle) {
    socket->cancel_recv();
  }
}

io::Task<void> Worker::wait_for_clients(base::MonoTime deadline) {
  while (client_count_ > 0) {
    if (const auto waited = co_await client_left_.wait(deadline); !waited) {
      co_return;
    }
  }
}

io::Task<void> Worker::stop() {
  draining_ = true;
  co_await accepting_.stop();
  for (const auto& listening : listening_) {
    listening->listener.close();
  }
  co_await serving_.stop();
  co_await mirrors_.stop();
  co_await house_.stop();
  flush_records();
  for (const auto& [number, cluster] : clusters_) {
    cluster->close_idle();
  }
  if (resolver_) {
    co_await resolver_->stop();
  }
}

}  // namespace weft::proxy
