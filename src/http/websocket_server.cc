#include "http/websocket_server.h"

#include "http/face_style.h"
#include "http/server_connection.h"
#include "wire/websocket.h"

namespace weft::http {
namespace {

// What a conversation needs, owned by its route.
struct SocketRoute {
  WebSocketOptions options;
  WebSocketHandler handler;
};

io::Task<void> converse(ServerConnection* connection, Context* context, const SocketRoute* route) {
  WebSocketOptions options = route->options;
  if (options.limits == nullptr) {
    options.limits = context->reached;
  }
  WebSocket socket(connection->socket(), connection->in(), wire::WebsocketRole::kServer, options);
  socket.start();
  co_await route->handler(socket, *context);
  co_await socket.finish();
}

Response refuse_upgrade(const Context& context, const base::Error& error) {
  const bool is_version = error.code == base::Code::kUnsupported;
  Problem problem{ProblemKind::kTransport, is_version ? 426 : 400, error, error.what};
  Response response = context.style->answer_problem(problem, &context.request);
  if (is_version) {
    response.headers.set("Sec-WebSocket-Version", "13");
    response.headers.set("Upgrade", "websocket");
  }
  return response;
}

io::Task<Response> upgrade(Context& context, const SocketRoute* route) {
  wire::RequestHead head;
  view_request(context.request, head);
  if (const auto sound = wire::validate_websocket_request(head); !sound) {
    co_return refuse_upgrade(context, sound.error());
  }
  Response response;
  response.status = 101;
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Accept",
                       wire::accept_key(context.request.headers.value("Sec-WebSocket-Key")));
  response.takeover = [context = &context, route](ServerConnection* connection) {
    return converse(connection, context, route);
  };
  co_return response;
}

}  // namespace

Route websocket_route(std::string path, OperationFacts facts, WebSocketOptions options,
                      WebSocketHandler handler) {
  auto route = std::make_shared<const SocketRoute>(SocketRoute{options, std::move(handler)});
  facts.success = 101;
  return raw_route(
      "GET", std::move(path), std::move(facts),
      [route = std::move(route)](Context& context) { return upgrade(context, route.get()); });
}

}  // namespace weft::http
