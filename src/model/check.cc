#include "model/check.h"

#include "base/address.h"
#include "base/described_decode.h"

namespace weft::model {
namespace {

bool is_http_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

}  // namespace

void CheckSpec::validate(base::Decoding& at) const {
  using base::FieldProblem;
  if (interval < base::Millis(10)) {
    at.refuse_member("interval", FieldProblem::kBelowMinimum, "must be at least 10ms");
  }
  if (timeout < base::Millis(1)) {
    at.refuse_member("timeout", FieldProblem::kBelowMinimum, "must be at least 1ms");
  }
  if (deregister_after && *deregister_after <= base::Nanos(0)) {
    at.refuse_member("deregister_after", FieldProblem::kNotAbove, "must be more than 0s");
  }
  if (at.has_refused("kind")) {
    return;  // what a target looks like is up to the kind
  }
  if (kind == CheckKind::kHttp && !target.empty() && !is_http_url(target)) {
    at.refuse_member("target", FieldProblem::kBadForm, "must be an http or https URL");
  }
  const bool is_host_port =
      kind == CheckKind::kTcp || kind == CheckKind::kUdp || kind == CheckKind::kH2ping;
  if (is_host_port && !target.empty() && !base::parse_host_port(target)) {
    at.refuse_member("target", FieldProblem::kBadForm, "must be host:port");
  }
  if (kind == CheckKind::kGrpc && !target.empty() &&
      !base::parse_host_port(std::string_view(target).substr(0, target.find('/')))) {
    at.refuse_member("target", FieldProblem::kBadForm, "must be host:port or host:port/service");
  }
}

const CheckDetails& details_of(const CheckSpec& check) {
  static const CheckDetails kNone;
  return check.details ? *check.details : kNone;
}

void CheckState::validate(base::Decoding& at) const {
  if (node.empty() && (service.empty() || instance.empty())) {
    at.refuse_member("instance", "needs an instance and its service, or a node");
  }
}

std::string check_key(std::string_view instance, std::string_view check) {
  std::string key;
  key.reserve(instance.size() + 1 + check.size());
  key += instance;
  key += kKeySeparator;
  key += check;
  return key;
}

std::string node_check_key(std::string_view node, std::string_view check) {
  return kKeySeparator + check_key(node, check);
}

CheckKey parse_check_key(std::string_view text) {
  CheckKey key;
  const bool is_of_node = text.starts_with(kKeySeparator);
  text.remove_prefix(is_of_node ? 1 : 0);
  const std::size_t at = text.find(kKeySeparator);
  (is_of_node ? key.node : key.instance) = text.substr(0, at);
  key.check = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return key;
}

Health health_of(const CheckState& state) {
  switch (state.status) {
    case CheckStatus::kNone:
      return Health::kNone;
    case CheckStatus::kPassing:
      return Health::kPassing;
    case CheckStatus::kWarning:
      return Health::kWarning;
    case CheckStatus::kCritical:
      break;
  }
  return state.no_answer ? Health::kNoAnswer : Health::kCritical;
}

}  // namespace weft::model
