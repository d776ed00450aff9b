// Trace fields: whatever comes in, what goes out is sound and is understood by the next hop.
#include "fuzz.h"
#include "wire/http1.h"
#include "wire/trace_context.h"

#include <string>

namespace {

using namespace weft;

struct TextOut {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
  template <class... Texts>
  void add(const Texts&... texts) {
    (text.append(texts), ...);
  }
  void add_number(std::uint64_t value) { text += std::to_string(value); }
};

void check_hop(std::string_view fields) {
  static wire::RequestHead head;
  static wire::RequestHead next_head;
  const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n\r\n";
  const auto parsed = wire::parse_request_head(text, {}, head);
  if (!parsed || *parsed == 0) {
    return;
  }
  base::Random random(fields.size());
  const wire::TraceContext trace = wire::continue_trace(head.headers, random);
  WEFT_ASSERT(!trace.trace_id.empty() && trace.span_id.view().size() == 16 && trace.flags <= 255);
  TextOut out;
  wire::encode_trace_fields(trace, out);
  out.add("\r\n");
  const auto sent = wire::parse_request_head(out.text, {}, next_head);
  WEFT_ASSERT(sent && *sent == out.text.size());
  const wire::TraceContext next = wire::continue_trace(next_head.headers, random);
  WEFT_ASSERT(next.trace_id.view() == trace.trace_id.view());
  WEFT_ASSERT(next.parent_id.view() == trace.span_id.view());
  WEFT_ASSERT(next.flags == trace.flags && next.baggage == trace.baggage);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  if (size > 2048) {
    return 0;
  }
  if (const auto parent = wire::parse_traceparent(text)) {
    WEFT_ASSERT(wire::is_w3c_trace_id(parent->trace_id) && parent->parent_id.size() == 16);
  }
  if (wire::is_tracestate(text)) {
    WEFT_ASSERT(wire::is_field_value(text));
  }
  check_hop(text);
  return 0;
}
