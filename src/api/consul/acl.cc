#include "api/consul/acl.h"

#include "base/text.h"
#include "http/query.h"

#include <algorithm>
#include <utility>

namespace weft::api::consul {

std::string acl_secret_of(const http::Request& request) {
  if (request.query.find("token") != std::string::npos || request.query.contains('%')) {
    const auto query = http::Query::parse(request.query);
    if (query && !query->value("token").value_or("").empty()) {
      return std::string(*query->value("token"));
    }
  }
  const std::string_view own = request.headers.value("X-Consul-Token");
  if (!own.empty()) {
    return std::string(own);
  }
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view standard = request.headers.value("Authorization");
  return base::istarts_with(standard, kBearer)
             ? std::string(base::trim(standard.substr(kBearer.size())))
             : std::string();
}

Acl::Acl(std::vector<AclToken> tokens) {
  for (AclToken& token : tokens) {
    if (token.name == kAclAnonymous) {
      anonymous_ = std::move(token);
    } else {
      tokens_.push_back(std::move(token));
    }
  }
}

const AclToken* Acl::find(std::string_view secret) const {
  if (secret.empty()) {
    return &anonymous_;
  }
  const wire::Sha256 digest = wire::sha256(secret);
  const AclToken* found = nullptr;
  for (const AclToken& token : tokens_) {
    found = wire::is_same(token.secret, digest) ? &token : found;
  }
  return found;
}

const AclPolicy& Acl::policy_of(std::string_view name) const {
  const auto found = std::ranges::find(tokens_, name, &AclToken::name);
  return found == tokens_.end() ? anonymous_.policy : found->policy;
}

}  // namespace weft::api::consul
