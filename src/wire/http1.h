// HTTP/1.1 message heads: bytes in, a head of views out, nothing allocated.
// Anything two implementations could read in two ways is refused (RFC 9112 §11.2).
// Start at parse_request_head(); bodies are in chunked.h.
#pragma once

#include "base/limits.h"
#include "base/result.h"
#include "wire/header_id.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weft::wire {

// Source: RFC 9110 §9, RFC 5789 (PATCH). Names are case-sensitive: "get" is kOther.
enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kConnect,
  kOptions,
  kTrace,
  kPatch,
  kOther,
};

// Safe and idempotent as RFC 9110 §9.2 says; kOther is neither.
bool is_safe(Method method);
bool is_idempotent(Method method);
// Returns: "GET" and so on; empty for kOther, whose text is in the head. Lifetime: static.
std::string_view method_name(Method method);
// Returns: kOther when the text is no method of ours.
Method parse_method(std::string_view text);

// One field line. The value has no white space around it; both views point into the input.
struct Header {
  std::string_view name;
  std::string_view value;
  HeaderId id = HeaderId::kOther;
};

// The field lines of one head in the order they came. Meant to be reused: clear() touches only
// the counters, items past size() are rubbish.
// Thread: its loop. Lifetime: the views last as long as the parsed bytes stay where they are.
class HeaderList final {
 public:
  static constexpr std::size_t kCapacity = 128;

  void clear() {
    count_ = 0;
    seen_ = {};
  }
  std::size_t size() const { return count_; }
  bool full() const { return count_ == kCapacity; }
  const Header* begin() const { return items_.data(); }
  const Header* end() const { return items_.data() + count_; }
  const Header& operator[](std::size_t i) const { return items_[i]; }

  // id != kOther. Constant time.
  bool has(HeaderId id) const {
    const auto bit = static_cast<std::size_t>(id);
    return (seen_[bit / 64] >> (bit % 64) & 1) != 0;
  }
  // Returns: the first field of that id or name, null when there is none.
  const Header* find(HeaderId id) const {
    return has(id) ? &items_[first_[static_cast<std::size_t>(id)]] : nullptr;
  }
  const Header* find(std::string_view name) const;
  // Returns: the value of the first field of that id, empty when there is none.
  std::string_view value(HeaderId id) const {
    return has(id) ? find(id)->value : std::string_view();
  }

  // The list must not be full. Returns: whether it had a field of that id before.
  bool add(const Header& header) {
    items_[count_] = header;
    const auto bit = static_cast<std::size_t>(header.id);
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    std::uint64_t& word = seen_[bit / 64];
    const bool again = (word & mask) != 0;
    if (!again) {
      word |= mask;
      first_[bit] = static_cast<std::uint8_t>(count_);
    }
    ++count_;
    return again;
  }

 private:
  std::array<Header, kCapacity> items_;
  std::array<std::uint8_t, kHeaderIdCount> first_;  // valid where seen_ has the bit
  std::array<std::uint64_t, (kHeaderIdCount + 63) / 64> seen_{};
  std::size_t count_ = 0;
};

// How the body after a head is delimited (RFC 9112 §6.3).
enum class BodyKind : std::uint8_t {
  kNone,
  kLength,      // content_length bytes, may be 0
  kChunked,     // see chunked.h
  kUntilClose,  // responses only
};

// What Connection, Content-Length, Transfer-Encoding and Upgrade say together.
struct Framing {
  BodyKind body = BodyKind::kNone;
  std::uint64_t content_length = 0;      // bytes; with kLength
  bool keep_alive = false;               // the connection may carry another message after this one
  bool upgrade = false;                  // HTTP/1.1 with Upgrade, and Connection names it
  bool connection_names_fields = false;  // Connection lists more than close, keep-alive, upgrade
};

// Source: RFC 9112 §3.2.
enum class TargetForm : std::uint8_t { kOrigin, kAbsolute, kAuthority, kAsterisk };

// Reused from request to request. Views point into the input; `path` may be static text.
struct RequestHead {
  Method method = Method::kOther;
  TargetForm form = TargetForm::kOrigin;
  std::uint8_t version_minor = 1;  // HTTP/1.x
  bool expect_continue = false;    // Expect: 100-continue, HTTP/1.1 only (RFC 9110 §10.1.1)
  bool expect_unknown = false;     // an expectation we cannot meet: 417
  std::string_view method_text;
  std::string_view target;     // as sent
  std::string_view scheme;     // "http" or "https" in any case; empty unless absolute-form
  std::string_view path;       // as sent, undecoded; "/" when absolute-form has none; "*"
  std::string_view query;      // without '?'; empty when absent or empty, see has_query
  std::string_view authority;  // host[:port]: of the target if it has one, else of Host; may be
                               // empty in HTTP/1.0 only
  bool has_query = false;
  Framing framing;
  HeaderList headers;
  std::size_t bytes = 0;  // length of the head, an empty line before it included
};

// Reused from response to response. Views point into the input.
struct ResponseHead {
  std::uint16_t status = 0;        // 100..999
  std::uint8_t version_minor = 1;  // HTTP/1.x
  bool is_informational = false;   // 1xx but 101: the final head is still to come
  std::string_view reason;         // may be empty
  Framing framing;
  HeaderList headers;
  std::size_t bytes = 0;
};

// Passing one of these is an error with a name of its own, never a guess.
struct HeadLimits {
  // Start line, fields and final empty line: kHeadTooLarge.
  std::size_t head_bytes = base::default_of(base::Limit::kHeadBytes);
  // At most HeaderList::kCapacity: kTooManyFields.
  std::size_t header_count = base::default_of(base::Limit::kHeadFields);
  // Request target: kUriTooLong.
  std::size_t uri_bytes = base::default_of(base::Limit::kUriBytes);
};

// As this process has set them.
HeadLimits head_limits(const base::Limits& limits);

// Parses one request head.
// Source:  RFC 9112 §2.2, §3, §5, §6; ambiguous framing is refused (§6.1, §11.2).
// Input:   borrowed; the views in `out` point into it. `seen`: how many bytes of it an earlier call
//          that returned 0 was given; they are not looked at again until the head is complete.
// Returns: the length of the head in bytes, 0 when more bytes are needed (`out` is then rubbish).
// Errors:  kBadMessage (400), kUnsupported (a version but 1.0 and 1.1: 505), kHeadTooLarge and
//          kTooManyFields (431), kUriTooLong (414), all Side::kClient; `what` names the broken
//          rule. Close afterwards.
//          Bytes after an error in the input do not change the error.
// Thread:  any; pure, one pass, no allocation.
base::Result<std::size_t> parse_request_head(std::string_view input, const HeadLimits& limits,
                                             RequestHead& out, std::size_t seen = 0);

// Parses one response head, 1xx included; `request_method` decides about the body (RFC 9112 §6.3).
// As parse_request_head(), but Side::kBackend.
base::Result<std::size_t> parse_response_head(std::string_view input, Method request_method,
                                              const HeadLimits& limits, ResponseHead& out,
                                              std::size_t seen = 0);

// The same without SIMD: what every other scanner must agree with.
base::Result<std::size_t> parse_request_head_scalar(std::string_view input,
                                                    const HeadLimits& limits, RequestHead& out,
                                                    std::size_t seen = 0);
base::Result<std::size_t> parse_response_head_scalar(std::string_view input, Method request_method,
                                                     const HeadLimits& limits, ResponseHead& out,
                                                     std::size_t seen = 0);

// Does a comma-separated list such as Connection's contain the token, in any letter case?
bool header_has_token(std::string_view value, std::string_view token);

// tchar of RFC 9110 §5.6.2, at least one.
bool is_token(std::string_view text);
// Field content of RFC 9110 §5.5: no control byte but HTAB. What we send must pass it too.
bool is_field_value(std::string_view text);
// uri-host [ ":" port ] of RFC 9110 §7.2 with a host that is not empty.
bool is_authority(std::string_view text);

}  // namespace weft::wire
