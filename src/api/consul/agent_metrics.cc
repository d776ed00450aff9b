#include "api/consul/reading.h"
#include "api/consul/status.h"
#include "base/histogram.h"
#include "base/meters.h"
#include "io/process_facts.h"
#include "wire/prometheus_text.h"

#include <algorithm>
#include <string>

namespace weft::api::consul {
namespace {

using model::View;

json::object labels_of(const base::MeterLabels& labels) {
  json::object out;
  for (const auto& [name, value] : labels) {
    out.emplace(name, value);
  }
  return out;
}

json::object gauge(std::string_view name, double value, json::object labels = {}) {
  return {{"Name", name}, {"Value", value}, {"Labels", std::move(labels)}};
}

// Everything counted is one sample of the value 1.
json::object counter(std::string_view name, std::uint64_t count, double rate, json::object labels) {
  return {{"Name", name},
          {"Count", count},
          {"Rate", rate},
          {"Sum", static_cast<double>(count)},
          {"Min", 1.0},
          {"Max", 1.0},
          {"Mean", 1.0},
          {"Stddev", 0.0},
          {"Labels", std::move(labels)}};
}

struct Lists {
  double uptime_seconds = 1;  // what a rate is over
  json::array gauges;
  json::array counters;
  json::array samples;
};

void add_sample(Lists& out, std::string_view name, const base::MeterSample& sample) {
  json::object labels = labels_of(sample.labels);
  if (const auto* count = std::get_if<std::uint64_t>(&sample.value)) {
    out.counters.push_back(
        counter(name, *count, static_cast<double>(*count) / out.uptime_seconds, std::move(labels)));
  } else if (const auto* level = std::get_if<std::int64_t>(&sample.value)) {
    out.gauges.push_back(gauge(name, static_cast<double>(*level), std::move(labels)));
  } else if (const auto* counts = std::get_if<base::HistogramCounts>(&sample.value)) {
    out.samples.push_back(json::object{{"Name", name},
                                       {"Count", counts->count()},
                                       {"Sum", base::to_seconds(counts->sum())},
                                       {"Mean", base::to_seconds(counts->mean())},
                                       {"Labels", std::move(labels)}});
  }
}

// Consul's own names of what every program has.
void add_runtime(Lists& out) {
  const io::ProcessFacts facts = io::process_facts();
  const auto resident = static_cast<double>(facts.resident_bytes);
  out.gauges.push_back(gauge("consul.runtime.alloc_bytes", resident));
  out.gauges.push_back(gauge("consul.runtime.sys_bytes", resident));
  out.gauges.push_back(gauge("consul.runtime.num_goroutines", static_cast<double>(facts.threads)));
}

Judged<Reply> metrics(const Question& question, const View& /*view*/) {
  const auto families = question.face.parts.meters.collect();
  if (question.asked.text("format") == "prometheus") {
    wire::PrometheusText out;
    wire::write_meters(out, families);
    return Reply{.raw = out.take(), .raw_type = wire::kPrometheusContentType};
  }
  Lists lists;
  const base::WallTime now = question.context.loop.wall_now();
  lists.uptime_seconds = std::max(base::to_seconds(now - question.face.parts.node.started), 1.0);
  add_runtime(lists);
  for (const base::MeterFamily& family : families) {
    for (const base::MeterSample& sample : family.samples) {
      add_sample(lists, family.info.name, sample);
    }
  }
  return Reply{
      .value = json::object{{"Timestamp", base::format_rfc3339(question.context.loop.wall_now())},
                            {"Gauges", std::move(lists.gauges)},
                            {"Points", json::array()},
                            {"Counters", std::move(lists.counters)},
                            {"Samples", std::move(lists.samples)}}};
}

constexpr Reading kMetrics{nullptr, metrics};

}  // namespace

void add_agent_metrics_route(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/agent/metrics", kMetrics);
}

}  // namespace weft::api::consul
