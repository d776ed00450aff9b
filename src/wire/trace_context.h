// Which trace a request belongs to: read from its fields, continued with a span of our own, written
// for the next hop. Source: contract/sutazai.md §5; W3C Trace Context level 1.
#pragma once

#include "base/random.h"
#include "wire/http1.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::wire {

// A short identifier kept in place. Empty when absent.
class TraceText final {
 public:
  static constexpr std::size_t kCapacity = 64;

  // Returns: false, and stays empty, for text that is too long or holds more than [A-Za-z0-9._-].
  bool assign(std::string_view text);
  std::string_view view() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<char, kCapacity> bytes_;
  std::uint8_t size_ = 0;
};

// The trace of one exchange. Thread: its loop (a value).
// Lifetime: `baggage` and `tracestate` point into the head they were read from.
struct TraceContext {
  TraceText trace_id;   // the caller's, or 32 hexadecimal digits made here
  TraceText span_id;    // ours: 16 hexadecimal digits
  TraceText parent_id;  // the caller's span; empty: this span is the root
  std::uint32_t flags = 0;
  std::string_view baggage;
  std::string_view tracestate;
};

// Reads X-Trace-Id and its family, else traceparent, else begins a new trace; adds our span.
// Malformed fields count as absent.
TraceContext continue_trace(const HeaderList& headers, base::Random& random);

// "00-<32 hex>-<16 hex>-<2 hex>". Source: W3C Trace Context §3.2.2: version ff and zero ids are
// invalid; a later version may carry more behind the flags.
// Returns: false when it is malformed.
bool parse_traceparent(std::string_view text, TraceContext& out);

// True for a trace id that traceparent can carry: 32 lower-case hexadecimal digits, not all zero.
bool is_w3c_trace_id(std::string_view id);

// Writes the field lines for the next hop; `Out` has add(std::string_view).
template <class Out>
void encode_trace_fields(const TraceContext& trace, Out& out) {
  const auto field = [&](std::string_view name, std::string_view value) {
    out.add(name);
    out.add(value);
    out.add("\r\n");
  };
  static constexpr std::string_view kHex = "0123456789abcdef";
  field("X-Trace-Id: ", trace.trace_id.view());
  field("X-Span-Id: ", trace.span_id.view());
  if (!trace.parent_id.empty()) {
    field("X-Parent-Span-Id: ", trace.parent_id.view());
  }
  out.add("X-Trace-Flags: ");
  out.add_number(trace.flags);
  out.add("\r\n");
  if (!trace.baggage.empty()) {
    field("X-Trace-Baggage: ", trace.baggage);
  }
  if (is_w3c_trace_id(trace.trace_id.view())) {
    out.add("traceparent: 00-");
    out.add(trace.trace_id.view());
    out.add("-");
    out.add(trace.span_id.view());
    const std::array<char, 3> flags{'-', kHex[trace.flags >> 4 & 15], kHex[trace.flags & 15]};
    field({flags.data(), flags.size()}, "");
    if (!trace.tracestate.empty()) {
      field("tracestate: ", trace.tracestate);
    }
  }
}

// 32 hexadecimal digits for X-Request-ID.
std::string make_request_id(base::Random& random);

}  // namespace weft::wire
