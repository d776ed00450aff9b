// Who may do what on this face: the tokens that are known, and what a request carries.
// Source: contract/consul.md §1, apg.md §9.
#pragma once

#include "api/consul/acl_policy.h"
#include "http/request.h"
#include "wire/sha256.h"

#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

// Its secret is not kept, only what it comes to. Thread: any (a value).
struct AclToken {
  std::string name;  // shown in the audit log
  wire::Sha256 secret{};
  AclPolicy policy;
};

// The name of who brings no token, and of the rules for them.
inline constexpr std::string_view kAclAnonymous = "anonymous";

// ?token=, X-Consul-Token or Authorization: Bearer; the first of them. Empty: none.
// An Authorization of another kind is none. A query that cannot be read has none; it is refused
// later on.
std::string acl_secret_of(const http::Request& request);

// Thread: any (immutable).
class Acl final {
 public:
  Acl() = default;
  // The one called "anonymous" is for who brings none; without it they may do nothing.
  explicit Acl(std::vector<AclToken> tokens);

  // Every token is compared, so that the time says nothing. Returns: null for an unknown one;
  // the one for nobody when `secret` is empty. Lifetime: this object's.
  const AclToken* find(std::string_view secret) const;
  // By its name; never null: who is not known may do nothing.
  const AclPolicy& policy_of(std::string_view name) const;

 private:
  std::vector<AclToken> tokens_;
  AclToken anonymous_{std::string(kAclAnonymous), {}, {}};
};

}  // namespace weft::api::consul
