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

// Numbers are those of rows (model/row.h). Thread: the control loop.
class DataPlane {
 public:
  virtual ~DataPlane() = default;

  virtual io::Task<std::expected<CallAnswer, CallFailure>> call(Call call) = 0;
  // The worst state of the instance's breakers over all loops. Null: no loop has called it.
  virtual std::optional<balance::BreakerState> breaker(std::uint32_t instance) const = 0;
  // Requests under way, at most a second old. Null: no loop has called it.
  virtual std::optional<std::uint32_t> active(std::uint32_t instance) const = 0;
  virtual void reset_breaker(std::uint32_t service, std::uint32_t instance) = 0;
  // How often breakers of a service have entered each state, by state.
  virtual std::uint64_t breaker_trips(std::uint32_t service, balance::BreakerState state) const = 0;
};

}  // namespace weft::api::kit
