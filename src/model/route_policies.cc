#include "model/route_policies.h"

#include "base/described_decode.h"
#include "base/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace weft::model {
namespace {

using base::FieldProblem;

// Fields that say where a message ends or whom it is for, hop-by-hop ones, and those that the
// gateway writes itself: an edit of them would be lost or would lie.
// Source: RFC 9110 §7.6.1, RFC 9112 §6, contract/apg.md §3.1, contract/sutazai.md §5.
bool is_gateways_own(std::string_view name) {
  static constexpr std::array<std::string_view, 24> kNames{"connection",
                                                           "content-length",
                                                           "expect",
                                                           "forwarded",
                                                           "host",
                                                           "http2-settings",
                                                           "keep-alive",
                                                           "proxy-authenticate",
                                                           "proxy-connection",
                                                           "te",
                                                           "traceparent",
                                                           "tracestate",
                                                           "trailer",
                                                           "transfer-encoding",
                                                           "upgrade",
                                                           "x-forwarded-for",
                                                           "x-forwarded-host",
                                                           "x-forwarded-port",
                                                           "x-forwarded-proto",
                                                           "x-parent-span-id",
                                                           "x-request-id",
                                                           "x-span-id",
                                                           "x-trace-flags",
                                                           "x-trace-id"};
  return std::ranges::any_of(kNames,
                             [name](std::string_view own) { return base::iequals(own, name); });
}

void refuse_own(base::Decoding& at, const char* list, std::size_t index) {
  const base::Decoding::Step step(at, std::string(list));
  const base::Decoding::Step item(at, index);
  at.refuse(FieldProblem::kRefused, "is a field of the gateway's own");
}

void validate_lines(base::Decoding& at, const char* list, const std::vector<FieldLine>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_gateways_own(lines[i].name)) {
      refuse_own(at, list, i);
    }
  }
}

}  // namespace

void Redirect::validate(base::Decoding& at) const {
  static constexpr std::array<std::uint16_t, 5> kStatuses{301, 302, 303, 307, 308};
  if (std::ranges::find(kStatuses, status) == kStatuses.end()) {
    at.refuse_member("status", FieldProblem::kNotOneOf, "must be 301, 302, 303, 307 or 308");
  }
  if (scheme.empty() && host.empty() && path.empty()) {
    at.refuse_member("path", FieldProblem::kMissing,
                     "a scheme, a host or a path, or it would lead to itself");
  }
}

void Rewrite::validate(base::Decoding& at) const {
  if (!prefix.empty() && !pattern.empty()) {
    at.refuse_member("pattern", FieldProblem::kRefused, "cannot stand beside a prefix");
  }
  if (pattern.empty()) {
    return;
  }
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(pattern, options);
  std::string error;
  if (!compiled.ok()) {
    at.refuse_member("pattern", FieldProblem::kBadForm, "must be a regular expression (RE2)");
  } else if (!compiled.CheckRewriteString(substitution, &error)) {
    at.refuse_member("substitution", FieldProblem::kBadForm,
                     "names a group that the pattern does not have");
  }
}

// Source: RFC 9110 §5.5.
void FieldLine::validate(base::Decoding& at) const {
  const bool has_control = std::ranges::any_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
  if (has_control || value != base::trim(value)) {
    at.refuse_member("value", FieldProblem::kNoMatch,
                     "must have no control characters and no space at its ends");
  }
}

void FieldEdits::validate(base::Decoding& at) const {
  for (std::size_t i = 0; i < remove.size(); ++i) {
    if (remove[i].empty() || is_gateways_own(remove[i])) {
      refuse_own(at, "remove", i);
    }
  }
  validate_lines(at, "set", set);
  validate_lines(at, "add", add);
}

void Fault::validate(base::Decoding& at) const {
  if (delay < base::Nanos(0)) {
    at.refuse_member("delay", FieldProblem::kNotAbove, "must not be less than 0s");
  }
  if (abort_status != 0 && (abort_status < 200 || abort_status > 599)) {
    at.refuse_member("abort_status", FieldProblem::kNotOneOf, "must be 0 or from 200 to 599");
  }
}

void RateLimit::validate(base::Decoding& at) const {
  if (period <= base::Nanos(0)) {
    at.refuse_member("period", FieldProblem::kNotAbove, "must be more than 0s");
  }
  if (key == RateLimitKey::kHeader && header.empty()) {
    at.refuse_member("header", FieldProblem::kMissing, "the name of the field that is the key");
  }
}

}  // namespace weft::model
