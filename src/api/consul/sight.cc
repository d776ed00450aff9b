#include "api/consul/sight.h"

#include "api/consul/acl.h"

namespace weft::api::consul {

const AclPolicy* policy_of(const Face& face, const http::Context& context) {
  return face.options.acl == nullptr ? nullptr : &face.options.acl->policy_of(context.actor.name);
}

void note_hidden(const Sight& sight, http::Context& context) {
  if (sight.has_hidden()) {
    context.headers.set("X-Consul-Results-Filtered-By-ACLs", "true");
  }
}

Refusal permission_denied() { return {403, "Permission denied"}; }

}  // namespace weft::api::consul
