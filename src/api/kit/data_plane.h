// What faces may ask of the data plane. The node implements it; faces never see the proxy room.
#pragma once

#include "balance/breaker.h"
#include "balance/candidates.h"
#include "base/error.h"
#include "http/client.h"
#include "io/task.h"
#include "model/snapshot.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace weft::api::kit {

// One call to a service on a client's behalf. Source: contract/sutazai.md §1 (call body).
struct Call {
  std::string service;
  wire::Method method = wire::Method::kGet;
  std::string path = "/";
  http::Headers headers;
  std::string body;
  base::Nanos timeout = base::Seconds(30);  // of one attempt
  std::uint32_t retries = 3;
  std::string client_ip;
};

struct CallAnswer {
  http::ClientResponse response;
  std::string instance;
  base::Nanos duration{0};
};

struct CallFailure {
  std::optional<balance::PickRefusal> refusal;  // nobody could be picked
  base::Error error;                            // else: how the last attempt ended
};

// An endpoint by the numbers of its rows.
struct EndpointRef {
  std::uint32_t service = 0;
  std::uint32_t instance = 0;
};

// How one loop sees an endpoint that it has called.
struct EndpointOnLoop {
  std::uint32_t instance = 0;
  std::uint32_t active = 0;  // requests and tunnels under way
  std::uint32_t idle_connections = 0;
  balance::BreakerState breaker = balance::BreakerState::kClosed;
  bool is_ejected = false;                  // as an outlier
  bool is_warming = false;                  // slow start
  std::optional<base::Nanos> idle_timeout;  // of the backend, once it is known
  std::uint64_t requests_total = 0;         // since the loop knows the endpoint; retries included
  std::uint64_t failures_total = 0;
};

struct LoopView {
  std::string loop;         // "proxy-0", "control"
  std::uint64_t index = 0;  // of the snapshot it works by
  std::vector<EndpointOnLoop> endpoints;
};

// Numbers are those of rows (model/row.h). Thread: the control loop.
class DataPlane {
 public:
  virtual ~DataPlane() = default;

  virtual io::Task<std::expected<CallAnswer, CallFailure>> call(Call call) = 0;
  // The worst state of the instance's breakers over all loops. Null: no loop has called it.
  virtual std::optional<balance::BreakerState> breaker(std::uint32_t instance) const = 0;
  // Requests under way, at most a second old. Null: no loop has called it.
  virtual std::optional<std::uint32_t> active(std::uint32_t instance) const = 0;
  // How every loop sees these endpoints now.
  virtual io::Task<std::vector<LoopView>> endpoints(std::vector<EndpointRef> asked) = 0;
  // Returns when every loop treats new requests by what was written with `index`; after a second
  // in any case, for a write is none the less done when a loop is stuck.
  virtual io::Task<void> adopted(std::uint64_t index) = 0;
  virtual void reset_breaker(std::uint32_t service, std::uint32_t instance) = 0;
  // How often breakers of a service have entered each state, by state.
  virtual std::uint64_t breaker_trips(std::uint32_t service, balance::BreakerState state) const = 0;
};

}  // namespace weft::api::kit
