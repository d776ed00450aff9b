#include "api/consul/wan.h"

#include "api/consul/asked.h"
#include "api/consul/sight.h"
#include "base/text.h"
#include "http/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weft::api::consul {
namespace {

constexpr base::Nanos kPeerPatience = base::Seconds(10);  // beside what the question waits for
constexpr base::Nanos kPeerConnectTimeout = base::Seconds(5);
constexpr std::size_t kPeerAnswerBytesMax = std::size_t{32} * 1024 * 1024;
constexpr std::string_view kForwarded = "X-Weft-Forwarded";

std::string datacenter_of(const http::Context& context) {
  const auto query = http::Query::parse(context.request.query);
  return query ? std::string(query->value("dc").value_or("")) : std::string();
}

bool is_passed_back(std::string_view name) {
  constexpr std::string_view kOthers[] = {"Content-Type", "Allow", "X-Content-Type-Options",
                                          "Content-Security-Policy"};
  return base::istarts_with(name, "X-Consul-") ||
         std::ranges::any_of(kOthers,
                             [name](std::string_view one) { return base::iequals(one, name); });
}

http::Response passed_back(http::ClientResponse answer) {
  http::Response response;
  response.status = answer.status;
  for (const auto& [name, value] : answer.fields) {
    if (is_passed_back(name)) {
      response.headers.set(name, value);
    }
  }
  response.body = std::move(answer.body);
  return response;
}

}  // namespace

bool is_own_datacenter(const Face& face, std::string_view name) {
  return name.empty() || base::iequals(name, face.options.datacenter);
}

// Most questions have no "dc" in them in any spelling.
bool is_for_other_datacenter(const Face& face, const http::Context& context) {
  const std::string& query = context.request.query;
  return (query.find("dc") != std::string::npos || query.contains('%')) &&
         !is_own_datacenter(face, datacenter_of(context));
}

base::Nanos peer_patience(const http::Context& context) {
  const auto query = http::Query::parse(context.request.query);
  if (!query || (query->value("index").value_or("0") == "0" && !query->has("hash"))) {
    return kPeerPatience;
  }
  const auto wait = parse_go_duration(query->value("wait").value_or(""));
  const base::Nanos asked = wait && *wait > base::Nanos(0) ? *wait : Asked{}.wait;
  const base::Nanos most = std::min(asked, kWaitMax);
  return most + most / 16 + kPeerPatience;
}

std::expected<http::ClientRequest, Refusal> peer_request(const Face& face,
                                                         const http::Context& context,
                                                         std::string_view datacenter) {
  const auto& peers = face.options.peers;
  const auto peer = std::ranges::find_if(
      peers, [&](const WanPeer& one) { return base::iequals(one.name, datacenter); });
  const http::Request& asked = context.request;
  if (peer == peers.end() || face.wan == nullptr || asked.headers.has(kForwarded)) {
    return refuse(500, "No path to datacenter");
  }
  http::ClientRequest out;
  out.method = asked.method == wire::Method::kHead ? wire::Method::kGet : asked.method;
  out.to = peer->to;
  out.target = asked.path + (asked.query.empty() ? "" : "?" + asked.query);
  for (const char* name : {"X-Consul-Token", "Authorization", "Content-Type"}) {
    if (const auto value = asked.headers.find(name)) {
      out.fields.add(name, *value);
    }
  }
  out.fields.add(kForwarded, face.options.datacenter);
  out.body = asked.body;
  out.connect_timeout = kPeerConnectTimeout;
  out.body_bytes_max = kPeerAnswerBytesMax;
  return out;
}

io::Task<http::Response> forward(const Face* face, http::Context* context, std::string datacenter) {
  if (face->options.acl != nullptr && context->actor.name == kAclAnonymous) {
    co_return answer_refusal(permission_denied());
  }
  auto request = peer_request(*face, *context, datacenter);
  if (!request) {
    co_return answer_refusal(request.error());
  }
  request->deadline = context->loop.now() + peer_patience(*context);
  auto answer = co_await face->wan->call(*std::move(request));
  if (!answer) {
    co_return answer_refusal({500, fmt::format("Remote datacenter \"{}\" cannot be reached: {}",
                                               datacenter, base::describe(answer.error()))});
  }
  if (answer->body_cut) {
    co_return answer_refusal(
        {500, fmt::format("The answer of datacenter \"{}\" is larger than {} bytes", datacenter,
                          kPeerAnswerBytesMax)});
  }
  co_return passed_back(*std::move(answer));
}

io::Task<http::Response> forward(const Face* face, http::Context* context) {
  return forward(face, context, datacenter_of(*context));
}

void add_route(http::Router& router, const http::FaceStyle& style, const Face& face,
               http::Route route) {
  if (!face.options.peers.empty()) {  // else there is nothing to look for
    route.handler = [f = &face, own = std::move(route.handler)](http::Context& context) {
      return is_for_other_datacenter(*f, context) ? forward(f, &context) : own(context);
    };
  }
  router.add(style, std::move(route));
}

}  // namespace weft::api::consul
