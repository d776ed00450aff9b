// Other datacenters: what is asked with ?dc=NAME is asked there, over HTTP, and answered as it was
// answered there. Source: contract/README.md "High availability".
#pragma once

#include "api/consul/face.h"
#include "api/consul/refusal.h"
#include "http/client.h"
#include "http/context.h"
#include "http/response.h"
#include "http/router.h"
#include "io/task.h"

#include <expected>
#include <string>
#include <string_view>

namespace weft::api::consul {

// Adds a route of this face: as `handler` answers it, or another datacenter.
void add_route(http::Router& router, const http::FaceStyle& style, const Face& face,
               http::Route route);

// Is it for another datacenter, as far as its query says? Thread: any; pure.
bool is_for_other_datacenter(const Face& face, const http::Context& context);
bool is_own_datacenter(const Face& face, std::string_view name);

// Asks the datacenter; waits as long as a blocking query may, and a little.
// Returns: its answer, or 500: nobody knows it, it cannot be reached, it says too much. Who brings
// no token of ours is refused with 403 where one is asked for.
io::Task<http::Response> forward(const Face* face, http::Context* context, std::string datacenter);
// The same, as ?dc= says.
io::Task<http::Response> forward(const Face* face, http::Context* context);

// What is sent there. It says that it was forwarded, and what says so is not forwarded again: two
// nodes that take each other for a third one would not stop.
// Returns: what is wrong, in the face's words. Thread: any; pure.
std::expected<http::ClientRequest, Refusal> peer_request(const Face& face,
                                                         const http::Context& context,
                                                         std::string_view datacenter);
// How long it may take. Thread: any; pure.
base::Nanos peer_patience(const http::Context& context);

}  // namespace weft::api::consul
