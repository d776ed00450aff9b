#include "api/mesh/settings.h"

#include "api/kit/past_view.h"
#include "api/mesh/own_settings.h"
#include "api/mesh/words.h"
#include "base/described_partial.h"
#include "http/endpoint.h"

#include <array>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;
using model::ClusterSettings;

// ClusterSettings in the words of this family.
struct ServiceSettings {
  Strategy balancing = Strategy::kP2cEwma;
  model::HashSettings hash;
  model::AffinitySettings affinity;
  model::BreakerSettings breaker;
  model::OutlierSettings outlier;
  model::SlowStartSettings slow_start;
  model::LocalitySettings locality;
  model::RetrySettings retry;
  model::TimeoutSettings timeouts;
  model::LimitSettings limits;
  model::AdaptiveSettings adaptive;

  void validate(base::Decoding& at) const;

  static constexpr auto kFields =
      base::fields(base::field("balancing").about("of the gateway; p2c_ewma is its default"),
                   base::field("hash").about("the key of maglev and ring_hash"),
                   base::field("affinity").about("a cookie that leads back to the same instance"),
                   base::field("breaker").about("when an instance is not called for a while"),
                   base::field("outlier").about("instances that do worse than their peers"),
                   base::field("slow_start").about("instances that are new or back"),
                   base::field("locality").about("the zone of the node before others"),
                   base::field("retry").about("second tries where they are safe"),
                   base::field("timeouts").about("per_try 0: what is left of the request"),
                   base::field("limits").about("per loop; cluster_ ones of all instances together"),
                   base::field("adaptive").about("a limit of requests found out from latency"));
};
BOOST_DESCRIBE_STRUCT(ServiceSettings, (),
                      (balancing, hash, affinity, breaker, outlier, slow_start, locality, retry,
                       timeouts, limits, adaptive))

ClusterSettings in_model_words(const ServiceSettings& settings) {
  ClusterSettings out;
  out.balancing = balancing_of(settings.balancing);
  out.hash = settings.hash;
  out.affinity = settings.affinity;
  out.breaker = settings.breaker;
  out.outlier = settings.outlier;
  out.slow_start = settings.slow_start;
  out.locality = settings.locality;
  out.retry = settings.retry;
  out.timeouts = settings.timeouts;
  out.limits = settings.limits;
  out.adaptive = settings.adaptive;
  return out;
}

void ServiceSettings::validate(base::Decoding& at) const { in_model_words(*this).validate(at); }

constexpr base::Field kServiceNameField = base::field("service_name")
                                              .length(1, model::kNameLengthMax)
                                              .pattern(model::kNamePattern)
                                              .about("*: what holds where a service has no own");
constexpr base::Field kIndexField = base::field("index").in_query().about(
    "only if the settings are still of this index; 0: if the "
    "service has none of its own");

struct SettingsPath {
  std::string service_name;
  std::optional<std::string> at;

  static constexpr auto kFields = base::fields(kServiceNameField, at_field());
};
BOOST_DESCRIBE_STRUCT(SettingsPath, (), (service_name, at))

struct ResetSettings {
  std::string service_name;
  std::optional<std::uint64_t> index;

  static constexpr auto kFields = base::fields(kServiceNameField, kIndexField);
};
BOOST_DESCRIBE_STRUCT(ResetSettings, (), (service_name, index))

struct ChangeSettings {
  std::string service_name;
  std::optional<std::uint64_t> index;
  base::Partial<ServiceSettings> settings;

  static constexpr auto kFields =
      base::fields(kServiceNameField, kIndexField, base::field("settings").required().whole_body());
};
BOOST_DESCRIBE_STRUCT(ChangeSettings, (), (service_name, index, settings))

struct SettingsAnswer {
  std::string service;
  std::uint64_t index = 0;
  std::vector<std::string> own;
  Strategy balancing_of_calls = Strategy::kRoundRobin;
  ServiceSettings settings;

  static constexpr auto kFields = base::fields(
      base::field("index").about("of the service's own settings; 0: it has none"),
      base::field("own").about("which settings are its own; the others follow every service's"),
      base::field("balancing_of_calls").about("of POST /call, which cycles by default"),
      base::field("settings").about("what holds now"));
};
BOOST_DESCRIBE_STRUCT(SettingsAnswer, (), (service, index, own, balancing_of_calls, settings))

SettingsAnswer settings_answer(const kit::Parts& parts, const model::View& view,
                               const std::string& service) {
  const ClusterSettings settings = view.cluster_of(service, parts.node.cluster_defaults);
  SettingsAnswer out;
  out.service = service;
  if (const auto* row = view.find<ClusterSettings>(service)) {
    out.index = row->modified_index;
    out.own = row->object.own.value_or(model::setting_names());
  }
  out.balancing_of_calls = strategy_of_calls(settings.balancing);
  out.settings = {strategy_of(settings.balancing),
                  settings.hash,
                  settings.affinity,
                  settings.breaker,
                  settings.outlier,
                  settings.slow_start,
                  settings.locality,
                  settings.retry,
                  settings.timeouts,
                  settings.limits,
                  settings.adaptive};
  return out;
}

bool is_known(const model::View& view, const std::string& service) {
  return service == model::kEveryService || view.find<model::Service>(service) != nullptr ||
         view.find<ClusterSettings>(service) != nullptr;
}

io::Task<Result<SettingsAnswer>> show_settings(const kit::Parts* parts, Context* context,
                                               SettingsPath path) {
  WEFT_CO_TRY(const kit::ViewPtr view,
              co_await kit::view_for(*parts, *context, std::move(path.at)));
  if (!is_known(*view, path.service_name)) {
    co_return context->refuse(Code::kNotFound, "Service not found");
  }
  co_return settings_answer(*parts, *view, path.service_name);
}

// PUT: nothing else stays the service's own. PATCH: what was its own stays.
enum class Others : std::uint8_t { kGo, kStay };

void take_settings(ClusterSettings& settings, const base::Partial<ServiceSettings>& wanted,
                   Others others) {
  if (others == Others::kGo) {
    settings.own.emplace();
  }
  for (const std::string& name : wanted.names.cleared) {
    model::drop_setting(settings, name);
  }
  const ClusterSettings values = in_model_words(wanted.value);
  for (const std::string& name : wanted.names.given) {
    model::take_setting(settings, values, name);
  }
}

io::Task<Result<SettingsAnswer>> change(const kit::Parts* parts, Context* context,
                                        ChangeSettings request, Others others) {
  if (!is_known(*parts->state.view(), request.service_name)) {
    co_return context->refuse(Code::kNotFound, "Service not found");
  }
  SettingsChange wanted;
  wanted.service = request.service_name;
  wanted.change = [settings = std::move(request.settings), others](ClusterSettings& out) {
    take_settings(out, settings, others);
  };
  wanted.only_if_index = request.index;
  WEFT_CO_TRY_VOID(co_await change_settings(parts, context, std::move(wanted)));
  co_return settings_answer(*parts, *parts->state.view(), request.service_name);
}

io::Task<Result<SettingsAnswer>> reset_settings(const kit::Parts* parts, Context* context,
                                                ResetSettings request) {
  if (!is_known(*parts->state.view(), request.service_name)) {
    co_return context->refuse(Code::kNotFound, "Service not found");
  }
  SettingsChange wanted;
  wanted.service = request.service_name;
  wanted.change = [](ClusterSettings& out) { out.own.emplace(); };
  wanted.only_if_index = request.index;
  WEFT_CO_TRY_VOID(co_await change_settings(parts, context, std::move(wanted)));
  co_return settings_answer(*parts, *parts->state.view(), request.service_name);
}

http::OperationFacts facts_of(std::string_view summary, std::vector<int> errors) {
  return {.summary = summary,
          .tag = "mesh v2",
          .errors = std::move(errors),
          .unknown_query = base::UnknownFields::kRefuse};
}

}  // namespace

void add_settings_routes(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts) {
  constexpr const char* kPath = "/api/v1/mesh/v2/services/{service_name}/settings";
  const kit::Parts* p = &parts;
  router.add(style, http::endpoint<SettingsPath, SettingsAnswer>(
                        "GET", kPath, facts_of("How a service is called", {404, 410, 503}),
                        [p](Context& context, SettingsPath path) {
                          return show_settings(p, &context, std::move(path));
                        }));
  router.add(style, http::endpoint<ChangeSettings, SettingsAnswer>(
                        "PUT", kPath,
                        facts_of("Give a service these settings of its own and no others",
                                 {404, 409, 503}),
                        [p](Context& context, ChangeSettings request) {
                          return change(p, &context, std::move(request), Others::kGo);
                        }));
  router.add(style,
             http::endpoint<ChangeSettings, SettingsAnswer>(
                 "PATCH", kPath,
                 facts_of("Give a service these settings of its own too; null takes one back",
                          {404, 409, 503}),
                 [p](Context& context, ChangeSettings request) {
                   return change(p, &context, std::move(request), Others::kStay);
                 }));
  router.add(style, http::endpoint<ResetSettings, SettingsAnswer>(
                        "DELETE", kPath,
                        facts_of("Take back all settings of a service's own", {404, 409, 503}),
                        [p](Context& context, ResetSettings request) {
                          return reset_settings(p, &context, std::move(request));
                        }));
}

}  // namespace weft::api::mesh
