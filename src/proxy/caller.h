// Calls to a service made by this node on somebody's behalf (mesh v2 `/call`): the same balancing
// and breakers as the gateway, whole messages instead of streams, on the control loop.
#pragma once

#include "balance/candidates.h"
#include "balance/limits.h"
#include "base/error.h"
#include "base/limit_meters.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "model/record.h"
#include "proxy/endpoint_report.h"
#include "proxy/loop_cluster.h"
#include "proxy/route_index.h"
#include "proxy/worker.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace weft::proxy {

struct CallRequest {
  std::string service;
  wire::Method method = wire::Method::kGet;
  std::string path = "/";  // begins with '/'
  http::Headers headers;
  std::string body;
  base::Nanos timeout = base::Seconds(30);  // of one attempt
  std::uint32_t retries = 3;                // beyond the first attempt
  std::string client_ip;                    // for ip_hash; empty: random
};

struct CallAnswer {
  http::ClientResponse response;
  std::string instance;
  base::Nanos duration{0};
  std::uint32_t attempts = 0;
};

// Why there is no answer: nobody could be picked, or the last attempt failed.
struct CallFailure {
  std::optional<balance::PickRefusal> refusal;
  base::Error error;
  std::uint32_t attempts = 0;
};

// Thread: the control loop. Lifetime: outlives its calls.
class Caller final {
 public:
  // `loop_number` marks its records and breaker events; `sinks` as for a Worker.
  Caller(io::Loop& loop, io::Resolver* resolver, std::uint16_t loop_number, WorkerSinks sinks);

  void adopt(std::shared_ptr<const RouteIndex> index);
  void on_check_passed(std::uint32_t service, std::uint32_t instance);
  void reset_breaker(std::uint32_t service, std::uint32_t instance);

  // Retries as contract/sutazai.md §1.1 says: connection failures for any method, timeouts and
  // 502/503/504 for idempotent ones; another instance at once, a pause only when none is left;
  // never beyond timeout × (retries + 1), nor beyond the retry budget and the connections of an
  // instance that contract/README.md names.
  io::Task<std::expected<CallAnswer, CallFailure>> call(CallRequest request);

  // As Worker::report().
  EndpointReports report(std::span<const EndpointRef> endpoints);
  // Requests under way per instance. Lifetime: until the next await.
  std::unordered_map<std::uint32_t, std::uint32_t> active() const;

 private:
  struct Attempted;

  LoopCluster* cluster_of(const std::string& service);
  void adopt_cluster(const model::Cluster& last);
  io::Task<Attempted> attempt(LoopCluster* cluster, balance::Endpoint* endpoint,
                              const CallRequest* request, base::MonoTime deadline);
  io::Task<base::Result<balance::LimitSlot>> take_slot(LoopCluster* cluster,
                                                       balance::Endpoint* endpoint,
                                                       base::MonoTime deadline);
  void limit_met(base::Limit limit);
  void record(const CallRequest& request, const Attempted& attempted, base::MonoTime began,
              std::uint32_t retries);

  io::Loop& loop_;
  const std::uint16_t loop_number_;
  WorkerSinks sinks_;
  std::optional<base::LimitMeters> limit_meters_;
  http::Client client_;
  std::shared_ptr<const RouteIndex> index_;
  LoopClusters clusters_;
  std::vector<std::unique_ptr<LoopCluster>> leaving_;  // still called
};

}  // namespace weft::proxy
