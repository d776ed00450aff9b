#include "api/ui/overview.h"

#include "api/kit/roll_up.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace weft::api::ui {
namespace {

constexpr std::size_t kBeatsMax = 30;
constexpr std::size_t kOutputBytesMax = 256;

// Three significant digits are enough for a page and keep frames small.
json::value rounded(double value) {
  if (value == 0 || !std::isfinite(value)) {
    return value == 0 ? json::value(0) : json::value(nullptr);
  }
  const double scale = std::pow(10.0, 3 - std::ceil(std::log10(std::fabs(value))));
  return std::round(value * scale) / scale;
}

json::value rounded(const std::optional<double>& value) {
  return value ? rounded(*value) : json::value(nullptr);
}

std::string_view status_word(model::Health health) {
  switch (health) {
    case model::Health::kPassing:
      return "healthy";
    case model::Health::kWarning:
      return "degraded";
    case model::Health::kNone:
      return "unknown";
    case model::Health::kCritical:
    case model::Health::kNoAnswer:
    case model::Health::kMaintenance:
      return "unhealthy";
  }
  return "unknown";
}

json::value breaker_word(std::optional<balance::BreakerState> state) {
  if (!state) {
    return nullptr;
  }
  switch (*state) {
    case balance::BreakerState::kClosed:
      return "closed";
    case balance::BreakerState::kOpen:
      return "open";
    case balance::BreakerState::kHalfOpen:
      return "half_open";
  }
  return nullptr;
}

// Cut at a whole UTF-8 character.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return text;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

// What is gathered over the instances of one service.
struct ServiceSums {
  kit::Counts counts;
  std::size_t breakers_open = 0;
  std::optional<base::WallTime> last_check;
  std::optional<base::Nanos> slowest;
  std::vector<std::string> beats;  // of each instance with checks, newest last
  base::Nanos beat{0};
};

json::object describe_instance(const kit::Parts& parts, const kit::InstanceState& state,
                               ServiceSums& sums) {
  const model::Instance& instance = state.row->object;
  const auto breaker = parts.data_plane.breaker(state.row->number);
  const auto active = parts.data_plane.active(state.row->number);
  json::object out{{"id", instance.id},
                   {"address", kit::address_of(instance)},
                   {"status", status_word(state.health)},
                   {"breaker", breaker_word(breaker)},
                   {"active", active ? json::value(*active) : json::value(nullptr)},
                   {"drained", nullptr},
                   {"last_check_time", nullptr},
                   {"response_time_ms", nullptr}};
  if (!instance.enabled) {
    out["drained"] = cut(instance.disabled_reason, kOutputBytesMax);
  }
  kit::count(state.health, sums.counts);
  sums.breakers_open += breaker && *breaker != balance::BreakerState::kClosed ? 1 : 0;
  if (instance.checks.empty()) {
    return out;
  }
  const model::CheckSpec& spec = instance.checks.front();
  sums.beat = std::max(sums.beat, spec.interval);
  const auto soft = parts.health.soft_state(instance.id, spec.id);
  if (!soft || !soft->last_time) {
    return out;
  }
  out["last_check_time"] = base::format_rfc3339(*soft->last_time);
  out["output"] = cut(soft->output, kOutputBytesMax);
  sums.last_check = std::max(sums.last_check.value_or(*soft->last_time), *soft->last_time);
  if (soft->last_status != model::CheckStatus::kCritical) {
    out["response_time_ms"] = rounded(base::to_millis(soft->response_time));
    sums.slowest = std::max(sums.slowest.value_or(soft->response_time), soft->response_time);
  }
  sums.beats.push_back(soft->beats);
  return out;
}

// One letter per interval, the newest results of all instances in the last one.
std::string merge_beats(const std::vector<std::string>& beats) {
  std::size_t length = 0;
  for (const std::string& one : beats) {
    length = std::max(length, std::min(one.size(), kBeatsMax));
  }
  std::string out(length, '-');
  for (std::size_t back = 1; back <= length; ++back) {
    std::size_t results = 0;
    std::size_t failed = 0;
    bool flawed = false;
    for (const std::string& one : beats) {
      if (one.size() < back) {
        continue;
      }
      ++results;
      failed += one[one.size() - back] == 'c' ? 1 : 0;
      flawed |= one[one.size() - back] != 'p';
    }
    out[length - back] = results == 0 ? '-' : failed == results ? 'u' : flawed ? 'd' : 'h';
  }
  return out;
}

std::string_view service_status(const kit::Counts& counts) {
  if (counts.instances > 0 && counts.healthy == counts.instances) {
    return "healthy";
  }
  if (counts.healthy > 0 || counts.degraded > 0) {
    return "degraded";
  }
  return counts.unhealthy > 0 ? "unhealthy" : "unknown";
}

json::value metadata_text(const json::object& metadata, std::string_view key) {
  const auto* value = metadata.if_contains(key);
  return value != nullptr && value->is_string() ? *value : json::value(nullptr);
}

json::object describe_service(const kit::Parts& parts, const model::View& view,
                              const model::Row<model::Service>& row, kit::Counts& totals) {
  const std::string& name = row.object.name;
  ServiceSums sums;
  json::array instances;
  json::array tags;
  json::object metadata = row.object.metadata;
  for (const kit::InstanceState& state : kit::instances_of(view, name)) {
    instances.push_back(describe_instance(parts, state, sums));
    if (tags.empty()) {
      for (const std::string& tag : state.row->object.tags) {
        tags.emplace_back(tag);
      }
      metadata = state.row->object.metadata;
    }
  }
  totals.instances += sums.counts.instances;
  totals.healthy += sums.counts.healthy;
  const auto traffic = parts.traffic.of_service(row.number, parts.loop.wall_now())
                           .value_or(metrics::TrafficSummary{});
  json::object out{
      {"name", name},
      {"status", service_status(sums.counts)},
      {"instances_total", sums.counts.instances},
      {"instances_healthy", sums.counts.healthy},
      {"requests_per_second", rounded(traffic.requests_per_second)},
      {"error_ratio", rounded(traffic.error_ratio)},
      {"p95_ms", rounded(traffic.p95_ms)},
      {"breakers_open", sums.breakers_open},
      {"last_check_time",
       sums.last_check ? json::value(base::format_rfc3339(*sums.last_check)) : nullptr},
      {"response_time_ms",
       sums.slowest ? rounded(base::to_millis(*sums.slowest)) : json::value(nullptr)},
      {"beats", merge_beats(sums.beats)},
      {"beat_seconds", rounded(base::to_seconds(sums.beat))},
      {"instances", std::move(instances)},
      {"tags", std::move(tags)},
      {"version", row.object.version.empty() ? metadata_text(metadata, "version")
                                             : json::value(row.object.version)},
      {"description", row.object.description.empty() ? metadata_text(metadata, "description")
                                                     : json::value(row.object.description)},
      {"icon", metadata_text(metadata, "icon")}};
  return out;
}

json::object totals_of(const kit::Parts& parts, const kit::Counts& counts,
                       const std::map<std::string, json::object>& services) {
  const auto traffic = parts.traffic.total(parts.loop.wall_now());
  json::object out{{"services", services.size()},
                   {"healthy", 0},
                   {"degraded", 0},
                   {"unhealthy", 0},
                   {"unknown", 0},
                   {"instances", counts.instances},
                   {"instances_healthy", counts.healthy},
                   {"requests_per_second", rounded(traffic.requests_per_second)},
                   {"error_ratio", rounded(traffic.error_ratio)},
                   {"p50_ms", rounded(traffic.p50_ms)},
                   {"p95_ms", rounded(traffic.p95_ms)},
                   {"p99_ms", rounded(traffic.p99_ms)}};
  for (const auto& [name, service] : services) {
    json::value& count = out[service.at("status").get_string()];
    count = count.get_int64() + 1;
  }
  return out;
}

}  // namespace

Overview look(const kit::Parts& parts) {
  Overview out;
  const auto view = parts.state.view();
  kit::Counts counts;
  for (const auto& row : view->all<model::Service>()) {
    out.services.emplace(row->object.name, describe_service(parts, *view, *row, counts));
  }
  out.totals = totals_of(parts, counts, out.services);
  json::array warnings;
  for (const std::string& warning : parts.node.warnings) {
    warnings.emplace_back(warning);
  }
  if (!parts.state.is_writable()) {
    warnings.emplace_back("The store fails: nothing can be changed until it recovers.");
  }
  out.node = {{"name", parts.node.name},
              {"version", parts.node.version},
              {"warnings", std::move(warnings)}};
  return out;
}

json::array series_after(const kit::Parts& parts, base::WallTime after) {
  json::array out;
  const base::WallTime since = std::max(after, parts.node.started);
  for (const metrics::TrafficPoint& point : parts.traffic.points(since, parts.loop.wall_now())) {
    out.push_back({{"time", base::format_rfc3339(point.second)},
                   {"requests_per_second", rounded(point.summary.requests_per_second)},
                   {"error_ratio", rounded(point.summary.error_ratio)},
                   {"p50_ms", rounded(point.summary.p50_ms)},
                   {"p95_ms", rounded(point.summary.p95_ms)},
                   {"p99_ms", rounded(point.summary.p99_ms)}});
  }
  return out;
}

json::object node_with_uptime(const kit::Parts& parts, const json::object& node) {
  json::object out = node;
  const base::Nanos up = parts.loop.wall_now() - parts.node.started;
  out["uptime_seconds"] = std::chrono::duration_cast<base::Seconds>(up).count();
  return out;
}

}  // namespace weft::api::ui
