#include "api/mesh/metrics.h"

#include "api/kit/roll_up.h"
#include "balance/breaker.h"
#include "http/endpoint.h"
#include "wire/prometheus_text.h"

#include <array>

namespace weft::api::mesh {
namespace {

using wire::MetricLabel;
using wire::MetricType;

// In the order of model::Method.
constexpr std::array<std::string_view, metrics::ServiceTotals::kMethods> kMethodNames{
    "other", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"};

void write_requests(const kit::Parts& parts, const model::View& view, wire::PrometheusText& out) {
  out.family("mesh_load_balancer_requests_total", MetricType::kCounter,
             "Requests sent to an instance");
  for (const auto& row : view.all<model::Instance>()) {
    const auto found = parts.traffic.instances().find(row->number);
    if (found != parts.traffic.instances().end()) {
      const std::array labels{MetricLabel{"service", row->object.service},
                              MetricLabel{"instance", row->object.id}};
      out.sample(labels, found->second.requests);
    }
  }
}

void write_trips(const kit::Parts& parts, const model::View& view, wire::PrometheusText& out) {
  out.family("mesh_circuit_breaker_trips_total", MetricType::kCounter,
             "Times a breaker of the service entered a state");
  for (const auto& row : view.all<model::Service>()) {
    for (const auto state : {balance::BreakerState::kClosed, balance::BreakerState::kOpen,
                             balance::BreakerState::kHalfOpen}) {
      const std::array labels{MetricLabel{"service", row->object.name},
                              MetricLabel{"state", balance::breaker_state_name(state)}};
      out.sample(labels, parts.data_plane.breaker_trips(row->number, state));
    }
  }
}

void write_durations(const kit::Parts& parts, const model::View& view, wire::PrometheusText& out) {
  out.family("mesh_request_duration_seconds", MetricType::kHistogram,
             "Time from a request's first byte to its answer's last");
  for (const auto& row : view.all<model::Service>()) {
    const auto found = parts.traffic.services().find(row->number);
    if (found == parts.traffic.services().end()) {
      continue;
    }
    for (std::size_t i = 0; i < kMethodNames.size(); ++i) {
      if (const auto& histogram = found->second.duration_by_method[i]) {
        const std::array labels{MetricLabel{"service", row->object.name},
                                MetricLabel{"method", kMethodNames[i]}};
        wire::write_durations(out, labels, histogram->read());
      }
    }
  }
}

// Source: contract/sutazai.md §6: 1 healthy, 0.5 degraded, 0 unhealthy; no result yet: absent.
void write_health(const model::View& view, wire::PrometheusText& out) {
  out.family("mesh_health_check_status", MetricType::kGauge,
             "State of an instance: 1 healthy, 0.5 degraded, 0 unhealthy");
  for (const auto& row : view.all<model::Instance>()) {
    const model::Health health = view.health_of(row->object);
    if (health == model::Health::kNone) {
      continue;
    }
    const std::array labels{MetricLabel{"service", row->object.service},
                            MetricLabel{"instance", row->object.id}};
    const double value = health == model::Health::kPassing   ? 1.0
                         : health == model::Health::kWarning ? 0.5
                                                             : 0.0;
    out.sample(labels, value);
  }
}

io::Task<http::Response> answer_metrics(const kit::Parts* parts) {
  co_return http::text_response(metrics_text(*parts), 200, wire::kPrometheusContentType);
}

}  // namespace

std::string metrics_text(const kit::Parts& parts) {
  const auto view = parts.state.view();
  wire::PrometheusText out;
  out.family("mesh_active_services", MetricType::kGauge, "Registered services");
  out.sample({}, std::uint64_t{view->all<model::Service>().size()});
  write_requests(parts, *view, out);
  write_trips(parts, *view, out);
  write_durations(parts, *view, out);
  write_health(*view, out);
  const auto families = parts.meters.collect();
  wire::write_meters(out, families);
  return out.take();
}

void add_metrics_route(http::Router& router, const http::FaceStyle& style,
                       const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  for (const char* path : {"/api/v1/mesh/v2/metrics", "/metrics"}) {
    router.add(style, http::raw_route("GET", path, {"Metrics as Prometheus text", "mesh v2"},
                                      [p](http::Context&) { return answer_metrics(p); }));
  }
}

}  // namespace weft::api::mesh
