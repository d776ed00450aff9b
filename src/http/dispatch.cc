#include "http/dispatch.h"

#include "http/status.h"

namespace weft::http {
namespace {

int transport_status(base::Code code) {
  switch (code) {
    case base::Code::kTimeout:
      return 408;
    case base::Code::kUnsupported:
      return 505;
    case base::Code::kBodyTooLarge:
    case base::Code::kUriTooLong:
    case base::Code::kHeadTooLarge:
    case base::Code::kTooManyFields:
      return status_of(code);
    default:
      return 400;
  }
}

Response refuse_target(const Context& context, ProblemKind kind, int status, std::string detail) {
  Problem problem{kind, status, {}, std::move(detail)};
  return context.style->answer_problem(problem, &context.request);
}

}  // namespace

std::optional<Response> Dispatcher::refuse_before_handler(Context& context) const {
  RouteMatch match = router_.match(context.request.method, context.request.path);
  if (match.entry != nullptr) {
    context.style = match.entry->style;
    context.route = &match.entry->route;
    context.parameters = std::move(match.parameters);
  } else {
    context.style = &router_.style_for(context.request.path);
  }
  for (const Gate& gate : gates_) {
    if (auto refusal = gate(context)) {
      return refusal;
    }
  }
  if (match.is_bad_path) {
    return refuse_target(context, ProblemKind::kTransport, 400, "broken escape in the path");
  }
  if (!match.allowed.empty()) {
    Response response =
        refuse_target(context, ProblemKind::kWrongMethod, 405, "Method not allowed");
    response.headers.set("Allow", match.allowed);
    return response;
  }
  if (match.entry == nullptr) {
    return refuse_target(context, ProblemKind::kNoRoute, 404, "Not Found");
  }
  return std::nullopt;
}

void Dispatcher::finish(const Context& context, Response& response) {
  for (const auto& [name, value] : context.headers) {
    response.headers.set(name, value);
  }
  if (context.request.method == wire::Method::kGet ||
      context.request.method == wire::Method::kHead) {
    apply_if_none_match(context.request.headers.value("If-None-Match"), response);
  }
}

io::Task<Response> Dispatcher::answer(Context& context) const {
  std::optional<Response> response = refuse_before_handler(context);
  if (!response) {
    response = co_await context.route->handler(context);
  }
  finish(context, *response);
  co_return *std::move(response);
}

Response Dispatcher::answer_transport(const base::Error& error, std::string_view path) const {
  Problem problem{ProblemKind::kTransport, transport_status(error.code), error, error.what};
  return router_.style_for(path).answer_problem(problem, nullptr);
}

}  // namespace weft::http
