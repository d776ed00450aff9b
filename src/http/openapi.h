// The OpenAPI 3.1 document of the routes that exist: nothing is listed that is not served.
#pragma once

#include "base/json.h"
#include "http/router.h"

#include <string_view>
#include <vector>

namespace weft::http {

struct OpenApiInfo {
  std::string_view title;
  std::string_view version;
  std::string_view description;
};

// Paths stand in the order of their first route; hidden routes are left out.
// Source: OpenAPI 3.1.0. Thread: any; pure.
json::object openapi_document(const Router& router, const OpenApiInfo& info);

// A hidden GET route that answers with the document, made when it is first asked for: by then the
// router is complete. Lifetime: the router outlives its routes; the texts of `info` are static.
// Thread: the loop of the one server that uses it.
Route openapi_route(std::string path, const Router& router, OpenApiInfo info);

}  // namespace weft::http
