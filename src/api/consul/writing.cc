#include "api/consul/writing.h"

#include "api/consul/acl_gate.h"
#include "api/consul/reading.h"
#include "api/consul/wan.h"
#include "api/kit/written.h"

#include <utility>

namespace weft::api::consul {
namespace {

io::Task<http::Response> carry_out(const Face* face, WriteHandler handler, http::Context* context) {
  auto asked = parse_asked(*context, face->options.datacenter);
  if (!asked) {
    co_return answer_refusal(asked.error());
  }
  Request request{*face, *context, *std::move(asked)};
  auto response = co_await handler(&request);
  if (!response) {
    co_return answer_refusal(response.error());
  }
  co_return *std::move(response);
}

bool is_from_a_browser(const http::Request& request) {
  return request.headers.has("Sec-Fetch-Site") || request.headers.has("Origin") ||
         request.headers.has("Referer");
}

io::Task<http::Response> carry_out_get(const Face* face, WriteHandler handler,
                                       http::Context* context) {
  if (is_from_a_browser(context->request)) {
    http::Response refused = answer_refusal({405, "method GET not allowed"});
    refused.headers.set("Allow", "PUT");
    co_return refused;
  }
  if (!face->options.peers.empty() && is_for_other_datacenter(*face, *context)) {
    co_return co_await forward(face, context);
  }
  co_return co_await carry_out(face, handler, context);
}

}  // namespace

const std::string& Request::path(std::string_view name) const {
  return Question{face, context, asked}.path(name);
}

Judged<json::value> Request::body() const {
  if (context.request.body.empty()) {
    return json::value();
  }
  auto parsed = base::parse_json(context.request.body, context.json);
  if (!parsed) {
    return refuse(400, std::string("Request decode error: ") + parsed.error().what);
  }
  return *std::move(parsed);
}

void add_writing(http::Router& router, const http::FaceStyle& style, const Face& face,
                 std::string_view method, std::string path, WriteHandler handler) {
  add_route(router, style, face,
            http::raw_route(method, std::move(path), {.tag = "consul", .is_hidden = true},
                            [f = &face, handler](http::Context& context) {
                              return carry_out(f, handler, &context);
                            }));
}

void add_old_writing(http::Router& router, const http::FaceStyle& style, const Face& face,
                     std::string path, WriteHandler handler) {
  add_writing(router, style, face, "PUT", path, handler);
  router.add(style, http::raw_route("GET", std::move(path), {.tag = "consul", .is_hidden = true},
                                    [f = &face, handler](http::Context& context) {
                                      return carry_out_get(f, handler, &context);
                                    }));
}

namespace {

// Of what the gate left to the handler, and the handler has not judged.
bool is_unjudged(const Request& request) {
  if (request.face.options.acl == nullptr || request.is_judged) {
    return false;
  }
  const AclNeed* need = acl_need_of(*request.context.route);
  return need == nullptr || need->way == AclWay::kHandler;
}

io::Task<base::Result<state::Applied>> refuse_unjudged() {
  co_return base::fail(base::Code::kForbidden, "nobody judged who may do this");
}

}  // namespace

Judged<void> Request::require(AclResource resource, std::string_view name, AclAccess access) {
  const AclPolicy* policy = policy_of(face, context);
  if (policy != nullptr && !policy->allows(resource, name, access)) {
    return std::unexpected(permission_denied());
  }
  is_judged = true;
  return {};
}

Judged<void> Request::require_below(AclResource resource, std::string_view prefix,
                                    AclAccess access) {
  const AclPolicy* policy = policy_of(face, context);
  if (policy != nullptr && !policy->allows_below(resource, prefix, access)) {
    return std::unexpected(permission_denied());
  }
  is_judged = true;
  return {};
}

io::Task<base::Result<state::Applied>> apply(Request* request, std::vector<model::Step> steps) {
  if (is_unjudged(*request)) {
    return refuse_unjudged();
  }
  return kit::write(request->face.parts, request->context, std::move(steps));
}

http::Response done() {
  http::Response response;
  response.status = 200;
  return response;
}

http::Response say(const Request& request, const json::value& value) {
  return json_reply(value, request.asked.is_pretty);
}

}  // namespace weft::api::consul
