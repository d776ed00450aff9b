// Which trace a request belongs to: read from its fields, continued with a span of our own, written
// for the next hop. Source: contract/sutazai.md §5; W3C Trace Context level 1.
// Start at continue_trace().
#pragma once

#include "base/random.h"
#include "base/text.h"
#include "wire/http1.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::wire {

// Is it 1 byte or more of [A-Za-z0-9._-] only? Such a text may be logged and sent on as it is.
bool is_id_text(std::string_view text);

// A short identifier kept in place. Empty when absent.
template <std::size_t kBytesMax>
class IdText final {
 public:
  static constexpr std::size_t kCapacity = kBytesMax;
  static_assert(kBytesMax <= 255);

  // Returns: false, and becomes empty, for a text that is too long or fails is_id_text().
  bool assign(std::string_view text) {
    const bool is_good = text.size() <= kBytesMax && is_id_text(text);
    size_ = is_good ? static_cast<std::uint8_t>(text.size()) : 0;
    text.copy(bytes_.data(), size_);
    return is_good;
  }
  // Becomes the 16 hexadecimal digits of each number.
  template <std::size_t kNumbers>
  void assign_hex(const std::array<std::uint64_t, kNumbers>& numbers) {
    static_assert(16 * kNumbers <= kBytesMax);
    size_ = 0;
    for (const std::uint64_t number : numbers) {
      base::write_hex(number, bytes_.data() + size_);
      size_ += 16;
    }
  }
  std::string_view view() const { return {bytes_.data(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<char, kBytesMax> bytes_;
  std::uint8_t size_ = 0;
};

using TraceText = IdText<64>;
using RequestId = IdText<128>;

// The trace of one exchange. Thread: its loop (a value).
// Lifetime: `baggage` and `tracestate` point into the head they were read from.
struct TraceContext {
  TraceText trace_id;   // the caller's, or 32 hexadecimal digits made here
  TraceText span_id;    // ours: 16 hexadecimal digits
  TraceText parent_id;  // the caller's span; empty: this span is the root
  bool is_w3c = false;  // traceparent may carry trace_id
  // The same as trace_id_bytes() and span_id_bytes() say, known already when made here.
  std::array<std::uint8_t, 16> trace_bytes{};
  std::array<std::uint8_t, 8> span_bytes{};
  std::uint32_t flags = 0;      // 0..255; bit 0: sampled
  std::string_view baggage;     // a JSON object
  std::string_view tracestate;  // the first such field; the others may be let go (W3C §3.3.1.5)
};

// Reads X-Trace-Id and its family, else traceparent, else begins a new trace; adds our span.
// Malformed fields count as absent. Allocates only to check a baggage.
TraceContext continue_trace(const HeaderList& headers, base::Random& random);

// The views point into the parsed text.
struct TraceParent {
  std::string_view trace_id;   // 32 lower-case hexadecimal digits, not all zero
  std::string_view parent_id;  // 16 of them, not all zero
  std::uint8_t flags = 0;
};

// "00-<32 hex>-<16 hex>-<2 hex>"; a later version may carry more behind the flags.
// Source: W3C Trace Context §3.2, §4.3. Returns: nullopt when it is malformed or of version ff.
std::optional<TraceParent> parse_traceparent(std::string_view text);

// Is it a list of 1 to 32 key=value members? Source: W3C Trace Context §3.3.1.
bool is_tracestate(std::string_view text);

// An id as numbers, for records. 32 (trace) or 16 (span) hexadecimal digits, with the dashes of a
// UUID or without, are taken as they are; another text becomes a hash of it, the same everywhere;
// no text becomes zeros.
std::array<std::uint8_t, 16> trace_id_bytes(const TraceText& id);
std::array<std::uint8_t, 8> span_id_bytes(const TraceText& id);

// May traceparent carry the id? 32 hexadecimal digits in either case, not all zero.
bool is_w3c_trace_id(std::string_view id);

// traceparent for the next hop, in place. Only the sampled flag is passed on (W3C §3.2.2.5).
class TraceParentText final {
 public:
  // trace.is_w3c, and a span id of 16 hexadecimal digits.
  explicit TraceParentText(const TraceContext& trace);
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 55> bytes_;
};

// Writes the field lines for the next hop; `Out` has add() for any number of texts, and
// add_number().
template <class Out>
void encode_trace_fields(const TraceContext& trace, Out& out) {
  const auto field = [&](std::string_view name, std::string_view value) {
    out.add(name, value, "\r\n");
  };
  out.add("X-Trace-Id: ", trace.trace_id.view(), "\r\nX-Span-Id: ", trace.span_id.view(), "\r\n");
  if (!trace.parent_id.empty()) {
    field("X-Parent-Span-Id: ", trace.parent_id.view());
  }
  out.add("X-Trace-Flags: ");
  out.add_number(trace.flags);
  out.add("\r\n");
  if (!trace.baggage.empty()) {
    field("X-Trace-Baggage: ", trace.baggage);
  }
  if (trace.is_w3c) {
    field("traceparent: ", TraceParentText(trace).view());
    if (!trace.tracestate.empty()) {
      field("tracestate: ", trace.tracestate);
    }
  }
}

// The client's X-Request-ID when it may be passed on and logged, else 32 hexadecimal digits made
// here. In place, because an id is made for every request.
void choose_request_id(std::string_view from_client, base::Random& random, RequestId& out);

}  // namespace weft::wire
