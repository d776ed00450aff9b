#include "api/mesh/configure.h"

#include "api/mesh/own_settings.h"
#include "api/mesh/words.h"
#include "http/endpoint.h"

#include <map>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

constexpr base::Field kServiceField = base::field("service")
                                          .in_query_or_body()
                                          .length(1, kServiceNameLengthMax)
                                          .pattern(kServiceNamePattern)
                                          .about("absent: every service without its own");

struct LoadBalancerBody {
  Strategy strategy = Strategy::kRoundRobin;
  std::optional<std::string> service;

  static constexpr auto kFields =
      base::fields(base::field("strategy").required().in_query_or_body(), kServiceField);
};
BOOST_DESCRIBE_STRUCT(LoadBalancerBody, (), (strategy, service))

struct LoadBalancerAnswer {
  std::string status = "configured";
  Strategy strategy = Strategy::kRoundRobin;
  std::optional<std::string> service;

  static constexpr auto kFields = base::fields(base::field("service").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(LoadBalancerAnswer, (), (status, strategy, service))

struct BreakerBody {
  std::optional<std::uint32_t> failure_threshold;
  std::optional<double> recovery_timeout;
  std::optional<std::string> service;

  static constexpr auto kFields = base::fields(
      base::field("failure_threshold").in_query_or_body().range(1, 100).about("absent: as it is"),
      base::field("recovery_timeout")
          .in_query_or_body()
          .range(1, 3600)
          .about("seconds; absent: as it is"),
      kServiceField);
};
BOOST_DESCRIBE_STRUCT(BreakerBody, (), (failure_threshold, recovery_timeout, service))

struct BreakerAnswer {
  std::string status = "configured";
  std::uint32_t failure_threshold = 5;
  double recovery_timeout = 60;
  std::optional<std::string> service;

  static constexpr auto kFields = base::fields(base::field("service").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(BreakerAnswer, (), (status, failure_threshold, recovery_timeout, service))

struct StrategySettings {
  Strategy strategy = Strategy::kRoundRobin;
  Strategy gateway_strategy = Strategy::kP2cEwma;
  std::map<std::string, Strategy> services;

  static constexpr auto kFields =
      base::fields(base::field("strategy").about("of POST /call"),
                   base::field("gateway_strategy").about("of requests through the gateway"),
                   base::field("services")
                       .about("what services have of their own, for both; calls cycle "
                              "where it is p2c_ewma"));
};
BOOST_DESCRIBE_STRUCT(StrategySettings, (), (strategy, gateway_strategy, services))

struct BreakerValues {
  std::uint32_t failure_threshold = 5;
  double recovery_timeout = 60;
};
BOOST_DESCRIBE_STRUCT(BreakerValues, (), (failure_threshold, recovery_timeout))

struct BreakerSettingsAnswer {
  std::uint32_t failure_threshold = 5;
  double recovery_timeout = 60;
  std::map<std::string, BreakerValues> services;

  static constexpr auto kFields =
      base::fields(base::field("services").about("services with a breaker setting of their own"));
};
BOOST_DESCRIBE_STRUCT(BreakerSettingsAnswer, (), (failure_threshold, recovery_timeout, services))

struct ResetPath {
  std::string instance_id;
};
BOOST_DESCRIBE_STRUCT(ResetPath, (), (instance_id))

struct ResetAnswer {
  std::string instance_id;
  std::string state = "closed";
};
BOOST_DESCRIBE_STRUCT(ResetAnswer, (), (instance_id, state))

constexpr const char* kThreshold = "breaker.consecutive_failures";
constexpr const char* kRecovery = "breaker.recovery";

std::string service_or_every(const std::optional<std::string>& service) {
  return service.value_or(std::string(model::kEveryService));
}

io::Task<Result<LoadBalancerAnswer>> configure_strategy(const kit::Parts* parts, Context* context,
                                                        LoadBalancerBody body) {
  model::ClusterSettings values;
  values.balancing = balancing_of(body.strategy);
  SettingsChange wanted;
  wanted.service = service_or_every(body.service);
  wanted.change = [values](model::ClusterSettings& settings) {
    model::take_setting(settings, values, "balancing");
  };
  WEFT_CO_TRY_VOID(co_await change_settings(parts, context, std::move(wanted)));
  LoadBalancerAnswer answer;
  answer.strategy = body.strategy;
  answer.service = body.service;
  co_return answer;
}

void take_breaker(model::ClusterSettings& settings, const BreakerBody& body) {
  model::ClusterSettings values;
  if (body.failure_threshold) {
    values.breaker.consecutive_failures = *body.failure_threshold;
    model::take_setting(settings, values, kThreshold);
  }
  if (body.recovery_timeout) {
    values.breaker.recovery = base::Nanos(static_cast<std::int64_t>(*body.recovery_timeout * 1e9));
    model::take_setting(settings, values, kRecovery);
  }
}

BreakerValues breaker_values(const model::ClusterSettings& settings) {
  return {settings.breaker.consecutive_failures, base::to_seconds(settings.breaker.recovery)};
}

io::Task<Result<BreakerAnswer>> configure_breaker(const kit::Parts* parts, Context* context,
                                                  BreakerBody body) {
  SettingsChange wanted;
  wanted.service = service_or_every(body.service);
  wanted.change = [body](model::ClusterSettings& settings) { take_breaker(settings, body); };
  WEFT_CO_TRY_VOID(co_await change_settings(parts, context, std::move(wanted)));
  const BreakerValues now = breaker_values(settings_of(*parts, service_or_every(body.service)));
  BreakerAnswer answer;
  answer.failure_threshold = now.failure_threshold;
  answer.recovery_timeout = now.recovery_timeout;
  answer.service = body.service;
  co_return answer;
}

StrategySettings strategies(const kit::Parts& parts) {
  const model::Balancing every = settings_of(parts, model::kEveryService).balancing;
  StrategySettings out{strategy_of_calls(every), strategy_of(every), {}};
  const auto view = parts.state.view();
  for (const auto& row : view->all<model::ClusterSettings>()) {
    if (row->object.service != model::kEveryService && model::has_own(row->object, "balancing")) {
      out.services[row->object.service] = strategy_of(row->object.balancing);
    }
  }
  return out;
}

BreakerSettingsAnswer breakers(const kit::Parts& parts) {
  const BreakerValues every = breaker_values(settings_of(parts, model::kEveryService));
  BreakerSettingsAnswer out{every.failure_threshold, every.recovery_timeout, {}};
  const auto view = parts.state.view();
  for (const auto& row : view->all<model::ClusterSettings>()) {
    const bool is_own =
        model::has_own(row->object, kThreshold) || model::has_own(row->object, kRecovery);
    if (row->object.service != model::kEveryService && is_own) {
      out.services[row->object.service] = breaker_values(row->object);
    }
  }
  return out;
}

Result<ResetAnswer> reset_breaker(const kit::Parts& parts, Context& context,
                                  const ResetPath& path) {
  const auto view = parts.state.view();
  const auto* instance = view->find<model::Instance>(path.instance_id);
  const auto* service =
      instance == nullptr ? nullptr : view->find<model::Service>(instance->object.service);
  if (service == nullptr) {
    return context.refuse(Code::kNotFound, "Instance not found");
  }
  parts.data_plane.reset_breaker(service->number, instance->number);
  return ResetAnswer{path.instance_id, "closed"};
}

}  // namespace

void add_configure_routes(http::Router& router, const http::FaceStyle& style,
                          const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  const auto facts = [](std::string_view summary) {
    return http::OperationFacts{.summary = summary,
                                .tag = "mesh v2",
                                .errors = {503},
                                .unknown_query = base::UnknownFields::kRefuse};
  };
  router.add(style, http::endpoint<LoadBalancerBody, LoadBalancerAnswer>(
                        "POST", "/api/v1/mesh/v2/configure/load-balancer",
                        facts("Choose how instances are picked"),
                        [p](Context& context, LoadBalancerBody body) {
                          return configure_strategy(p, &context, std::move(body));
                        }));
  router.add(style, http::endpoint<BreakerBody, BreakerAnswer>(
                        "POST", "/api/v1/mesh/v2/configure/circuit-breaker",
                        facts("Set when breakers open and for how long"),
                        [p](Context& context, BreakerBody body) {
                          return configure_breaker(p, &context, std::move(body));
                        }));
  router.add(style, http::endpoint<http::Nothing, StrategySettings>(
                        "GET", "/api/v1/mesh/v2/configure/load-balancer",
                        {"How instances are picked now", "mesh v2"},
                        [p](Context&, const http::Nothing&) -> Result<StrategySettings> {
                          return strategies(*p);
                        }));
  router.add(style, http::endpoint<http::Nothing, BreakerSettingsAnswer>(
                        "GET", "/api/v1/mesh/v2/configure/circuit-breaker",
                        {"When breakers open now", "mesh v2"},
                        [p](Context&, const http::Nothing&) -> Result<BreakerSettingsAnswer> {
                          return breakers(*p);
                        }));
  router.add(style, http::endpoint<ResetPath, ResetAnswer>(
                        "POST", "/api/v1/mesh/v2/circuit-breaker/{instance_id}/reset",
                        {"Close the breaker of an instance", "mesh v2", {404}},
                        [p](Context& context, const ResetPath& path) {
                          return reset_breaker(*p, context, path);
                        }));
}

}  // namespace weft::api::mesh
