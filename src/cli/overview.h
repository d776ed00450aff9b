// The overview of a node as its pages see it, decoded: what `weft status` and `weft services` show.
// Source: web/PROTOCOL.md "Topic overview"; what was not measured is absent.
#pragma once

#include "base/described.h"
#include "cli/api_session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::cli {

struct NodeInfo {
  std::string name;
  std::string version;
  std::optional<double> uptime_seconds;
  std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(NodeInfo, (), (name, version, uptime_seconds, warnings))

struct Totals {
  std::uint64_t services = 0;
  std::uint64_t healthy = 0;
  std::uint64_t degraded = 0;
  std::uint64_t unhealthy = 0;
  std::uint64_t unknown = 0;
  std::uint64_t instances = 0;
  std::uint64_t instances_healthy = 0;
  std::optional<double> requests_per_second;
  std::optional<double> error_ratio;  // 0..1
  std::optional<double> p50_ms;
  std::optional<double> p95_ms;
  std::optional<double> p99_ms;
};
BOOST_DESCRIBE_STRUCT(Totals, (),
                      (services, healthy, degraded, unhealthy, unknown, instances,
                       instances_healthy, requests_per_second, error_ratio, p50_ms, p95_ms, p99_ms))

struct InstanceInfo {
  std::string id;
  std::string address;  // host:port
  std::string status;
  std::optional<std::string> breaker;
  std::optional<double> active;        // requests in flight
  std::optional<std::string> drained;  // why it is out of rotation; nullopt: it is in
  std::optional<double> response_time_ms;
  std::string output;  // of the last check
};
BOOST_DESCRIBE_STRUCT(InstanceInfo, (),
                      (id, address, status, breaker, active, drained, response_time_ms, output))

struct ServiceInfo {
  std::string name;
  std::string status;
  std::uint64_t instances_total = 0;
  std::uint64_t instances_healthy = 0;
  std::optional<double> requests_per_second;
  std::optional<double> error_ratio;  // 0..1
  std::optional<double> p95_ms;
  std::uint64_t breakers_open = 0;
  std::vector<InstanceInfo> instances;
  std::vector<std::string> tags;
  std::optional<std::string> version;
  std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(ServiceInfo, (),
                      (name, status, instances_total, instances_healthy, requests_per_second,
                       error_ratio, p95_ms, breakers_open, instances, tags, version, description))

struct Overview {
  NodeInfo node;
  Totals totals;
  std::vector<ServiceInfo> services;  // worst first, then by name
};
BOOST_DESCRIBE_STRUCT(Overview, (), (node, totals, services))

// The overview as decoded and as it came, for --json.
struct FetchedOverview {
  Overview overview;
  json::value data;
};
Outcome<FetchedOverview> fetch_overview(ApiSession& session);

// One sentence: is it all right? The same words as the page's.
// Thread: any; pure.
std::string verdict(const Overview& overview);

// Services that are unhealthy or degraded come first.
bool needs_attention(const ServiceInfo& service);

// "51.3", "0.4 %", "2.1 ms"; "-" for what was not measured. Thread: any; pure.
std::string show_rate(const std::optional<double>& per_second);
std::string show_percent(const std::optional<double>& ratio);
std::string show_millis(const std::optional<double>& ms);

}  // namespace weft::cli
