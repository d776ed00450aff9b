#include "api/ui/face.h"

#include "http/endpoint.h"
#include "http/websocket_server.h"

#include <algorithm>

namespace weft::api::ui {
namespace {

struct SnapshotQuery {
  std::string topic = "overview";
};
BOOST_DESCRIBE_STRUCT(SnapshotQuery, (), (topic))

base::Result<http::Response> answer_snapshot(Hub& hub, http::Context& context,
                                             const SnapshotQuery& query) {
  if (query.topic != "overview") {
    return context.refuse(base::Code::kNotFound, "unknown topic");
  }
  hub.look_if_unwatched();
  http::Response response = http::text_response(hub.snapshot_frame(), 200, "application/json");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_routes(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts,
                Hub& hub) {
  Hub* h = &hub;
  router.add(style,
             http::endpoint<SnapshotQuery, http::Response>(
                 "GET", "/api/v1/ui/snapshot", {"What /ws/ui would send first", "pages", {404}},
                 [h](http::Context& context, const SnapshotQuery& query) {
                   return answer_snapshot(*h, context, query);
                 }));
  constexpr std::size_t kMessageBytes = 4 * 1024;  // web/PROTOCOL.md "Opening"
  http::WebSocketOptions options = http::websocket_options(parts.limits);
  options.message_bytes = std::min(options.message_bytes, kMessageBytes);
  http::OperationFacts facts{"Live data of the pages (web/PROTOCOL.md)", "pages"};
  router.add(style, http::websocket_route(
                        "/ws/ui", facts, options,
                        [h](http::WebSocket& socket, http::Context&) { return h->serve(socket); }));
}

}  // namespace weft::api::ui
