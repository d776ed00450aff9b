#include "wire/header_id.h"

#include "wire/lower_words.h"

#include <algorithm>
#include <array>

namespace weft::wire {
namespace {

// In the order of HeaderId.
constexpr std::array<std::string_view, kHeaderIdCount> kNames{
    "",
    "Connection",
    "Content-Length",
    "Expect",
    "Host",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Age",
    "Allow",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "ETag",
    "Expires",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Last-Modified",
    "Location",
    "Pragma",
    "Range",
    "Retry-After",
    "Vary",
    "Authorization",
    "Cookie",
    "Date",
    "From",
    "Origin",
    "Referer",
    "Server",
    "Set-Cookie",
    "User-Agent",
    "Via",
    "WWW-Authenticate",
    "Access-Control-Allow-Origin",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Content-Security-Policy",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Strict-Transport-Security",
    "Upgrade-Insecure-Requests",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "baggage",
    "traceparent",
    "tracestate",
    "X-Correlation-ID",
    "X-Parent-Span-Id",
    "X-Request-ID",
    "X-Request-Start",
    "X-Span-Id",
    "X-Trace-Baggage",
    "X-Trace-Flags",
    "X-Trace-Id",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
    "Alt-Svc",
    "HTTP2-Settings",
    "X-API-Key",
    "X-Consul-Token",
};

constexpr std::size_t kNameBytesMax = 32;

// A name in lower case, padded with zeros, so that it can be compared eight bytes at a time.
struct Entry {
  std::array<char, kNameBytesMax> text{};
  std::uint8_t bytes = 0;
};

constexpr char to_lower_bit(char c) { return static_cast<char>(c | 0x20); }

constexpr std::array<Entry, kHeaderIdCount> make_entries() {
  std::array<Entry, kHeaderIdCount> entries{};
  for (std::size_t i = 0; i < kHeaderIdCount; ++i) {
    entries[i].bytes = static_cast<std::uint8_t>(kNames[i].size());
    for (std::size_t k = 0; k < kNames[i].size(); ++k) {
      entries[i].text[k] = to_lower_bit(kNames[i][k]);
    }
  }
  return entries;
}
constexpr auto kEntries = make_entries();

constexpr std::size_t kSlots = 1024;

// Length, the first four and the last four characters tell our names apart (the few shorter names
// have but their first); `seed` is searched for at compile time.
constexpr std::size_t hash(const char* name, std::size_t bytes, std::uint32_t seed) {
  const auto at = [name](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i]));
  };
  const auto four = [&at](std::size_t i) {  // one load
    return (at(i) | at(i + 1) << 8 | at(i + 2) << 16 | at(i + 3) << 24) | 0x20202020;
  };
  const auto length = static_cast<std::uint32_t>(bytes);
  const std::uint32_t text = bytes < 4 ? at(0) | 0x20 : four(bytes - 4) + four(0) * 0x00010307;
  return (text + length * 0x01010101) * seed >> 22;
}
static_assert(kSlots == 1024, "hash() gives ten bits");

constexpr bool is_perfect(std::uint32_t seed) {
  std::array<bool, kSlots> taken{};
  for (std::size_t i = 1; i < kHeaderIdCount; ++i) {
    bool& slot = taken[hash(kNames[i].data(), kNames[i].size(), seed)];
    if (slot) {
      return false;
    }
    slot = true;
  }
  return true;
}

constexpr std::uint32_t find_seed() {
  std::uint32_t seed = 0x9e3779b1;
  for (int i = 0; i < 2000 && !is_perfect(seed); ++i) {
    seed = seed * 1664525 + 1013904223;
    seed |= 1;
  }
  return seed;
}
constexpr std::uint32_t kSeed = find_seed();
static_assert(is_perfect(kSeed), "two names share a slot: choose other characters in hash()");

constexpr std::array<std::uint8_t, kSlots> make_slots() {
  std::array<std::uint8_t, kSlots> slots{};
  for (std::size_t i = 1; i < kHeaderIdCount; ++i) {
    slots[hash(kNames[i].data(), kNames[i].size(), kSeed)] = static_cast<std::uint8_t>(i);
  }
  return slots;
}
constexpr auto kSlotIds = make_slots();

}  // namespace

HeaderId header_id_unchecked(std::string_view name) {
  if (name.size() - 1 >= kNameBytesMax) {  // empty ones too
    return HeaderId::kOther;
  }
  const std::uint8_t id = kSlotIds[hash(name.data(), name.size(), kSeed)];
  const Entry& entry = kEntries[id];
  if (entry.bytes != name.size() || !equals_lower(name.data(), entry.text.data(), name.size())) {
    return HeaderId::kOther;
  }
  return static_cast<HeaderId>(id);
}

HeaderId header_id(std::string_view name) {
  const bool has_control =
      std::any_of(name.begin(), name.end(), [](char c) { return c >= 0 && c < 0x20; });
  return has_control ? HeaderId::kOther : header_id_unchecked(name);
}

std::string_view header_name(HeaderId id) { return kNames[static_cast<std::size_t>(id)]; }

}  // namespace weft::wire
