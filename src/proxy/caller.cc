#include "proxy/caller.h"

#include "balance/attempt.h"
#include "balance/backoff.h"
#include "balance/hash.h"
#include "balance/pick.h"
#include "proxy/record_method.h"

#include <algorithm>

namespace weft::proxy {
namespace {

using base::Code;

base::Error instance_left() {
  return {Code::kUnreachable, base::Side::kBackend, base::Retry::kSafe, 0, "the instance has left"};
}

bool is_connect_failure(const base::Error& error) { return error.retry == base::Retry::kSafe; }

// Calls cycle through the instances unless somebody chose otherwise; the gateway's own default does
// not (contract/sutazai.md §1.1, contract/README.md "Every service through the gateway").
std::shared_ptr<const model::Cluster> as_called(const model::Cluster& cluster) {
  auto copy = std::make_shared<model::Cluster>(cluster);
  if (copy->settings.balancing == model::Balancing::kPeakEwma) {
    copy->settings.balancing = model::Balancing::kRoundRobin;
  }
  return copy;
}

}  // namespace

// One attempt with its end.
struct Caller::Attempted {
  std::uint32_t service = 0;
  std::uint32_t instance = 0;
  std::string instance_id;
  base::Result<http::ClientResponse> response = base::fail(Code::kUnavailable, "not tried");

  bool is_worth_another(wire::Method method, const model::RetrySettings& retry) const {
    if (!response) {
      return response.error().code != Code::kCancelled &&
             (is_connect_failure(response.error()) || wire::is_idempotent(method));
    }
    return retry.is_on(response->status) && wire::is_idempotent(method);
  }
};

Caller::Caller(io::Loop& loop, io::Resolver* resolver, std::uint16_t loop_number, WorkerSinks sinks)
    : loop_(loop),
      loop_number_(loop_number),
      sinks_(std::move(sinks)),
      client_(loop, resolver, http::Client::Reuse::kKeepAlive),
      index_(std::make_shared<RouteIndex>(std::make_shared<model::Snapshot>())) {
  if (sinks_.meters != nullptr) {
    limit_meters_.emplace(*sinks_.meters);
  }
}

void Caller::adopt(std::shared_ptr<const RouteIndex> index) {
  const auto* changes = index->snapshot().changes_since(index_->snapshot());
  index_ = std::move(index);
  std::erase_if(leaving_, [](const auto& cluster) { return cluster->is_idle(); });
  std::vector<std::shared_ptr<const model::Cluster>> changed;
  if (changes != nullptr) {
    for (const auto& change : changes->clusters) {
      if (change.before != nullptr) {
        changed.push_back(change.before);
      }
    }
  } else {
    for (const auto& [number, cluster] : clusters_) {
      changed.push_back(cluster->shared_config());
    }
  }
  for (const auto& last : changed) {
    adopt_cluster(*last);
  }
}

void Caller::adopt_cluster(const model::Cluster& last) {
  const auto found = clusters_.find(last.number);
  if (found == clusters_.end()) {
    return;
  }
  const model::Cluster* now = index_->cluster(last.service);
  if (now != nullptr && now->number == last.number) {
    found->second->adopt(as_called(*now));
    return;
  }
  leaving_.push_back(std::move(found->second));
  clusters_.erase(found);
}

LoopCluster* Caller::cluster_of(const std::string& service) {
  const model::Cluster* cluster = index_->cluster(service);
  if (cluster == nullptr) {
    return nullptr;
  }
  auto& slot = clusters_[cluster->number];
  if (!slot) {
    slot = std::make_unique<LoopCluster>(
        loop_, as_called(*cluster),
        [this, number = cluster->number](const balance::BreakerTransition& transition) {
          if (sinks_.breakers) {
            sinks_.breakers({number, transition.endpoint_id, transition.entered, loop_number_});
          }
        });
  }
  return slot.get();
}

io::Task<std::expected<CallAnswer, CallFailure>> Caller::call(CallRequest request) {
  LoopCluster* cluster = cluster_of(request.service);
  if (cluster == nullptr) {
    co_return std::unexpected(CallFailure{balance::PickRefusal::kNoEndpoints, {}, 0});
  }
  const base::MonoTime began = loop_.now();
  const base::MonoTime deadline = began + request.timeout * (request.retries + 1);
  std::optional<std::uint64_t> client_hash;
  if (const auto ip = base::parse_ip(request.client_ip)) {
    client_hash = balance::hash_client(*ip);
  }
  balance::Tried tried;
  Attempted last;
  cluster->begin_use();
  balance::RetryBudget& budget = cluster->balance().retry_budget();
  budget.on_request(began);
  std::uint32_t attempts = 0;
  for (; attempts <= request.retries && loop_.now() < deadline; ++attempts) {
    if (attempts > 0 && !budget.try_retry(loop_.now())) {
      break;
    }
    const auto picked =
        balance::pick(cluster->balance(), {loop_.now(), loop_.random(), tried, client_hash});
    if (!picked) {
      if (const auto limit = proxy::limit_met(picked.error())) {
        limit_met(*limit);
      }
      if (attempts == 0) {
        cluster->end_use();
        co_return std::unexpected(CallFailure{picked.error(), {}, 0});
      }
      break;  // the first failures say more than "all breakers are open now"
    }
    const std::uint32_t picked_id = picked->endpoint->id;
    if (picked->was_tried) {
      const model::RetrySettings& retry = cluster->config().settings.retry;
      const auto pause = balance::backoff({.first = retry.backoff_base, .max = retry.backoff_max},
                                          attempts - 1, loop_.random());
      const auto slept = co_await loop_.sleep_until(std::min(deadline, loop_.now() + pause));
      if (!slept) {
        break;
      }
    }
    balance::Endpoint* endpoint = cluster->balance().find(picked_id);
    if (endpoint == nullptr || endpoint->weight == 0) {
      continue;  // it left or was drained during the pause
    }
    tried.add(picked_id);
    last = co_await attempt(cluster, endpoint, &request,
                            std::min(deadline, loop_.now() + request.timeout));
    if (!last.is_worth_another(request.method, cluster->config().settings.retry)) {
      ++attempts;
      break;
    }
  }
  cluster->end_use();
  record(request, last, began, attempts - 1);
  if (!last.response) {
    co_return std::unexpected(CallFailure{std::nullopt, last.response.error(), attempts});
  }
  co_return CallAnswer{std::move(*last.response), std::move(last.instance_id), loop_.now() - began,
                       attempts};
}

io::Task<Caller::Attempted> Caller::attempt(LoopCluster* cluster, balance::Endpoint* endpoint,
                                            const CallRequest* request, base::MonoTime deadline) {
  Attempted out;
  out.service = cluster->config().number;
  out.instance = endpoint->id;
  balance::Attempt attempt(cluster->balance(), *endpoint, loop_.now());
  auto slot = co_await take_slot(cluster, endpoint, deadline);
  if (!slot) {
    attempt.settle(balance::outcome_of_error(slot.error()), loop_.now());
    out.response = base::fail(slot.error());
    co_return out;
  }
  const Backend* backend = cluster->backend(endpoint->id);
  if (backend == nullptr) {
    out.response = base::fail(instance_left());
    co_return out;
  }
  out.instance_id = backend->instance;
  http::ClientRequest message;
  message.method = request->method;
  message.to = {backend->host, backend->port};
  if (backend->address && backend->address->is_unix()) {
    message.unix_path = backend->address->unix_path;
  }
  message.target = request->path;
  message.fields = request->headers;
  message.body = request->body;
  message.deadline = deadline;
  message.connect_timeout = cluster->config().settings.timeouts.connect;
  out.response = co_await client_.call(std::move(message));
  attempt.settle(out.response ? balance::outcome_of_status(out.response->status)
                              : balance::outcome_of_error(out.response.error()),
                 loop_.now());
  slot->release();
  cluster->tell_slot_freed(out.instance);
  if (!out.response && sinks_.suspects) {
    sinks_.suspects(out.instance);
  }
  co_return out;
}

// A place among the endpoint's connections; waits for one when all are taken. The caller's Attempt
// keeps the endpoint meanwhile.
io::Task<base::Result<balance::LimitSlot>> Caller::take_slot(LoopCluster* cluster,
                                                             balance::Endpoint* endpoint,
                                                             base::MonoTime deadline) {
  bool has_waited = false;
  for (;;) {
    auto slot = endpoint->limits.take_connection();
    if (slot) {
      co_return slot;
    }
    if (!std::exchange(has_waited, true)) {
      limit_met(endpoint->limits.connection_limit_met());
    }
    const auto pending = endpoint->limits.take_pending();
    if (!pending) {
      limit_met(endpoint->limits.pending_limit_met());
      co_return base::fail(pending.error());
    }
    Backend* backend = cluster->backend(endpoint->id);
    if (backend == nullptr) {
      co_return base::fail(instance_left());
    }
    const auto freed = co_await backend->slot_freed.wait(deadline);
    if (!freed && freed.error().code == Code::kTimeout) {
      co_return base::fail(Code::kOverloaded, "no connection became free in time",
                           base::Side::kSelf, base::Retry::kSafe);
    }
    if (!freed) {
      co_return base::fail(freed.error());
    }
  }
}

void Caller::limit_met(base::Limit limit) {
  if (limit_meters_) {
    limit_meters_->reached(limit);
  }
}

void Caller::record(const CallRequest& request, const Attempted& attempted, base::MonoTime began,
                    std::uint32_t retries) {
  if (!sinks_.records) {
    return;
  }
  model::Record record;
  record.duration_ns = (loop_.now() - began).count();
  record.started_unix_ns = loop_.wall_now().time_since_epoch().count() - record.duration_ns;
  record.service = attempted.service;
  record.instance = attempted.instance;
  record.request_bytes = request.body.size();
  record.loop = loop_number_;
  record.method = record_method(request.method);
  record.retries = static_cast<std::uint8_t>(std::min<std::uint32_t>(retries, 255));
  if (attempted.response) {
    record.status = attempted.response->status;
    record.response_bytes = attempted.response->body.size();
  } else {
    record.failed = true;
    record.error = attempted.response.error().code;
    record.side = base::Side::kBackend;
  }
  sinks_.records({record});
}

void Caller::on_check_passed(std::uint32_t service, std::uint32_t instance) {
  if (const auto found = clusters_.find(service); found != clusters_.end()) {
    found->second->balance().on_active_check_passed(instance, loop_.now());
  }
}

void Caller::reset_breaker(std::uint32_t service, std::uint32_t instance) {
  if (const auto found = clusters_.find(service); found != clusters_.end()) {
    found->second->balance().reset_breaker(instance, loop_.now());
  }
}

EndpointReports Caller::report(std::span<const EndpointRef> endpoints) {
  return {index_->snapshot().index, report_endpoints(clusters_, endpoints, loop_.now())};
}

std::unordered_map<std::uint32_t, std::uint32_t> Caller::active() const {
  std::unordered_map<std::uint32_t, std::uint32_t> out;
  const auto add = [&out](LoopCluster& cluster) {
    for (const auto& endpoint : cluster.balance().endpoints()) {
      if (endpoint->active > 0) {
        out[endpoint->id] = endpoint->active;
      }
    }
  };
  for (const auto& [number, cluster] : clusters_) {
    add(*cluster);
  }
  for (const auto& cluster : leaving_) {
    add(*cluster);
  }
  return out;
}

}  // namespace weft::proxy
