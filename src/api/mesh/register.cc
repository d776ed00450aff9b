#include "api/mesh/register.h"

#include "base/address.h"
#include "base/described_decode.h"
#include "model/objects.h"

#include <fmt/format.h>

namespace weft::api::mesh {

using base::Code;
using base::Result;

namespace {

// What this body calls a member of its check.
std::string check_word(const std::string& member, const HealthCheckBody& body) {
  if (member == "target") {
    return body.tcp ? "tcp" : "http";
  }
  if (member == "interval" && body.ttl) {
    return "ttl";
  }
  return member;
}

// Where in the body stands what the model calls `path`?
std::vector<base::PathStep> body_path(std::vector<base::PathStep> path, const RegisterBody& body) {
  const auto* table = path.empty() ? nullptr : std::get_if<std::string>(&path[0]);
  if (table == nullptr) {
    return path;
  }
  if (*table == "service") {
    path[0] = "service_name";
  } else if (*table == "id") {
    path[0] = "service_id";
  } else if (*table == "checks") {
    std::vector<base::PathStep> out{std::string("health_check")};
    if (const auto* member = path.size() > 2 ? std::get_if<std::string>(&path[2]) : nullptr) {
      out.emplace_back(check_word(*member, body.health_check.value_or(HealthCheckBody{})));
    }
    return out;
  }
  return path;
}

// "[::1]" is how a URL writes ::1.
std::string_view without_brackets(std::string_view address) {
  const bool is_bracketed = address.starts_with('[') && address.ends_with(']') &&
                            address.find(':') != std::string_view::npos;
  return is_bracketed ? address.substr(1, address.size() - 2) : address;
}

// Could somebody connect there, be it a name nobody knows yet?
bool is_host(std::string_view address) {
  return address.find_first_of("[]:") == std::string_view::npos || base::parse_ip(address);
}

// The weight of a body that says it in its metadata only, as numbers or as text.
// Source: contract/sutazai.md §1 "register body".
std::expected<std::optional<std::uint16_t>, base::FieldErrors> metadata_weight(
    const RegisterBody& body) {
  const json::value* given = body.weight ? nullptr : body.metadata.if_contains("weight");
  if (given == nullptr) {
    return std::nullopt;
  }
  return base::decode<std::optional<std::uint16_t>>(*given, {.scalars = base::Scalars::kText});
}

}  // namespace

Result<std::optional<base::Nanos>> parse_deregister_after(const json::value& value) {
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    if (text == "off") {
      return std::optional<base::Nanos>();
    }
    WEFT_TRY(const base::Nanos duration, base::parse_duration(text));
    return std::optional(duration);
  }
  if (value.is_number()) {
    const double seconds = value.to_number<double>();
    if (seconds > 0 && seconds < 1e9) {
      return std::optional(base::Nanos(static_cast<std::int64_t>(seconds * 1e9)));
    }
  }
  return base::fail(Code::kInvalid, "expected a duration such as 1m, seconds, or off");
}

void HealthCheckBody::validate(base::Decoding& at) const {
  const int kinds = (http ? 1 : 0) + (tcp ? 1 : 0) + (ttl ? 1 : 0);
  if (kinds > 1) {
    at.refuse_member("http", "give one of http, tcp and ttl");
  }
  if (tcp && !base::parse_host_port(*tcp)) {
    at.refuse_member("tcp", "expected host:port");
  }
  if (const auto after = parse_deregister_after(deregister_after); !after) {
    at.refuse_member("deregister_after", after.error().what);
  }
}

void RegisterBody::validate(base::Decoding& at) const {
  if (const auto in_metadata = metadata_weight(*this); !in_metadata) {
    const base::FieldError& error = in_metadata.error().front();
    at.refuse_at({std::string("metadata"), std::string("weight")}, error.problem, error.message);
  }
  if (!is_host(without_brackets(address))) {
    at.refuse_member("address", base::FieldProblem::kBadForm,
                     "must be an IP address or a host name, without port");
  }
  const bool has_timeout = health_check && health_check->timeout;
  for (base::FieldError& error : model::validate(instance_of(*this, CheckDefaults{}))) {
    if (error.where() == "checks[0].timeout" && !has_timeout) {
      continue;  // it follows from the interval, which is refused then
    }
    at.refuse_at(body_path(std::move(error.path), *this), error.problem, std::move(error.message));
  }
}

model::Instance instance_of(const RegisterBody& body, const CheckDefaults& defaults) {
  model::Instance instance;
  instance.service = body.service_name;
  instance.address = without_brackets(body.address);
  instance.id = body.service_id.value_or(
      fmt::format("{}-{}-{}", instance.service, instance.address, body.port));
  instance.port = body.port;
  instance.tags = body.tags;
  instance.metadata = body.metadata;
  if (body.weight) {
    instance.weight = *body.weight;
  } else if (const auto weight = metadata_weight(body); weight && *weight) {
    instance.weight = **weight;
  }
  const HealthCheckBody given = body.health_check.value_or(HealthCheckBody{});
  model::CheckSpec check;
  check.verdict = model::HttpVerdict::kLenient;
  check.interval = given.interval.value_or(defaults.interval);
  check.timeout = given.timeout.value_or(std::min(defaults.timeout, check.interval));
  check.deregister_after = parse_deregister_after(given.deregister_after).value_or(std::nullopt);
  if (given.tcp) {
    check.kind = model::CheckKind::kTcp;
    check.target = *given.tcp;
  } else if (given.ttl) {
    check.kind = model::CheckKind::kTtl;
    check.interval = *given.ttl;
  } else {
    check.path = given.path.value_or("/health");
    check.target = given.http.value_or("");
  }
  instance.checks.push_back(std::move(check));
  return instance;
}

}  // namespace weft::api::mesh
