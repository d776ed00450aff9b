#include "api/consul/acl_policy.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::api::consul {
namespace {

constexpr AclResource kOfKey = AclResource::kKey;

AclRule exact(std::string name, AclAccess access) {
  return {kOfKey, false, std::move(name), access};
}
AclRule prefix(std::string name, AclAccess access) {
  return {kOfKey, true, std::move(name), access};
}

TEST(AclPolicy, WithoutRulesEverythingIsDenied) {
  EXPECT_FALSE(AclPolicy().allows(kOfKey, "a", AclAccess::kRead));
  EXPECT_FALSE(AclPolicy().allows_below(kOfKey, "", AclAccess::kRead));
  EXPECT_TRUE(AclPolicy::management().allows(AclResource::kAcl, "", AclAccess::kWrite));
  EXPECT_TRUE(AclPolicy::management().allows_below(kOfKey, "", AclAccess::kWrite));
}

TEST(AclPolicy, TheNameItselfBeatsAnyBeginningAndTheLongestBeginningWins) {
  const AclPolicy policy({prefix("", AclAccess::kRead), prefix("app/", AclAccess::kWrite),
                          prefix("app/secret", AclAccess::kDeny),
                          exact("app/secret/mine", AclAccess::kWrite),
                          exact("app", AclAccess::kDeny)});
  EXPECT_TRUE(policy.allows(kOfKey, "other", AclAccess::kRead));
  EXPECT_FALSE(policy.allows(kOfKey, "other", AclAccess::kWrite));
  EXPECT_TRUE(policy.allows(kOfKey, "app/a", AclAccess::kWrite));
  EXPECT_FALSE(policy.allows(kOfKey, "app/secret/a", AclAccess::kRead));
  EXPECT_TRUE(policy.allows(kOfKey, "app/secret/mine", AclAccess::kWrite));
  EXPECT_FALSE(policy.allows(kOfKey, "app", AclAccess::kRead));
  EXPECT_TRUE(policy.allows(kOfKey, "apples", AclAccess::kRead));
}

// The walk back over prefixes agrees with looking at each of them.
TEST(AclPolicy, FindsTheLongestBeginningAmongManyThatAreNone) {
  std::vector<AclRule> rules;
  for (const char* text : {"a", "ab", "abz", "abca", "abcd/", "abcd/e", "abd", "b", "abcd/ez"}) {
    rules.push_back(prefix(text, AclAccess::kDeny));
  }
  for (std::size_t chosen = 0; chosen < rules.size(); ++chosen) {
    std::vector<AclRule> one = rules;
    one[chosen].access = AclAccess::kWrite;
    const AclPolicy policy(one);
    for (const std::string name : {"a", "ab", "abc", "abcd", "abcd/", "abcd/e", "abcd/ex", "abcd/f",
                                   "abz9", "b", "c", "", "abcd/ez1", "abcz"}) {
      std::string longest = "none";
      for (const AclRule& rule : rules) {
        if (name.starts_with(rule.name) &&
            (longest == "none" || rule.name.size() > longest.size())) {
          longest = rule.name;
        }
      }
      EXPECT_EQ(policy.allows(kOfKey, name, AclAccess::kWrite), longest == rules[chosen].name)
          << name << " " << rules[chosen].name;
    }
  }
}

TEST(AclPolicy, BelowAPrefixNoRuleMayAllowLess) {
  const AclPolicy policy({prefix("app/", AclAccess::kWrite), prefix("app/x/", AclAccess::kRead),
                          exact("app/y/z", AclAccess::kDeny)});
  EXPECT_FALSE(policy.allows_below(kOfKey, "app/", AclAccess::kWrite));
  EXPECT_FALSE(policy.allows_below(kOfKey, "app/y", AclAccess::kRead));
  EXPECT_TRUE(policy.allows_below(kOfKey, "app/x/", AclAccess::kRead));
  EXPECT_FALSE(policy.allows_below(kOfKey, "app/x/", AclAccess::kList));
  EXPECT_TRUE(policy.allows_below(kOfKey, "app/v", AclAccess::kWrite));
  EXPECT_FALSE(policy.allows_below(kOfKey, "", AclAccess::kRead));
}

TEST(AclPolicy, KindsOfRulesAreConsulsNames) {
  for (const char* kind : {"agent", "agent_prefix", "event", "event_prefix", "key", "key_prefix",
                           "node", "node_prefix", "service", "service_prefix", "session",
                           "session_prefix", "operator", "acl"}) {
    EXPECT_TRUE(parse_acl_kind(kind)) << kind;
  }
  for (const char* kind :
       {"", "_prefix", "operator_prefix", "acl_prefix", "Key", "keys", "query"}) {
    EXPECT_FALSE(parse_acl_kind(kind)) << kind;
  }
  EXPECT_TRUE(parse_acl_kind("key_prefix")->is_prefix);
  EXPECT_FALSE(parse_acl_kind("key")->is_prefix);
  EXPECT_EQ(parse_acl_access("list", AclResource::kKey), AclAccess::kList);
  EXPECT_FALSE(parse_acl_access("list", AclResource::kNode));
  EXPECT_FALSE(parse_acl_access("Read", AclResource::kKey));
}

}  // namespace
}  // namespace weft::api::consul
