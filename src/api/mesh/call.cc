#include "api/mesh/call.h"

#include "api/mesh/words.h"
#include "base/text.h"
#include "http/endpoint.h"
#include "wire/trace_context.h"

#include <fmt/format.h>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

struct CallBody {
  std::string service_name;
  std::string method = "GET";
  std::string path = "/";
  std::map<std::string, std::string> headers;
  json::value body;
  double timeout = 30;
  std::uint32_t retry_count = 3;
  std::optional<std::string> client_ip;

  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("service_name")
          .required()
          .length(1, kServiceNameLengthMax)
          .pattern(kServiceNamePattern),
      base::field("method").pattern("^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$"),
      base::field("path").length(1, 8000).pattern(R"(^/[\x21-\x7e]*$)"),
      base::field("headers").length(0, 64),
      base::field("timeout").range(1, 300).about("seconds, per attempt"),
      base::field("retry_count").range(0, 10), base::field("client_ip").about("for ip_hash"));
};
BOOST_DESCRIBE_STRUCT(CallBody, (),
                      (service_name, method, path, headers, body, timeout, retry_count, client_ip))

void CallBody::validate(base::Decoding& at) const {
  const base::Decoding::Step step(at, std::string("headers"));
  for (const auto& [name, value] : headers) {
    if (!wire::is_token(name)) {
      at.refuse_member(name, "is no name of a header field");
    } else if (!wire::is_field_value(value)) {
      at.refuse_member(name, "is no value of a header field");
    }
  }
}

struct CallResult {
  int status_code = 0;
  json::object headers;
  json::value body;
  std::optional<std::string> body_encoding;
  std::string instance_id;
  std::string trace_id;
  double duration = 0;

  static constexpr auto kFields =
      base::fields(base::field("body_encoding").left_out_when_null().about("base64, when not text"),
                   base::field("duration").about("seconds"));
};
BOOST_DESCRIBE_STRUCT(CallResult, (),
                      (status_code, headers, body, body_encoding, instance_id, trace_id, duration))

// Fields that the client of the call may not choose: they frame the message, or are those of its
// trace, which goes on with a span of our own.
bool is_ours(std::string_view name) {
  switch (wire::header_id(name)) {
    case wire::HeaderId::kXTraceId:
    case wire::HeaderId::kXSpanId:
    case wire::HeaderId::kXParentSpanId:
    case wire::HeaderId::kXTraceFlags:
    case wire::HeaderId::kXTraceBaggage:
    case wire::HeaderId::kTraceparent:
    case wire::HeaderId::kTracestate:
    case wire::HeaderId::kConnection:
    case wire::HeaderId::kContentLength:
    case wire::HeaderId::kTransferEncoding:
    case wire::HeaderId::kUpgrade:
    case wire::HeaderId::kHost:
    case wire::HeaderId::kExpect:
    case wire::HeaderId::kTrailer:
    case wire::HeaderId::kTe:
      return true;
    default:
      return false;
  }
}

// Collects trace field lines as header fields.
struct FieldCollector {
  std::string text;
  template <class... Texts>
  void add(const Texts&... texts) {
    (text.append(texts), ...);
  }
  void add_number(std::uint64_t number) { text += std::to_string(number); }
  void move_to(http::Headers& headers) const {
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = rest.find("\r\n");
      const std::string_view line = rest.substr(0, end);
      const std::size_t colon = line.find(": ");
      headers.add(line.substr(0, colon), line.substr(colon + 2));
      rest.remove_prefix(end + 2);
    }
  }
};

// Lifetime: the texts of `fields`.
template <class Fields>
void read_fields(const Fields& fields, wire::HeaderList& out) {
  out.clear();
  for (const auto& [name, value] : fields) {
    if (!out.full()) {
      out.add({name, value, wire::header_id(name)});
    }
  }
}

// The trace a call is part of: the one its `headers` name, else that of the request for it.
wire::TraceContext trace_of(const CallBody& body, Context& context) {
  wire::HeaderList fields;
  read_fields(body.headers, fields);
  if (!fields.has(wire::HeaderId::kXTraceId) && !fields.has(wire::HeaderId::kTraceparent)) {
    read_fields(context.request.headers, fields);
  }
  return wire::continue_trace(fields, context.loop.random());
}

// The caller's own fields, the trace it is part of, and when it began; one of each.
wire::TraceText add_fields(const CallBody& body, Context& context, http::Headers& headers) {
  for (const auto& [name, value] : body.headers) {
    if (!is_ours(name)) {
      headers.set(name, value);
    }
  }
  const wire::TraceContext trace = trace_of(body, context);
  FieldCollector fields;
  wire::encode_trace_fields(trace, fields);
  fields.move_to(headers);
  const double now =
      std::chrono::duration<double>(context.loop.wall_now().time_since_epoch()).count();
  headers.set("X-Request-Start", fmt::format("{:.6f}", now));
  return trace.trace_id;
}

base::Nanos seconds(double count) { return base::Nanos(static_cast<std::int64_t>(count * 1e9)); }

kit::Call call_of(const CallBody& body, const Context& context) {
  kit::Call call;
  call.service = body.service_name;
  call.method = wire::parse_method(body.method);
  call.path = body.path;
  call.timeout = seconds(body.timeout);
  call.retries = body.retry_count;
  call.client_ip = body.client_ip.value_or(context.request.peer.ip.to_string());
  if (!body.body.is_null()) {
    call.headers.add("Content-Type", "application/json");
    call.body = json::serialize(body.body);
  }
  return call;
}

// Source: contract/sutazai.md §1: JSON when it says so, else text, else base64.
void set_body(const http::ClientResponse& response, CallResult& out) {
  const std::string_view type = response.fields.value("content-type");
  if (base::istarts_with(type, "application/json")) {
    if (auto parsed = base::parse_json(response.body)) {
      out.body = std::move(*parsed);
      return;
    }
  }
  if (base::is_utf8(response.body)) {
    out.body = response.body;
    return;
  }
  out.body = base::to_base64(response.body);
  out.body_encoding = "base64";
}

std::string sentence_for(const kit::CallFailure& failure, const CallBody& body) {
  const std::string& service = body.service_name;
  if (!failure.refusal && failure.error.code == Code::kTimeout) {
    const bool was_connected = failure.error.what != std::string_view("connect");
    return was_connected
               ? fmt::format("Call to {} failed: no answer within {} (timeout)", service,
                             base::format_duration(seconds(body.timeout)))
               : fmt::format("Call to {} failed: no connection in time (timeout)", service);
  }
  if (!failure.refusal) {
    return fmt::format("Call to {} failed: {}", service, base::describe(failure.error));
  }
  switch (*failure.refusal) {
    case balance::PickRefusal::kNoEndpoints:
      return fmt::format("No instances available for service {}", service);
    case balance::PickRefusal::kNoHealthy:
      return fmt::format("No healthy instances for service {}", service);
    case balance::PickRefusal::kNoWeight:
      return fmt::format("All healthy instances of service {} have weight 0", service);
    case balance::PickRefusal::kAllBreakersOpen:
      return "All instances have open circuit breakers";
    case balance::PickRefusal::kEndpointsFull:
    case balance::PickRefusal::kClusterFull:
    case balance::PickRefusal::kAdaptiveLimit:
      return fmt::format("Too many requests are under way at service {}", service);
  }
  return "No instance is usable";
}

io::Task<Result<CallResult>> call_service(const kit::Parts* parts, Context* context,
                                          CallBody body) {
  kit::Call call = call_of(body, *context);
  const wire::TraceText trace_id = add_fields(body, *context, call.headers);
  const auto answer = co_await parts->data_plane.call(std::move(call));
  if (!answer) {
    co_return context->refuse(Code::kUnavailable, sentence_for(answer.error(), body));
  }
  CallResult out;
  out.status_code = answer->response.status;
  for (const auto& [name, value] : answer->response.fields) {
    out.headers[base::to_lower(name)] = value;
  }
  set_body(answer->response, out);
  out.instance_id = answer->instance;
  out.trace_id = trace_id.view();
  out.duration = base::to_seconds(answer->duration);
  co_return out;
}

}  // namespace

void add_call_route(http::Router& router, const http::FaceStyle& style, const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  router.add(style, http::endpoint<CallBody, CallResult>(
                        "POST", "/api/v1/mesh/v2/call",
                        {"Call a service through the mesh", "mesh v2", {503}},
                        [p](Context& context, CallBody body) {
                          return call_service(p, &context, std::move(body));
                        }));
}

}  // namespace weft::api::mesh
