#include "api/consul/acl_policy.h"

#include <algorithm>

namespace weft::api::consul {
namespace {

using base::Code;
using base::Result;

struct ResourceName {
  std::string_view name;
  AclResource resource;
};
constexpr std::array<ResourceName, kAclResourceCount> kResourceNames{{
    {"agent", AclResource::kAgent},
    {"event", AclResource::kEvent},
    {"key", AclResource::kKey},
    {"node", AclResource::kNode},
    {"service", AclResource::kService},
    {"session", AclResource::kSession},
    {"operator", AclResource::kOperator},
    {"acl", AclResource::kAcl},
}};

bool has_names(AclResource resource) {
  return resource != AclResource::kOperator && resource != AclResource::kAcl;
}

std::size_t resource_index(AclResource resource) { return static_cast<std::size_t>(resource); }

bool begins_with_all(const std::map<std::string, AclAccess, std::less<>>& rules,
                     std::string_view prefix, AclAccess access) {
  for (auto rule = rules.lower_bound(prefix);
       rule != rules.end() && rule->first.starts_with(prefix); ++rule) {
    if (rule->second < access) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<AclRule> parse_acl_kind(std::string_view kind) {
  constexpr std::string_view kSuffix = "_prefix";
  const bool is_prefix = kind.ends_with(kSuffix);
  const std::string_view name = is_prefix ? kind.substr(0, kind.size() - kSuffix.size()) : kind;
  const auto known = std::ranges::find(kResourceNames, name, &ResourceName::name);
  if (known == kResourceNames.end() || (is_prefix && !has_names(known->resource))) {
    return base::fail(Code::kInvalid,
                      "expected agent, event, key, node, service or session, each also with "
                      "_prefix, or operator or acl");
  }
  // What has no names is kept as the beginning of all.
  return AclRule{.resource = known->resource,
                 .is_prefix = is_prefix || !has_names(known->resource)};
}

Result<AclAccess> parse_acl_access(std::string_view text, AclResource resource) {
  if (text == "deny") {
    return AclAccess::kDeny;
  }
  if (text == "read") {
    return AclAccess::kRead;
  }
  if (text == "write") {
    return AclAccess::kWrite;
  }
  if (resource != AclResource::kKey) {
    return base::fail(Code::kInvalid, "expected read, write or deny");
  }
  if (text == "list") {
    return AclAccess::kList;
  }
  return base::fail(Code::kInvalid, "expected read, list, write or deny");
}

AclPolicy::AclPolicy(const std::vector<AclRule>& rules) {
  for (const AclRule& rule : rules) {
    Rules& of = rules_[resource_index(rule.resource)];
    (rule.is_prefix ? of.prefixes : of.exact).insert_or_assign(rule.name, rule.access);
  }
}

AclPolicy AclPolicy::management() {
  AclPolicy policy;
  policy.allows_all_ = true;
  return policy;
}

// The longest beginning that has a rule: prefixes of a text stand before it in order, the longest
// last, with others between them. Each step goes back to the next one that can be a prefix, so it
// takes as many as the name has characters at the most.
AclAccess AclPolicy::Rules::access_by_prefix(std::string_view name) const {
  std::string_view rest = name;
  for (;;) {
    auto rule = prefixes.upper_bound(rest);
    if (rule == prefixes.begin()) {
      return AclAccess::kDeny;
    }
    --rule;
    const std::string_view candidate = rule->first;
    if (name.starts_with(candidate)) {
      return rule->second;
    }
    const auto differs = std::ranges::mismatch(candidate, name);
    rest = name.substr(0, static_cast<std::size_t>(differs.in2 - name.begin()));
  }
}

AclAccess AclPolicy::Rules::access_to(std::string_view name) const {
  const auto rule = exact.find(name);
  return rule != exact.end() ? rule->second : access_by_prefix(name);
}

bool AclPolicy::allows(AclResource resource, std::string_view name, AclAccess access) const {
  return allows_all_ || rules_[resource_index(resource)].access_to(name) >= access;
}

bool AclPolicy::allows_below(AclResource resource, std::string_view prefix,
                             AclAccess access) const {
  const Rules& rules = rules_[resource_index(resource)];
  return allows_all_ || (rules.access_by_prefix(prefix) >= access &&
                         begins_with_all(rules.exact, prefix, access) &&
                         begins_with_all(rules.prefixes, prefix, access));
}

}  // namespace weft::api::consul
