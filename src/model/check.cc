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
  if (kind == CheckKind::kTcp && !target.empty() && !base::parse_host_port(target)) {
    at.refuse_member("target", FieldProblem::kBadForm, "must be host:port");
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
