#include "model/route.h"

#include "base/described_decode.h"
#include "model/labels.h"

#include <re2/re2.h>

namespace weft::model {
namespace {

bool is_method(std::string_view text) {
  static const RE2 kToken("[!#$%&'*+.^_`|~0-9A-Z-]{1,32}");  // RFC 9110 §9.1, upper case
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), kToken);
}

bool is_regex(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  return RE2(pattern, options).ok();
}

}  // namespace

void Subset::validate(base::Decoding& at) const {
  if (version.empty() && tags.empty()) {
    at.refuse_member("version", base::FieldProblem::kMissing, "a version or a tag");
  }
  validate_tags(tags, at);
}

void Split::validate(base::Decoding& at) const {
  if (by != SplitBy::kWeight && name.empty()) {
    at.refuse_member("name", base::FieldProblem::kMissing, "the name of the header or cookie");
  }
}

void Route::validate(base::Decoding& at) const {
  using base::FieldProblem;
  if (at.has_refused("path_match")) {
    // What a path looks like is up to it.
  } else if (path_match == PathMatch::kRegex) {
    if (!is_regex(path)) {
      at.refuse_member("path", FieldProblem::kBadForm, "must be a regular expression (RE2)");
    }
  } else if (!path.starts_with('/')) {
    at.refuse_member("path", FieldProblem::kNoMatch, "must start with /");
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (hosts[i].size() > kNameLengthMax) {
      const base::Decoding::Step list(at, std::string("hosts"));
      const base::Decoding::Step item(at, i);
      at.refuse(FieldProblem::kTooLong, "is longer than any host name");
    }
  }
  std::uint64_t weights = 0;
  for (const Destination& destination : destinations) {
    weights += destination.weight;
  }
  if (weights == 0) {
    at.refuse_member("destinations", "the weights must add up to more than 0");
  }
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (!is_method(methods[i])) {
      const base::Decoding::Step list(at, std::string("methods"));
      const base::Decoding::Step item(at, i);
      at.refuse(FieldProblem::kNoMatch, "must be a method in upper case");
    }
  }
  if (strip_prefix && !at.has_refused("path_match") && path_match != PathMatch::kPrefix) {
    at.refuse_member("strip_prefix", "only a prefix can be stripped");
  }
  if (policies && policies->rewrite && !policies->rewrite->prefix.empty() &&
      path_match != PathMatch::kPrefix) {
    at.refuse_member("policies", "only the prefix of a prefix route can be rewritten");
  }
  if (timeout && *timeout <= base::Nanos(0)) {
    at.refuse_member("timeout", FieldProblem::kNotAbove, "must be more than 0s");
  }
}

}  // namespace weft::model
