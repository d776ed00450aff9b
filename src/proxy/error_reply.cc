#include "proxy/error_reply.h"

#include "base/json.h"
#include "http/status.h"

#include <fmt/format.h>

#include <string>

namespace weft::proxy {
namespace {

using base::Code;
using base::Side;

}  // namespace

std::string_view side_name(Side side) {
  switch (side) {
    case Side::kClient:
      return "client";
    case Side::kBackend:
      return "backend";
    case Side::kSelf:
      return "gateway";
    case Side::kStore:
      return "store";
  }
  return "gateway";
}

ErrorReply reply_to_bad_request(const base::Error& error) {
  const auto closing = [&](std::uint16_t status, std::string_view reason) {
    return ErrorReply{status, error.what, reason, Side::kClient, true, {}};
  };
  switch (error.code) {
    case Code::kTimeout:
      return closing(408, "request_timeout");
    case Code::kUriTooLong:
      return closing(414, "uri_too_long");
    case Code::kHeadTooLarge:
    case Code::kTooManyFields:
      return closing(431, "head_too_large");
    case Code::kBodyTooLarge:
      return closing(413, "body_too_large");
    case Code::kUnsupported:
      return closing(505, "version_not_supported");
    default:
      return closing(400, "bad_request");
  }
}

ErrorReply reply_to_backend_error(const base::Error& error) {
  switch (error.code) {
    case Code::kTimeout:
      return {504, "the backend did not answer in time", "backend_timeout", Side::kBackend, false,
              {}};
    case Code::kRefused:
    case Code::kUnreachable:
      return {502, "the backend cannot be reached", "backend_unreachable", Side::kBackend, false,
              {}};
    case Code::kNoName:
      return {
          502, "the backend's name does not resolve", "backend_unresolved", Side::kBackend, false,
          {}};
    case Code::kBadMessage:
    case Code::kHeadTooLarge:
    case Code::kTooManyFields:
    case Code::kUnsupported:
      return {502,
              "the backend's answer breaks the protocol",
              "backend_protocol",
              Side::kBackend,
              false,
              {}};
    case Code::kOverloaded:
      return {503,          "too many requests wait for this service",
              "overloaded", Side::kSelf,
              false,        "Retry-After: 1\r\n"};
    case Code::kNoSpace:
      return {503,
              "the gateway is out of descriptors",
              "out_of_descriptors",
              Side::kSelf,
              false,
              "Retry-After: 1\r\n"};
    case Code::kCancelled:
    case Code::kShutdown:
      return {503, "the gateway is stopping", "stopping", Side::kSelf, true, {}};
    default:
      return {502,
              "the backend closed the connection without an answer",
              "backend_closed",
              Side::kBackend,
              false,
              {}};
  }
}

ErrorReply reply_to_method() {
  return {405,
          "the gateway does not offer this method",
          "method_not_allowed",
          Side::kClient,
          true,
          "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"};
}

ErrorReply reply_to_expectation() {
  return {417, "the gateway knows no such expectation", "expectation_failed", Side::kClient, true,
          {}};
}

ErrorReply reply_to_circle() {
  return {508, "the request goes round in circles", "loop_detected", Side::kClient, true, {}};
}

ErrorReply reply_to_no_route() {
  return {404, "no route matches this request", "no_route", Side::kClient, false, {}};
}

ErrorReply reply_to_grown_head() {
  return {431, "the head grows too large on its way", "head_too_large", Side::kClient, true, {}};
}

ErrorReply reply_to_large_request() {
  return {413, "the body is larger than its service allows", "body_too_large", Side::kClient, true,
          {}};
}

ErrorReply reply_to_rate(std::string_view retry_after_field) {
  return {429, "too many requests", "rate_limited", Side::kClient, false, retry_after_field};
}

ErrorReply reply_by_redirect(std::uint16_t status, std::string_view location_field) {
  return {
      status, "the answer is at another place", "redirected", Side::kSelf, false, location_field,
      false};
}

ErrorReply reply_by_fault(std::uint16_t status) {
  return {status, "a fault was injected", "fault_injected", Side::kSelf, false, {}};
}

ErrorReply reply_to_large_answer() {
  return {502,
          "the answer is larger than its service allows",
          "answer_too_large",
          Side::kBackend,
          false,
          {}};
}

ErrorReply reply_to_refusal(balance::PickRefusal refusal) {
  switch (refusal) {
    case balance::PickRefusal::kNoEndpoints:
      return {503, "no instance of the service is registered", "no_instances", Side::kSelf, false,
              {}};
    case balance::PickRefusal::kNoHealthy:
      return {503,
              "no instance of the service is healthy",
              "no_healthy_instances",
              Side::kBackend,
              false,
              {}};
    case balance::PickRefusal::kNoWeight:
      return {503,         "every healthy instance of the service has weight 0",
              "no_weight", Side::kSelf,
              false,       {}};
    case balance::PickRefusal::kAllBreakersOpen:
      return {503,
              "the circuit breakers of all instances are open",
              "breakers_open",
              Side::kBackend,
              false,
              "Retry-After: 1\r\n"};
    case balance::PickRefusal::kEndpointsFull:
    case balance::PickRefusal::kClusterFull:
    case balance::PickRefusal::kAdaptiveLimit:
      return reply_to_backend_error(
          {Code::kOverloaded, Side::kSelf, base::Retry::kSafe, 0, "a limit of requests"});
  }
  return {503, "no instance is usable", "no_instances", Side::kSelf, false, {}};
}

ErrorReply reply_to_overload() {
  return {503,
          "the gateway has too much to do",
          "gateway_overloaded",
          Side::kSelf,
          false,
          "Retry-After: 1\r\n"};
}

std::optional<base::Limit> limit_met(balance::PickRefusal refusal) {
  switch (refusal) {
    case balance::PickRefusal::kEndpointsFull:
      return base::Limit::kBackendRequests;
    case balance::PickRefusal::kClusterFull:
      return base::Limit::kClusterRequests;
    case balance::PickRefusal::kAdaptiveLimit:
      return base::Limit::kAdaptiveRequests;
    default:
      return std::nullopt;
  }
}

void write_error_reply(const ErrorReply& reply, const ReplyNames& names, bool has_body,
                       HeadWriter& out) {
  std::string body = fmt::format(R"({{"message":"{}","reason":"{}","side":"{}")", reply.message,
                                 reply.reason, side_name(reply.side));  // texts of our own
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) {
      body += fmt::format(R"(,"{}":)", key);
      base::append_json_bytes(body, value);
    }
  };
  add("service", names.service);
  add("instance", names.instance);
  add("request_id", names.request_id);
  body += "}\n";
  out.clear();
  out.add("HTTP/1.1 ");
  out.add_number(reply.status);
  out.add(" ");
  out.add(http::reason_phrase(reply.status));
  out.add("\r\nContent-Type: application/json\r\nContent-Length: ");
  out.add_number(body.size());
  out.add("\r\nX-Content-Type-Options: nosniff\r\n");
  out.add(reply.extra_field);
  if (!names.request_id.empty()) {
    out.field("X-Request-ID", names.request_id);
  }
  if (!names.trace_id.empty()) {
    out.field("X-Trace-Id", names.trace_id);
  }
  out.add(reply.close ? "Connection: close\r\n\r\n" : "\r\n");
  if (has_body) {
    out.add(body);
  }
}

}  // namespace weft::proxy
