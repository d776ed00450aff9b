#include "api/mesh/configure.h"

#include "api/kit/written.h"
#include "api/mesh/words.h"
#include "http/endpoint.h"

#include <map>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

struct LoadBalancerBody {
  std::string strategy;
  std::optional<std::string> service;

  static constexpr auto kFields = base::fields(
      base::field("strategy")
          .required()
          .in_query_or_body()
          .pattern("^(round_robin|least_connections|weighted|random|ip_hash)$"),
      base::field("service").in_query_or_body().length(1, 255).about("absent: every service"));
};
BOOST_DESCRIBE_STRUCT(LoadBalancerBody, (), (strategy, service))

struct LoadBalancerAnswer {
  std::string status = "configured";
  std::string strategy;
  std::optional<std::string> service;

  static constexpr auto kFields = base::fields(base::field("service").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(LoadBalancerAnswer, (), (status, strategy, service))

struct BreakerBody {
  std::uint32_t failure_threshold = 5;
  double recovery_timeout = 60;
  std::optional<std::string> service;

  static constexpr auto kFields = base::fields(
      base::field("failure_threshold").in_query_or_body().range(1, 100),
      base::field("recovery_timeout").in_query_or_body().range(1, 3600).about("seconds"),
      base::field("service").in_query_or_body().length(1, 255).about("absent: every service"));
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
  std::string strategy;
  std::map<std::string, std::string> services;  // overrides
};
BOOST_DESCRIBE_STRUCT(StrategySettings, (), (strategy, services))

struct BreakerValues {
  std::uint32_t failure_threshold = 5;
  double recovery_timeout = 60;
};
BOOST_DESCRIBE_STRUCT(BreakerValues, (), (failure_threshold, recovery_timeout))

struct BreakerSettingsAnswer {
  std::uint32_t failure_threshold = 5;
  double recovery_timeout = 60;
  std::map<std::string, BreakerValues> services;  // overrides
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

// The settings a change starts from: the service's own, else those of every service.
model::ClusterSettings settings_of(const kit::Parts& parts, const std::string& service) {
  const auto view = parts.state.view();
  for (const std::string& key : {service, std::string(model::kEveryService)}) {
    if (const auto* row = view->find<model::ClusterSettings>(key)) {
      model::ClusterSettings settings = row->object;
      settings.service = service;
      return settings;
    }
  }
  model::ClusterSettings settings = parts.node.cluster_defaults;
  settings.service = service;
  return settings;
}

// A change for every service also reaches the services that have settings of their own.
template <class Change>
io::Task<Result<void>> change_settings(const kit::Parts* parts, Context* context,
                                       std::optional<std::string> service, Change change) {
  std::vector<model::Step> steps;
  std::vector<std::string> names{service.value_or(std::string(model::kEveryService))};
  if (!service) {
    const auto view = parts->state.view();
    for (const auto& row : view->all<model::ClusterSettings>()) {
      if (row->object.service != model::kEveryService) {
        names.push_back(row->object.service);
      }
    }
  }
  for (const std::string& name : names) {
    model::ClusterSettings settings = settings_of(*parts, name);
    change(settings);
    steps.push_back(model::Put{std::move(settings), {}});
  }
  WEFT_CO_TRY_VOID(co_await kit::write(*parts, *context, std::move(steps)));
  co_return Result<void>();
}

io::Task<Result<LoadBalancerAnswer>> configure_strategy(const kit::Parts* parts, Context* context,
                                                        LoadBalancerBody body) {
  const auto strategy = parse_strategy(body.strategy);
  if (!strategy) {
    co_return context->refuse(Code::kInvalid, "unknown strategy");
  }
  const model::Balancing balancing = *strategy;
  const auto change = [balancing](model::ClusterSettings& settings) {
    settings.balancing = balancing;
  };
  WEFT_CO_TRY_VOID(co_await change_settings(parts, context, body.service, change));
  co_return LoadBalancerAnswer{"configured", body.strategy, body.service};
}

io::Task<Result<BreakerAnswer>> configure_breaker(const kit::Parts* parts, Context* context,
                                                  BreakerBody body) {
  const std::uint32_t failures = body.failure_threshold;
  const base::Nanos recovery(static_cast<std::int64_t>(body.recovery_timeout * 1e9));
  const auto change = [failures, recovery](model::ClusterSettings& settings) {
    settings.breaker.consecutive_failures = failures;
    settings.breaker.recovery = recovery;
  };
  WEFT_CO_TRY_VOID(co_await change_settings(parts, context, body.service, change));
  co_return BreakerAnswer{"configured", failures, body.recovery_timeout, body.service};
}

StrategySettings strategies(const kit::Parts& parts) {
  StrategySettings out;
  out.strategy = strategy_name(settings_of(parts, std::string(model::kEveryService)).balancing);
  const auto view = parts.state.view();
  for (const auto& row : view->all<model::ClusterSettings>()) {
    if (row->object.service != model::kEveryService) {
      out.services[row->object.service] = strategy_name(row->object.balancing);
    }
  }
  return out;
}

BreakerSettingsAnswer breakers(const kit::Parts& parts) {
  const model::BreakerSettings every =
      settings_of(parts, std::string(model::kEveryService)).breaker;
  BreakerSettingsAnswer out{every.consecutive_failures, base::to_seconds(every.recovery), {}};
  const auto view = parts.state.view();
  for (const auto& row : view->all<model::ClusterSettings>()) {
    if (row->object.service != model::kEveryService) {
      const model::BreakerSettings& own = row->object.breaker;
      out.services[row->object.service] = {own.consecutive_failures,
                                           base::to_seconds(own.recovery)};
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
  router.add(style, http::endpoint<LoadBalancerBody, LoadBalancerAnswer>(
                        "POST", "/api/v1/mesh/v2/configure/load-balancer",
                        {"Choose how instances are picked", "mesh v2", {503}},
                        [p](Context& context, LoadBalancerBody body) {
                          return configure_strategy(p, &context, std::move(body));
                        }));
  router.add(style, http::endpoint<BreakerBody, BreakerAnswer>(
                        "POST", "/api/v1/mesh/v2/configure/circuit-breaker",
                        {"Set when breakers open and for how long", "mesh v2", {503}},
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
