#include "model/cluster_settings.h"

#include "base/described_decode.h"

#include <algorithm>

namespace weft::model {
namespace {

void require_positive(base::Decoding& at, const char* group, const char* member,
                      base::Nanos duration) {
  if (duration <= base::Nanos(0)) {
    const base::Decoding::Step step(at, std::string(group));
    at.refuse_member(member, base::FieldProblem::kNotAbove, "must be more than 0s");
  }
}

bool has_name(HashOn on) {
  return on == HashOn::kHeader || on == HashOn::kCookie || on == HashOn::kQuery;
}

void validate_hash(const HashSettings& hash, base::Decoding& at) {
  const base::Decoding::Step step(at, std::string("hash"));
  if (has_name(hash.on) && hash.name.empty()) {
    at.refuse_member("name", base::FieldProblem::kMissing, "which one?");
  }
  if (has_name(hash.fallback) && hash.fallback_name.empty()) {
    at.refuse_member("fallback_name", base::FieldProblem::kMissing, "which one?");
  }
}

void validate_retry(const RetrySettings& retry, base::Decoding& at) {
  require_positive(at, "retry", "backoff_base", retry.backoff_base);
  require_positive(at, "retry", "budget_window", retry.budget_window);
  const base::Decoding::Step step(at, std::string("retry"));
  if (retry.backoff_max < retry.backoff_base) {
    at.refuse_member("backoff_max", base::FieldProblem::kRefused,
                     "must not be less than backoff_base");
  }
  const base::Decoding::Step list(at, std::string("on_statuses"));
  for (std::size_t i = 0; i < retry.on_statuses.size(); ++i) {
    if (retry.on_statuses[i] < 400 || retry.on_statuses[i] > 599) {
      const base::Decoding::Step item(at, i);
      at.refuse(base::FieldProblem::kRefused, "must be a status from 400 to 599");
    }
  }
}

// The service and the list of what is its own are no settings.
template <class T>
constexpr bool is_setting(std::string_view member) {
  return !std::is_same_v<T, ClusterSettings> || (member != "service" && member != "own");
}

// Calls visit(name, value of `to`, value of `from`) for each single setting.
template <class T, class Visit>
void for_each_setting(T& to, const T& from, const std::string& prefix, Visit& visit) {
  boost::mp11::mp_for_each<base::described::Members<T>>([&](auto member) {
    auto& value = to.*member.pointer;
    const std::string name = prefix + member.name;
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (base::Described<Value>) {
      for_each_setting(value, from.*member.pointer, name + ".", visit);
    } else if constexpr (is_setting<T>(decltype(member)::name)) {
      visit(name, value, from.*member.pointer);
    }
  });
}

// "timeouts" and "timeouts.request" both cover "timeouts.request".
bool covers(std::string_view wanted, std::string_view name) {
  return name == wanted ||
         (name.starts_with(wanted) && name.substr(wanted.size()).starts_with('.'));
}

}  // namespace

bool RetrySettings::is_on(std::uint16_t status) const {
  return std::ranges::find(on_statuses, status) != on_statuses.end();
}

LimitSettings limit_settings(const base::Limits& limits) {
  const auto value = [&limits](base::Limit limit) {
    return static_cast<std::uint32_t>(limits[limit]);
  };
  return {.connections_max = value(base::Limit::kBackendConnections),
          .pending_max = value(base::Limit::kBackendPending),
          .requests_max = value(base::Limit::kBackendRequests),
          .cluster_connections_max = value(base::Limit::kClusterConnections),
          .cluster_pending_max = value(base::Limit::kClusterPending),
          .cluster_requests_max = value(base::Limit::kClusterRequests),
          .requests_per_connection_max = value(base::Limit::kConnectionRequests),
          .request_bytes_max = limits[base::Limit::kRequestBytes],
          .response_bytes_max = limits[base::Limit::kResponseBytes]};
}

void ClusterSettings::validate(base::Decoding& at) const {
  validate_hash(hash, at);
  require_positive(at, "breaker", "recovery", breaker.recovery);
  require_positive(at, "breaker", "error_ratio_window", breaker.error_ratio_window);
  require_positive(at, "outlier", "ejection_time", outlier.ejection_time);
  require_positive(at, "outlier", "interval", outlier.interval);
  if (outlier.ejection_time_max < outlier.ejection_time) {
    const base::Decoding::Step step(at, std::string("outlier"));
    at.refuse_member("ejection_time_max", base::FieldProblem::kRefused,
                     "must not be less than ejection_time");
  }
  validate_retry(retry, at);
  if (adaptive.limit_max < adaptive.limit_min) {
    const base::Decoding::Step step(at, std::string("adaptive"));
    at.refuse_member("limit_max", base::FieldProblem::kRefused, "must not be less than limit_min");
  }
  require_positive(at, "timeouts", "connect", timeouts.connect);
  require_positive(at, "timeouts", "request", timeouts.request);
  require_positive(at, "timeouts", "idle", timeouts.idle);
  const base::Decoding::Step list(at, std::string("own"));
  for (std::size_t i = 0; own && i < own->size(); ++i) {
    if (std::ranges::find(setting_names(), (*own)[i]) == setting_names().end()) {
      const base::Decoding::Step item(at, i);
      at.refuse(base::FieldProblem::kNotOneOf, "must be the name of a setting");
    }
  }
}

const std::vector<std::string>& setting_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    ClusterSettings some;
    const auto note = [&](const std::string& name, auto&, const auto&) { names.push_back(name); };
    for_each_setting(some, ClusterSettings(), "", note);
    return names;
  }();
  return kNames;
}

bool has_own(const ClusterSettings& settings, std::string_view name) {
  return !settings.own || std::ranges::any_of(*settings.own, [&](const std::string& each) {
    return covers(name, each);
  });
}

void take_setting(ClusterSettings& settings, const ClusterSettings& from, std::string_view name) {
  const auto take = [&](const std::string& each, auto& to, const auto& value) {
    if (!covers(name, each)) {
      return;
    }
    to = value;
    if (!has_own(settings, each)) {
      settings.own->push_back(each);
    }
  };
  for_each_setting(settings, from, "", take);
}

void drop_setting(ClusterSettings& settings, std::string_view name) {
  if (!settings.own) {
    settings.own = setting_names();
  }
  std::erase_if(*settings.own, [&](const std::string& each) { return covers(name, each); });
}

ClusterSettings inherit(const ClusterSettings& base, ClusterSettings settings) {
  const auto fill = [&](const std::string& name, auto& to, const auto& value) {
    if (!has_own(settings, name)) {
      to = value;
    }
  };
  for_each_setting(settings, base, "", fill);
  return settings;
}

}  // namespace weft::model
