#include "node/data_plane_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

// How long the answer to a write waits for a loop that is stuck; see api::kit::DataPlane::adopted.
constexpr base::Nanos kAdoptionPatience = 1s;
constexpr base::MeterInfo kLate{"weft_writes_ahead_of_loops_total",
                                "Writes that were answered before every loop worked by them"};

std::uint64_t trip_key(std::uint32_t service, balance::BreakerState state) {
  return std::uint64_t{service} << 8 | static_cast<std::uint64_t>(state);
}

api::kit::LoopView view_of(std::string loop, const proxy::EndpointReports& reports) {
  api::kit::LoopView out;
  out.loop = std::move(loop);
  out.index = reports.index;
  out.endpoints.reserve(reports.endpoints.size());
  for (const proxy::EndpointReport& report : reports.endpoints) {
    out.endpoints.push_back({report.endpoint.instance, report.active, report.idle_connections,
                             report.breaker, report.is_ejected, report.is_warming,
                             report.idle_timeout, report.attempts_total, report.failures_total});
  }
  return out;
}

}  // namespace

DataPlaneView::DataPlaneView(io::Loop& loop, proxy::DataPlane& plane, proxy::Caller& caller,
                             base::MeterRegistry& meters)
    : loop_(loop), plane_(plane), caller_(caller), group_(meters), late_(group_.counter(kLate)) {}

io::Task<std::expected<api::kit::CallAnswer, api::kit::CallFailure>> DataPlaneView::call(
    api::kit::Call call) {
  proxy::CallRequest request;
  request.service = std::move(call.service);
  request.method = call.method;
  request.path = std::move(call.path);
  request.headers = std::move(call.headers);
  request.body = std::move(call.body);
  request.timeout = call.timeout;
  request.retries = call.retries;
  request.client_ip = std::move(call.client_ip);
  auto answer = co_await caller_.call(std::move(request));
  if (!answer) {
    co_return std::unexpected(api::kit::CallFailure{answer.error().refusal, answer.error().error});
  }
  co_return api::kit::CallAnswer{std::move(answer->response), std::move(answer->instance),
                                 answer->duration};
}

std::optional<balance::BreakerState> DataPlaneView::breaker(std::uint32_t instance) const {
  if (const auto found = breakers_.find(instance); found != breakers_.end()) {
    balance::BreakerState worst = balance::BreakerState::kHalfOpen;
    for (const auto& [loop, state] : found->second) {
      if (state == balance::BreakerState::kOpen) {
        worst = state;
      }
    }
    return worst;
  }
  if (active_.contains(instance)) {
    return balance::BreakerState::kClosed;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> DataPlaneView::active(std::uint32_t instance) const {
  const auto found = active_.find(instance);
  return found == active_.end() ? std::nullopt : std::optional(found->second);
}

io::Task<std::vector<api::kit::LoopView>> DataPlaneView::endpoints(
    std::vector<api::kit::EndpointRef> asked) {
  std::vector<proxy::EndpointRef> refs;
  refs.reserve(asked.size());
  for (const api::kit::EndpointRef& one : asked) {
    refs.push_back({one.service, one.instance});
  }
  const auto lanes = co_await plane_.report(refs);
  std::vector<api::kit::LoopView> out;
  out.reserve(lanes.size() + 1);
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    out.push_back(view_of(fmt::format("proxy-{}", i), lanes[i]));
  }
  out.push_back(view_of("control", caller_.report(refs)));
  co_return out;
}

io::Task<void> DataPlaneView::adopted(std::uint64_t index) {
  // Most of what is written last concerns the gateway; what does not has no snapshot to wait for.
  const std::uint64_t due = std::min(index, expected_index_);
  const auto all = co_await plane_.adopted(due, loop_.now() + kAdoptionPatience);
  if (!all && all.error().code == base::Code::kTimeout) {
    late_.add(1);
  }
}

void DataPlaneView::reset_breaker(std::uint32_t service, std::uint32_t instance) {
  plane_.reset_breaker(service, instance);
  caller_.reset_breaker(service, instance);
}

std::uint64_t DataPlaneView::breaker_trips(std::uint32_t service,
                                           balance::BreakerState state) const {
  const auto found = trips_.find(trip_key(service, state));
  return found == trips_.end() ? 0 : found->second;
}

void DataPlaneView::on_breaker(const proxy::BreakerEvent& event) {
  ++trips_[trip_key(event.service, event.state)];
  if (event.state != balance::BreakerState::kClosed) {
    breakers_[event.instance][event.loop] = event.state;
    return;
  }
  if (const auto found = breakers_.find(event.instance); found != breakers_.end()) {
    found->second.erase(event.loop);
    if (found->second.empty()) {
      breakers_.erase(found);
    }
  }
}

void DataPlaneView::on_active(std::unordered_map<std::uint32_t, std::uint32_t> by_instance) {
  active_ = std::move(by_instance);
  for (const auto& [instance, active] : caller_.active()) {
    active_[instance] += active;
  }
}

bool DataPlaneView::is_broken(std::uint32_t instance) const { return breakers_.contains(instance); }

void DataPlaneView::forget_instance(std::uint32_t instance) {
  breakers_.erase(instance);
  active_.erase(instance);
}

}  // namespace weft::node
