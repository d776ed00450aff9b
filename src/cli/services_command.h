// `weft services [NAME]`: what is registered, and one service in detail.
#pragma once

#include "cli/overview.h"
#include "cli/paint.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace weft::cli {

void add_services_command(CLI::App& app, std::function<int()>& run);

// Settings of a service that the API tells, as in effect for it.
struct ServiceSettings {
  std::string strategy;  // of mesh calls: round_robin, ...
  std::uint64_t failure_threshold = 0;
  double recovery_timeout = 0;  // seconds
};

// Reads the answers of GET /configure/load-balancer and /configure/circuit-breaker for one service:
// its own values, else those of every service. Source: contract/sutazai.md §1.
// Returns: nullopt when an answer has another shape.
std::optional<ServiceSettings> settings_of(const std::string& service,
                                           const json::value& load_balancer,
                                           const json::value& circuit_breaker);

// What the command prints. Thread: any; pure.
std::string services_text(const std::vector<ServiceInfo>& services, const Paint& paint);
std::string service_text(const ServiceInfo& service, const ServiceSettings& settings,
                         const Paint& paint);

}  // namespace weft::cli
