#include "api/consul/face.h"

#include "api/consul/agent.h"
#include "api/consul/catalog.h"
#include "api/consul/event.h"
#include "api/consul/health.h"
#include "api/consul/kv.h"
#include "api/consul/session.h"
#include "api/consul/status.h"
#include "api/consul/txn.h"

namespace weft::api::consul {

void add_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_agent_routes(router, style, face);
  add_catalog_routes(router, style, face);
  add_health_routes(router, style, face);
  add_kv_routes(router, style, face);
  add_txn_route(router, style, face);
  add_session_routes(router, style, face);
  add_event_routes(router, style, face);
  add_status_routes(router, style, face);
}

}  // namespace weft::api::consul
