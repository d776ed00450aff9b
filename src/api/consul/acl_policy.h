// What a token may do: rules with Consul's names. For each kind of resource there are rules for a
// name and rules for every name that begins with a text; a rule for the name itself wins, else the
// longest beginning does, and what no rule is about is denied.
// Source: Consul, "ACL rules reference"; contract/consul.md §1.
#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

// kAcl and kOperator have no names: their rule is about everything there is of them.
enum class AclResource : std::uint8_t {
  kAgent,
  kEvent,
  kKey,
  kNode,
  kService,
  kSession,
  kOperator,
  kAcl,
};
inline constexpr std::size_t kAclResourceCount = 8;

// Each allows what is before it. kList is for keys: their names, a prefix at a time.
enum class AclAccess : std::uint8_t { kDeny, kRead, kList, kWrite };

struct AclRule {
  AclResource resource = AclResource::kKey;
  bool is_prefix = false;
  std::string name{};
  AclAccess access = AclAccess::kDeny;
};

// "service", "key_prefix", "operator". Errors: kInvalid.
base::Result<AclRule> parse_acl_kind(std::string_view kind);
// "read", "write", "deny"; "list" for keys. Errors: kInvalid, `what` says what is good.
base::Result<AclAccess> parse_acl_access(std::string_view text, AclResource resource);

// Thread: any (immutable once it is made).
class AclPolicy final {
 public:
  AclPolicy() = default;  // denies everything
  explicit AclPolicy(const std::vector<AclRule>& rules);
  // Everything is allowed.
  static AclPolicy management();

  bool allows(AclResource resource, std::string_view name, AclAccess access) const;
  // Every name that begins with `prefix`, those that are not there yet included.
  bool allows_below(AclResource resource, std::string_view prefix, AclAccess access) const;

 private:
  struct Rules {
    std::map<std::string, AclAccess, std::less<>> exact;
    std::map<std::string, AclAccess, std::less<>> prefixes;

    AclAccess access_to(std::string_view name) const;
    AclAccess access_by_prefix(std::string_view name) const;
  };

  std::array<Rules, kAclResourceCount> rules_;
  bool allows_all_ = false;
};

}  // namespace weft::api::consul
