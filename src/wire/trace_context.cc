#include "wire/trace_context.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace weft::wire {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

void write_hex(std::uint64_t value, char* out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = kDigits[value >> (60 - 4 * i) & 15];
  }
}

TraceText make_id(std::size_t digits, base::Random& random) {
  std::array<char, kTraceDigits> text;
  for (std::size_t at = 0; at < digits; at += 16) {
    write_hex(random.next() | 1, text.data() + at);  // never all zero
  }
  TraceText id;
  id.assign({text.data(), digits});
  return id;
}

// The header names a trace of our own family.
bool read_own_family(const HeaderList& headers, TraceContext& out) {
  if (!out.trace_id.assign(headers.value(HeaderId::kXTraceId))) {
    return false;
  }
  out.parent_id.assign(headers.value(HeaderId::kXSpanId));
  const auto flags = base::parse_u64(headers.value(HeaderId::kXTraceFlags));
  out.flags = flags && *flags <= 255 ? static_cast<std::uint32_t>(*flags) : 0;
  const std::string_view baggage = headers.value(HeaderId::kXTraceBaggage);
  if (baggage.starts_with('{') && baggage.ends_with('}')) {
    out.baggage = baggage;
  }
  return true;
}

}  // namespace

bool TraceText::assign(std::string_view text) {
  size_ = 0;
  const bool sane = std::all_of(text.begin(), text.end(), [](char c) {
    const char lower = base::ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  if (text.empty() || text.size() > kCapacity || !sane) {
    return false;
  }
  std::memcpy(bytes_.data(), text.data(), text.size());
  size_ = static_cast<std::uint8_t>(text.size());
  return true;
}

bool is_w3c_trace_id(std::string_view id) {
  return id.size() == kTraceDigits && is_lower_hex(id) && !is_zero(id);
}

bool parse_traceparent(std::string_view text, TraceContext& out) {
  constexpr std::size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return false;
  }
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, kTraceDigits);
  const std::string_view parent = text.substr(36, kSpanDigits);
  const std::string_view flags = text.substr(53, 2);
  const bool length_fits =
      version == "00" ? text.size() == kLength : text.size() == kLength || text[kLength] == '-';
  if (!is_lower_hex(version) || version == "ff" || !length_fits || !is_w3c_trace_id(trace) ||
      !is_lower_hex(parent) || is_zero(parent) || !is_lower_hex(flags)) {
    return false;
  }
  out.trace_id.assign(trace);
  out.parent_id.assign(parent);
  const std::string bits = base::from_hex(flags).value_or(std::string(1, '\0'));
  out.flags = static_cast<unsigned char>(bits.front());
  return true;
}

TraceContext continue_trace(const HeaderList& headers, base::Random& random) {
  TraceContext out;
  if (!read_own_family(headers, out)) {
    if (parse_traceparent(headers.value(HeaderId::kTraceparent), out)) {
      out.tracestate = headers.value(HeaderId::kTracestate);
    } else {
      out.trace_id = make_id(kTraceDigits, random);
    }
  }
  out.span_id = make_id(kSpanDigits, random);
  return out;
}

std::string make_request_id(base::Random& random) {
  std::string id(kTraceDigits, '0');
  write_hex(random.next(), id.data());
  write_hex(random.next(), id.data() + 16);
  return id;
}

}  // namespace weft::wire
