// What each route of this face needs, in one table, and the gate that holds requests to it before
// their handler. A route that is not in the table is refused to everybody, so none can be
// forgotten.
#pragma once

#include "api/consul/acl.h"
#include "api/consul/face.h"
#include "http/context.h"
#include "http/response.h"
#include "http/route.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::api::consul {

enum class AclWay : std::uint8_t {
  kOpen,     // for everybody, tokens or none
  kRule,     // the gate judges it by `resource`, `from` and `access`
  kSight,    // the answer leaves out what may not be seen (sight.h)
  kHandler,  // it depends on the body: Request::require() judges it, and apply() sees to that
};

// What the rule is about.
enum class AclNameFrom : std::uint8_t {
  kNothing,
  kPath,     // the parameter of the path
  kOwnNode,  // this node
  kAll,      // every name there is
  kService,  // the service of the instance that the path names; the id itself when there is none
  kCheck,    // of that service, or of this node, whose check the path names
  kSession,  // the node of the session that the path names; this node when there is none
  kKey,      // the key of the path; below it with ?recurse
};

struct AclNeed {
  std::string_view method;  // empty: every one that the path has no other row for
  std::string_view path;    // as http::Route has it
  AclWay way = AclWay::kRule;
  AclResource resource = AclResource::kAcl;
  AclAccess access = AclAccess::kWrite;
  AclNameFrom from = AclNameFrom::kNothing;
};

// Returns: null when nobody wrote down what it needs.
const AclNeed* acl_need_of(const http::Route& route);

// A gate: who it is, and whether the route is for them. Refuses with 403 in Consul's words. What is
// not below /v1/ is a page, and for everybody.
// Precondition: face.options.acl. Lifetime: the face outlives it. Thread: its loop.
class AclGate final {
 public:
  explicit AclGate(const Face& face) : face_(face) {}
  std::optional<http::Response> operator()(http::Context& context) const;

 private:
  const Face& face_;
};

}  // namespace weft::api::consul
