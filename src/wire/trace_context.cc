#include "wire/trace_context.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

namespace weft::wire {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kUuidBytes = 36;
constexpr std::size_t kTraceparentBytes = 55;
constexpr std::size_t kTracestateMembersMax = 32;
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower_hex(c); });
}

bool is_zero(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Not zero: an id that is all zero is none (W3C §3.2.2.3).
std::uint64_t random_number(base::Random& random) {
  for (;;) {
    if (const std::uint64_t number = random.next(); number != 0) {
      return number;
    }
  }
}

// The bytes whose hexadecimal digits assign_hex() writes.
template <std::size_t kNumbers>
std::array<std::uint8_t, 8 * kNumbers> big_endian(std::array<std::uint64_t, kNumbers> numbers) {
  for (std::uint64_t& number : numbers) {
    number = __builtin_bswap64(number);
  }
  return std::bit_cast<std::array<std::uint8_t, 8 * kNumbers>>(numbers);
}

// The field's value when it comes exactly once: of two, nobody knows which one counts.
std::string_view only_value(const HeaderList& headers, HeaderId id) {
  const Header* found = headers.find(id);
  if (found == nullptr) {
    return {};
  }
  const bool again =
      std::any_of(found + 1, headers.end(), [id](const Header& other) { return other.id == id; });
  return again ? std::string_view() : found->value;
}

bool is_json_object(std::string_view text) {
  if (!text.starts_with('{')) {
    return false;
  }
  const auto value = base::parse_json(text);
  return value && value->is_object();
}

// Fills the trace from our own family of fields. Returns: false when there is no sane X-Trace-Id.
bool read_own_family(const HeaderList& headers, TraceContext& out) {
  if (!out.trace_id.assign(headers.value(HeaderId::kXTraceId))) {
    return false;
  }
  out.parent_id.assign(headers.value(HeaderId::kXSpanId));
  const auto flags = base::parse_u64(headers.value(HeaderId::kXTraceFlags));
  out.flags = flags && *flags <= 255 ? static_cast<std::uint32_t>(*flags) : 0;
  const std::string_view baggage = headers.value(HeaderId::kXTraceBaggage);
  if (is_json_object(baggage)) {
    out.baggage = baggage;
  }
  return true;
}

void read_w3c(const HeaderList& headers, bool has_own_trace, TraceContext& out) {
  const auto parent = parse_traceparent(only_value(headers, HeaderId::kTraceparent));
  if (!parent || (has_own_trace && !base::iequals(parent->trace_id, out.trace_id.view()))) {
    return;  // tracestate belongs to its traceparent (W3C §3.3)
  }
  if (!has_own_trace) {
    out.trace_id.assign(parent->trace_id);
    out.parent_id.assign(parent->parent_id);
    out.flags = parent->flags;
  }
  const std::string_view state = headers.value(HeaderId::kTracestate);
  if (is_tracestate(state)) {
    out.tracestate = state;
  }
}

// key = lcalpha 0*255( lcalpha / DIGIT / "_" / "-" / "*" / "/" ), or tenant@system (W3C
// §3.3.1.3.1).
bool is_tracestate_key(std::string_view key) {
  const std::size_t at_sign = key.find('@');
  const std::string_view system = at_sign == std::string_view::npos ? key : key.substr(at_sign + 1);
  const auto is_key_byte = [](char c) {
    return is_lower_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
  };
  if (key.empty() || key.size() > 256 || system.empty() || system.front() < 'a' ||
      system.front() > 'z' || !is_lower_or_digit(key.front())) {
    return false;
  }
  return std::all_of(system.begin(), system.end(), is_key_byte) &&
         std::all_of(key.begin(),
                     key.begin() + static_cast<std::ptrdiff_t>(std::min(at_sign, key.size())),
                     is_key_byte);
}

// value = 0*255(chr) nblk-chr, visible ASCII and space but for ',' and '=' (W3C §3.3.1.3.2).
bool is_tracestate_value(std::string_view value) {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

// 8-4-4-4-12. Source: RFC 9562 §4.
bool is_uuid_shaped(std::string_view id) {
  return id.size() == kUuidBytes && id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-';
}

// Digits, a UUID's digits, or a hash.
void fill_from(std::string_view id, std::span<std::uint8_t> out) {
  if (id.empty() || base::decode_hex(id, out)) {
    return;
  }
  if (is_uuid_shaped(id) && out.size() == kTraceDigits / 2) {
    std::array<char, kTraceDigits> digits{};
    std::remove_copy(id.begin(), id.end(), digits.begin(), '-');
    if (base::decode_hex({digits.data(), digits.size()}, out)) {
      return;
    }
  }
  for (std::size_t at = 0; at < out.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t hash = base::hash64(id, at);
    std::memcpy(out.data() + at, &hash, sizeof hash);
  }
}

}  // namespace

bool is_id_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(base::ascii_lower(c)) || c == '.' || c == '_' || c == '-';
  });
}

std::array<std::uint8_t, 16> trace_id_bytes(const TraceText& id) {
  std::array<std::uint8_t, 16> out{};
  fill_from(id.view(), out);
  return out;
}

std::array<std::uint8_t, 8> span_id_bytes(const TraceText& id) {
  std::array<std::uint8_t, 8> out{};
  fill_from(id.view(), out);
  return out;
}

bool is_w3c_trace_id(std::string_view id) {
  return id.size() == kTraceDigits && !is_zero(id) && std::all_of(id.begin(), id.end(), [](char c) {
           return is_lower_hex(base::ascii_lower(c));
         });
}

std::optional<TraceParent> parse_traceparent(std::string_view text) {
  if (text.size() < kTraceparentBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = text.substr(0, 2);
  const std::string_view flags = text.substr(53, 2);
  const TraceParent out{text.substr(3, kTraceDigits), text.substr(36, kSpanDigits), 0};
  const bool length_fits =
      text.size() == kTraceparentBytes || (version != "00" && text[kTraceparentBytes] == '-');
  if (!is_lower_hex(version) || version == "ff" || !length_fits || !is_lower_hex(out.trace_id) ||
      is_zero(out.trace_id) || !is_lower_hex(out.parent_id) || is_zero(out.parent_id) ||
      !is_lower_hex(flags)) {
    return std::nullopt;
  }
  TraceParent parsed = out;
  parsed.flags =
      static_cast<std::uint8_t>(kHexDigits.find(flags[0]) * 16 + kHexDigits.find(flags[1]));
  return parsed;
}

bool is_tracestate(std::string_view text) {
  std::size_t members = 0;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view member = base::trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (member.empty()) {
      continue;  // empty members are allowed (W3C §3.3.1.2)
    }
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos || ++members > kTracestateMembersMax ||
        !is_tracestate_key(member.substr(0, equals)) ||
        !is_tracestate_value(member.substr(equals + 1))) {
      return false;
    }
  }
  return members > 0;
}

TraceContext continue_trace(const HeaderList& headers, base::Random& random) {
  TraceContext out;
  const bool has_own_trace = headers.has(HeaderId::kXTraceId) && read_own_family(headers, out);
  if (headers.has(HeaderId::kTraceparent)) {
    read_w3c(headers, has_own_trace, out);
  }
  if (out.trace_id.empty()) {
    const std::array numbers{random_number(random), random_number(random)};
    out.trace_id.assign_hex(numbers);
    out.trace_bytes = big_endian(numbers);
    out.is_w3c = true;
  } else {
    out.trace_bytes = trace_id_bytes(out.trace_id);
    out.is_w3c = is_w3c_trace_id(out.trace_id.view());
  }
  const std::array number{random_number(random)};
  out.span_id.assign_hex(number);
  out.span_bytes = big_endian(number);
  return out;
}

TraceParentText::TraceParentText(const TraceContext& trace) {
  const std::string_view id = trace.trace_id.view();
  const std::string_view span = trace.span_id.view();
  WEFT_ASSERT(id.size() == kTraceDigits && span.size() == kSpanDigits);
  char* out = bytes_.data();
  std::memcpy(out, "00-", 3);
  std::transform(id.begin(), id.end(), out + 3, base::ascii_lower);
  out[35] = '-';
  std::memcpy(out + 36, span.data(), kSpanDigits);
  std::memcpy(out + 52, (trace.flags & 1) != 0 ? "-01" : "-00", 3);
}

void choose_request_id(std::string_view from_client, base::Random& random, RequestId& out) {
  if (!out.assign(from_client)) {
    out.assign_hex(std::array{random.next(), random.next()});
  }
}

}  // namespace weft::wire
