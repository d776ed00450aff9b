// `weft services [NAME]`: what is registered, one service in detail, and how it is called.
#pragma once

#include "base/described_text.h"
#include "cli/command.h"
#include "cli/overview.h"
#include "cli/paint.h"
#include "model/cluster_settings.h"

#include <expected>
#include <string>
#include <vector>

namespace weft::cli {

Command services_command();

// How a service is called, as the API tells it.
struct SettingsInfo {
  std::string balancing;  // p2c_ewma, round_robin, ...
  model::BreakerSettings breaker;
  model::OutlierSettings outlier;
  model::RetrySettings retry;
  model::TimeoutSettings timeouts;
  model::LimitSettings limits;
};
BOOST_DESCRIBE_STRUCT(SettingsInfo, (), (balancing, breaker, outlier, retry, timeouts, limits))

// The answer of GET /services/{name}/settings.
struct ServiceSettings {
  std::vector<std::string> own;  // "timeouts.request"
  std::string balancing_of_calls;
  SettingsInfo settings;
};
BOOST_DESCRIBE_STRUCT(ServiceSettings, (), (own, balancing_of_calls, settings))

// What --tag and --healthy ask for. Thread: any (a value).
struct ServiceChoice {
  std::vector<std::string> tags;  // all of them
  bool healthy_only = false;

  bool takes(const ServiceInfo& service) const;
};

// The body of PATCH /services/{name}/settings: "timeouts.request=5s" sets, a name alone takes back.
// Returns: the first text that is neither, or the body. Values go as they were written, the node
// judges them: what reads as a number or true or false is one. Thread: any; pure.
std::expected<json::object, std::string> settings_patch(const std::vector<std::string>& sets,
                                                        const std::vector<std::string>& unsets);

// What the command prints. Thread: any; pure.
std::string services_text(const std::vector<ServiceInfo>& services, const Paint& paint);
std::string service_text(const ServiceInfo& service, const ServiceSettings& settings,
                         const Paint& paint);

}  // namespace weft::cli
