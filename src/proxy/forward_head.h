// The heads we send on: hop-by-hop fields go, forwarding and trace fields come, framing is written
// anew. Source: RFC 9110 §7.6, RFC 9112 §6, contract/apg.md §3.1, contract/sutazai.md §5.
#pragma once

#include "base/address.h"
#include "model/route_policies.h"
#include "proxy/head_writer.h"
#include "wire/http1.h"
#include "wire/trace_context.h"

#include <cstdint>
#include <string_view>

namespace weft::proxy {

// What the request head for the backend needs besides the client's own. Borrowed for the call.
struct RequestForwarding {
  std::string_view client_ip;                 // of the connection, never of a field
  std::string_view listener_port;             // decimal
  std::string_view request_id;                // the client's when it is sane, else made here
  std::size_t strip_bytes = 0;                // of the path
  std::string_view host;                      // instead of the client's; empty: that
  std::string_view path;                      // instead of the client's; empty: that
  const model::FieldEdits* edits = nullptr;   // null: none
  const wire::TraceContext* trace = nullptr;  // null: no trace fields
};

// Writes the request as the backend gets it: origin-form, HTTP/1.1, keep-alive.
void write_request_head(const wire::RequestHead& head, const RequestForwarding& forwarding,
                        HeadWriter& out);

// How the body of the answer is framed towards the client.
enum class AnswerFraming : std::uint8_t {
  kNone,        // no body and no framing fields but those of the answer (HEAD, 204, 304, 101)
  kLength,      // content-length as the backend gave it
  kChunked,     // chunked anew
  kUntilClose,  // HTTP/1.0 client: the end of the connection ends the body
};

struct ResponseForwarding {
  std::string_view instance;    // X-Mesh-Instance; empty: left out
  std::string_view trace_id;    // X-Trace-Id; empty: left out
  std::string_view request_id;  // X-Request-ID; empty: left out
  std::string_view set_cookie;  // a Set-Cookie value of our own; empty: left out
  AnswerFraming framing = AnswerFraming::kLength;
  bool keep_alive = true;  // towards the client
  std::uint8_t client_version_minor = 1;
  const model::FieldEdits* edits = nullptr;  // null: none
};

// Writes the answer as the client gets it. Informational answers carry no forwarding fields.
void write_response_head(const wire::ResponseHead& head, const ResponseForwarding& forwarding,
                         HeadWriter& out);

}  // namespace weft::proxy
