#include "api/mesh/face.h"

#include "api/mesh/call.h"
#include "api/mesh/catalog.h"
#include "api/mesh/changes.h"
#include "api/mesh/configure.h"
#include "api/mesh/drain.h"
#include "api/mesh/endpoints.h"
#include "api/mesh/metrics.h"
#include "api/mesh/overview.h"
#include "api/mesh/rollback.h"
#include "api/mesh/settings.h"

namespace weft::api::mesh {

void add_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts,
                ChangeStreams& streams) {
  add_catalog_routes(router, style, parts);
  add_call_route(router, style, parts);
  add_overview_routes(router, style, parts);
  add_configure_routes(router, style, parts);
  add_settings_routes(router, style, parts);
  add_drain_routes(router, style, parts);
  add_endpoints_route(router, style, parts);
  add_metrics_route(router, style, parts);
  add_changes_route(router, style, parts);
  add_rollback_routes(router, style, parts);
  streams.add_route(router, style);
}

}  // namespace weft::api::mesh
