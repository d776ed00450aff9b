#include "proxy/policies/rewrite.h"

#include <re2/re2.h>

#include <algorithm>

namespace weft::proxy {

TargetRewrite::TargetRewrite(const model::Rewrite& rewrite) : rewrite_(rewrite) {
  if (!rewrite.pattern.empty()) {
    auto compiled = std::make_unique<re2::RE2>(rewrite.pattern, re2::RE2::Quiet);
    if (compiled->ok()) {  // validation refuses these; one that got in another way changes nothing
      pattern_ = std::move(compiled);
    }
  }
}

TargetRewrite::~TargetRewrite() = default;

std::string TargetRewrite::path(std::string_view path, std::size_t matched_bytes) const {
  if (pattern_ != nullptr) {
    std::string out(path);
    re2::RE2::Replace(&out, *pattern_, rewrite_.substitution);
    if (!out.starts_with('/')) {
      out.insert(out.begin(), '/');
    }
    return out;
  }
  std::string out = rewrite_.prefix;
  std::string_view rest = path.substr(std::min(matched_bytes, path.size()));
  if (out.ends_with('/') && rest.starts_with('/')) {
    rest.remove_prefix(1);
  } else if (!out.ends_with('/') && !rest.empty() && !rest.starts_with('/')) {
    out += '/';
  }
  out += rest;
  return out;
}

}  // namespace weft::proxy
