// Sight: what whoever asks may see. Lists leave out the rest, and their answer says so.
// Source: Consul, X-Consul-Results-Filtered-By-ACLs.
#pragma once

#include "api/consul/acl_policy.h"
#include "api/consul/entries.h"
#include "api/consul/face.h"
#include "api/consul/refusal.h"
#include "http/context.h"

#include <string_view>
#include <vector>

namespace weft::api::consul {

// Of whoever asks; null: this face is not protected, everything is allowed.
const AclPolicy* policy_of(const Face& face, const http::Context& context);

Refusal permission_denied();

// Thread: its loop. Lifetime: one answer; the policy outlives it.
class Sight final {
 public:
  explicit Sight(const AclPolicy* policy) : policy_(policy) {}

  bool sees_all() const { return policy_ == nullptr; }
  // Notes what it does not see.
  bool sees(AclResource resource, std::string_view name) {
    const bool seen = policy_ == nullptr || policy_->allows(resource, name, AclAccess::kRead);
    has_hidden_ = has_hidden_ || !seen;
    return seen;
  }
  bool has_hidden() const { return has_hidden_; }

  bool sees(const NodeEntry& node) { return sees(AclResource::kNode, node.node->name); }
  bool sees(const ServiceEntry& entry) {
    return sees(AclResource::kService, entry.instance().service);
  }
  bool sees(const CheckEntry& check) {
    return check.instance != nullptr ? sees(AclResource::kService, check.instance->service)
                                     : sees(AclResource::kNode, check.node);
  }
  bool sees(const HealthEntry& entry) { return sees(entry.service) && sees(entry.service.node); }

  bool sees_node_of(const ServiceEntry& entry) { return sees(entry.node); }
  bool sees_node_of(const CheckEntry& check) { return sees(AclResource::kNode, check.node); }

 private:
  const AclPolicy* policy_;
  bool has_hidden_ = false;
};

// The answer says so when something was left out.
void note_hidden(const Sight& sight, http::Context& context);

template <class Entry>
void leave_out_hidden(Sight& sight, std::vector<Entry>& entries) {
  if (!sight.sees_all()) {
    std::erase_if(entries, [&](const Entry& entry) { return !sight.sees(entry); });
  }
}

// What is on a node that is not seen.
template <class Entry>
void leave_out_hidden_nodes(Sight& sight, std::vector<Entry>& entries) {
  if (!sight.sees_all()) {
    std::erase_if(entries, [&](const Entry& entry) { return !sight.sees_node_of(entry); });
  }
}

}  // namespace weft::api::consul
