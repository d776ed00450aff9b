#include "wire/http1_framing.h"

#include "base/text.h"
#include "wire/http1_target.h"
#include "wire/lower_words.h"

#include <limits>

namespace weft::wire {
namespace {

// chosen: a length that no signed 64-bit offset can hold is an attack, not a body.
constexpr std::uint64_t kContentLengthMax = std::numeric_limits<std::int64_t>::max();

// RFC 9110 §8.6: 1*DIGIT. chosen: no leading zeros, which some readers take for octal.
const char* parse_content_length(std::string_view text, std::uint64_t& out) {
  if (text.empty()) {
    return "Content-Length is empty (RFC 9110 §8.6)";
  }
  if (text.front() == '0' && text.size() > 1) {
    return "Content-Length has leading zeros";
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return "Content-Length is not a number (RFC 9110 §8.6)";
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (value > (kContentLengthMax - digit) / 10) {
      return "Content-Length overflows (RFC 9110 §8.6)";
    }
    value = value * 10 + digit;
  }
  out = value;
  return nullptr;
}

// What the Connection fields of a head say together.
struct ConnectionSays {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
  bool others = false;

  void read(std::string_view list) {
    while (!list.empty()) {
      const std::size_t comma = list.find(',');
      const std::string_view token = base::trim(list.substr(0, comma));
      list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
      if (equals_lower(token, "close")) {
        close = true;
      } else if (equals_lower(token, "keep-alive")) {
        keep_alive = true;
      } else if (equals_lower(token, "upgrade")) {
        upgrade = true;
      } else if (!token.empty()) {
        others = true;
      }
    }
  }
};

// RFC 9110 §7.6.1, RFC 9112 §9.3, §9.6.
void read_connection(const HeaderList& headers, std::uint8_t version_minor, Framing& out) {
  ConnectionSays says;
  if (headers.has(HeaderId::kConnection)) {
    for (const Header& header : headers) {
      if (header.id == HeaderId::kConnection) {
        says.read(header.value);
      }
    }
  }
  out.connection_names_fields = says.others;
  out.keep_alive = !says.close && (version_minor >= 1 || says.keep_alive);
  // RFC 9110 §7.8: a server ignores Upgrade in HTTP/1.0.
  out.upgrade = says.upgrade && version_minor >= 1 && headers.has(HeaderId::kUpgrade);
}

// RFC 9112 §6.1, §6.3: lengths that contradict each other, or that only some readers understand,
// are how requests are smuggled.
const char* read_body_length(const HeaderList& headers, std::uint8_t version_minor, Framing& out) {
  const Header* length = headers.find(HeaderId::kContentLength);
  const Header* coding = headers.find(HeaderId::kTransferEncoding);
  if (length != nullptr) {
    if (const char* what = parse_content_length(length->value, out.content_length)) {
      return what;
    }
    out.body = BodyKind::kLength;
  }
  if (coding != nullptr) {
    if (length != nullptr) {
      return "both Content-Length and Transfer-Encoding (RFC 9112 §6.1)";
    }
    if (version_minor == 0) {
      return "Transfer-Encoding in HTTP/1.0 (RFC 9112 §6.1)";
    }
    // chosen: we offer no other coding (TE is not sent on), so the one word must stand alone.
    if (!equals_lower(coding->value, "chunked")) {
      return "Transfer-Encoding is not exactly chunked (RFC 9112 §6.1)";
    }
    out.body = BodyKind::kChunked;
  }
  return nullptr;
}

// RFC 9110 §9.3.6, §9.3.8: content of CONNECT and TRACE has no meaning, so readers differ.
const char* refuse_body_where_none_can_be(const RequestHead& head) {
  const bool has_body = head.framing.body == BodyKind::kChunked || head.framing.content_length > 0;
  if (has_body && (head.method == Method::kConnect || head.method == Method::kTrace)) {
    return "CONNECT or TRACE with content (RFC 9110 §9.3.6, §9.3.8)";
  }
  return nullptr;
}

// RFC 9110 §10.1.1.
void read_expectation(RequestHead& out) {
  out.expect_continue = false;
  out.expect_unknown = false;
  if (!out.headers.has(HeaderId::kExpect)) {
    return;
  }
  for (const Header& header : out.headers) {
    if (header.id == HeaderId::kExpect) {
      const bool is_continue = equals_lower(header.value, "100-continue");
      out.expect_continue |= is_continue && out.version_minor >= 1;
      out.expect_unknown |= !is_continue;
    }
  }
}

}  // namespace

const char* finish_request(RequestHead& out) {
  if (const char* what = read_target(out)) {
    return what;
  }
  out.framing = {};
  if (const char* what = read_body_length(out.headers, out.version_minor, out.framing)) {
    return what;
  }
  if (const char* what = refuse_body_where_none_can_be(out)) {
    return what;
  }
  read_connection(out.headers, out.version_minor, out.framing);
  read_expectation(out);
  return nullptr;
}

const char* finish_response(ResponseHead& out, Method request_method) {
  out.framing = {};
  Framing& framing = out.framing;
  out.is_informational = out.status < 200 && out.status != 101;
  if (const char* what = read_body_length(out.headers, out.version_minor, framing)) {
    return what;
  }
  read_connection(out.headers, out.version_minor, framing);
  const bool is_tunnel = out.status == 101 || (request_method == Method::kConnect &&
                                               out.status >= 200 && out.status < 300);
  const bool never_has_content = out.status < 200 || out.status == 204 || is_tunnel;
  if (never_has_content) {
    // RFC 9110 §8.6, RFC 9112 §6.1: no length belongs here. The body is none whatever it says, but
    // bytes sent all the same must not be read as the next response.
    if (framing.body == BodyKind::kChunked || framing.content_length > 0) {
      framing.keep_alive = false;
    }
    framing.body = BodyKind::kNone;
  } else if (request_method == Method::kHead || out.status == 304) {
    framing.body = BodyKind::kNone;  // content_length stays: it tells what GET would send
  } else if (framing.body == BodyKind::kNone) {
    framing.body = BodyKind::kUntilClose;
    framing.keep_alive = false;
  }
  return nullptr;
}

}  // namespace weft::wire
