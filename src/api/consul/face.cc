#include "api/consul/face.h"

#include "api/consul/acl_gate.h"
#include "api/consul/agent.h"
#include "api/consul/catalog.h"
#include "api/consul/event.h"
#include "api/consul/health.h"
#include "api/consul/kv.h"
#include "api/consul/refusal.h"
#include "api/consul/session.h"
#include "api/consul/snapshot.h"
#include "api/consul/status.h"
#include "api/consul/txn.h"

#include <fmt/format.h>

#include <optional>

namespace weft::api::consul {

namespace {

// What any other request may weigh: a value of the key-value store, escapes and names around it.
// Source: contract/consul.md §1.
constexpr std::size_t kConsulBodyBytes = std::size_t{2} * 1024 * 1024;

std::optional<http::Response> refuse_large_body(const http::Context& context) {
  const std::size_t bytes = context.request.body.size();
  if (bytes <= kConsulBodyBytes || context.request.path == kSnapshotPath) {
    return std::nullopt;
  }
  return answer_refusal({413, fmt::format("Request body({} bytes) too large, max size: {} bytes.",
                                          bytes, kConsulBodyBytes)});
}

}  // namespace

void add_gates(http::Dispatcher& dispatcher, const Face& face) {
  const bool is_protected = face.options.acl != nullptr;
  dispatcher.add_gate([is_protected](http::Context& context) -> std::optional<http::Response> {
    context.headers.set("X-Consul-Default-Acl-Policy", is_protected ? "deny" : "allow");
    return std::nullopt;
  });
  if (is_protected) {
    dispatcher.add_gate(AclGate(face));
  }
  dispatcher.add_gate(refuse_large_body);
}

void add_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_agent_routes(router, style, face);
  add_catalog_routes(router, style, face);
  add_health_routes(router, style, face);
  add_kv_routes(router, style, face);
  add_txn_route(router, style, face);
  add_session_routes(router, style, face);
  add_event_routes(router, style, face);
  add_status_routes(router, style, face);
  add_snapshot_routes(router, style, face);
}

}  // namespace weft::api::consul
