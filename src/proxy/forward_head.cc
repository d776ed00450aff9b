#include "proxy/forward_head.h"

#include "base/text.h"
#include "proxy/policies/field_edits.h"

#include <algorithm>
#include <array>

namespace weft::proxy {
namespace {

using wire::Header;
using wire::HeaderId;

// Never passed on in a request: hop-by-hop (RFC 9110 §7.6.1), framing (written anew), and what we
// set ourselves, so that a client cannot.
bool is_dropped_from_request(HeaderId id) {
  switch (id) {
    case HeaderId::kConnection:
    case HeaderId::kContentLength:
    case HeaderId::kKeepAlive:
    case HeaderId::kProxyConnection:
    case HeaderId::kProxyAuthorization:
    case HeaderId::kTe:
    case HeaderId::kTrailer:
    case HeaderId::kTransferEncoding:
    case HeaderId::kUpgrade:
    case HeaderId::kHttp2Settings:
    case HeaderId::kHost:
    case HeaderId::kXForwardedFor:
    case HeaderId::kXForwardedHost:
    case HeaderId::kXForwardedPort:
    case HeaderId::kXForwardedProto:
    case HeaderId::kXRealIp:
    case HeaderId::kForwarded:
    case HeaderId::kXRequestId:
    case HeaderId::kTraceparent:
    case HeaderId::kTracestate:
    case HeaderId::kXTraceId:
    case HeaderId::kXSpanId:
    case HeaderId::kXParentSpanId:
    case HeaderId::kXTraceFlags:
    case HeaderId::kXTraceBaggage:
      return true;
    default:
      return false;
  }
}

// Is this a field of ours under another spelling? CGI and its heirs read X_Forwarded_For and
// X-Forwarded-For as one.
bool is_alias(const Header& header) {
  constexpr std::size_t kLongestBytes = 32;
  if (header.id != HeaderId::kOther || header.name.size() > kLongestBytes ||
      !header.name.contains('_')) {
    return false;
  }
  std::array<char, kLongestBytes> plain;
  const auto end = std::ranges::replace_copy(header.name, plain.begin(), '_', '-').out;
  return is_dropped_from_request(wire::header_id({plain.begin(), end}));
}

bool is_kept_from_backend(const Header& header) {
  return is_dropped_from_request(header.id) || is_alias(header);
}

bool is_dropped_from_response(const Header& header) {
  switch (header.id) {
    case HeaderId::kConnection:
    case HeaderId::kContentLength:
    case HeaderId::kKeepAlive:
    case HeaderId::kProxyConnection:
    case HeaderId::kProxyAuthenticate:
    case HeaderId::kTrailer:
    case HeaderId::kTransferEncoding:
    case HeaderId::kUpgrade:
      return true;
    default:
      return false;
  }
}

bool is_named_by_connection(const wire::HeaderList& headers, std::string_view name) {
  return std::ranges::any_of(headers, [name](const Header& header) {
    return header.id == HeaderId::kConnection && wire::header_has_token(header.value, name);
  });
}

// Copies the field lines that stay, neighbours in one piece. A field that Connection names is
// hop-by-hop as well, whatever it is (RFC 9110 §7.6.1).
template <class Dropped>
void copy_fields(const wire::HeaderList& headers, bool connection_names_fields, Dropped&& dropped,
                 HeadWriter& out) {
  const char* run_begin = nullptr;
  const char* run_end = nullptr;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Header& header = headers[i];
    if (dropped(header) ||
        (connection_names_fields && is_named_by_connection(headers, header.name))) {
      continue;
    }
    const char* line_begin = header.name.data();
    if (line_begin != run_end) {
      if (run_begin != nullptr) {
        out.add(std::string_view(run_begin, static_cast<std::size_t>(run_end - run_begin)));
      }
      run_begin = line_begin;
    }
    // The value may be followed by white space before its CRLF; the line is taken as it stands.
    const char* end = header.value.data() + header.value.size();
    while (*end != '\n') {
      ++end;
    }
    run_end = end + 1;
  }
  if (run_begin != nullptr) {
    out.add(std::string_view(run_begin, static_cast<std::size_t>(run_end - run_begin)));
  }
}

void add_target(const wire::RequestHead& head, const RequestForwarding& forwarding,
                HeadWriter& out) {
  const std::string_view path =
      forwarding.path.empty() ? head.path.substr(std::min(forwarding.strip_bytes, head.path.size()))
                              : forwarding.path;
  if (path.empty() || (path.front() != '/' && path != "*")) {
    out.add("/");
  }
  out.add(path);
  if (head.has_query) {
    out.add("?", head.query);
  }
}

void add_framing(const wire::Framing& framing, HeadWriter& out) {
  if (framing.body == wire::BodyKind::kChunked) {
    out.add("Transfer-Encoding: chunked\r\n");
  } else if (framing.body == wire::BodyKind::kLength) {
    out.add("Content-Length: ");
    out.add_number(framing.content_length);
    out.add("\r\n");
  }
}

void add_forwarded(const wire::RequestHead& head, const RequestForwarding& forwarding,
                   HeadWriter& out) {
  out.add("X-Forwarded-For: ");
  for (const Header& header : head.headers) {
    if (header.id == HeaderId::kXForwardedFor && !header.value.empty()) {
      out.add(header.value, ", ");
    }
  }
  out.add(forwarding.client_ip, "\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ", head.authority,
          "\r\nX-Forwarded-Port: ", forwarding.listener_port,
          "\r\nX-Request-ID: ", forwarding.request_id, "\r\n");
}

}  // namespace

void write_request_head(const wire::RequestHead& head, const RequestForwarding& forwarding,
                        HeadWriter& out) {
  out.clear();
  out.add(head.method_text, " ");
  add_target(head, forwarding, out);
  out.add(" HTTP/1.1\r\nHost: ", forwarding.host.empty() ? head.authority : forwarding.host,
          "\r\n");
  // An expectation in HTTP/1.0 counts for nothing (RFC 9110 §10.1.1), and the backend gets 1.1.
  const bool is_old = head.version_minor == 0;
  const auto stays_here = [is_old](const Header& header) {
    return is_kept_from_backend(header) || (is_old && header.id == HeaderId::kExpect);
  };
  const bool connection_names = head.framing.connection_names_fields;
  if (forwarding.edits == nullptr) {
    copy_fields(head.headers, connection_names, stays_here, out);
  } else {
    const auto is_dropped = [&](const Header& header) {
      return stays_here(header) || is_edited_away(*forwarding.edits, header.name);
    };
    copy_fields(head.headers, connection_names, is_dropped, out);
    write_edited_fields(*forwarding.edits, out);
  }
  if (head.framing.upgrade) {
    out.add("Connection: upgrade\r\n");
    out.field("Upgrade", head.headers.value(HeaderId::kUpgrade));
  }
  add_framing(head.framing, out);
  add_forwarded(head, forwarding, out);
  if (forwarding.trace != nullptr) {
    wire::encode_trace_fields(*forwarding.trace, out);
  }
  out.add("\r\n");
}

void write_response_head(const wire::ResponseHead& head, const ResponseForwarding& forwarding,
                         HeadWriter& out) {
  out.clear();
  out.add("HTTP/1.1 ");
  out.add_number(head.status);
  out.add(" ", head.reason, "\r\n");
  const bool connection_names = head.framing.connection_names_fields;
  if (forwarding.edits == nullptr) {
    copy_fields(head.headers, connection_names, is_dropped_from_response, out);
  } else {
    const auto is_dropped = [&](const Header& header) {
      return is_dropped_from_response(header) || is_edited_away(*forwarding.edits, header.name);
    };
    copy_fields(head.headers, connection_names, is_dropped, out);
    write_edited_fields(*forwarding.edits, out);
  }
  if (head.is_informational) {
    out.add("\r\n");
    return;
  }
  if (head.status == 101) {
    out.add("Connection: upgrade\r\n");
    out.field("Upgrade", head.headers.value(HeaderId::kUpgrade));
  } else if (!forwarding.keep_alive) {
    out.add("Connection: close\r\n");
  } else if (forwarding.client_version_minor == 0) {
    out.add("Connection: keep-alive\r\n");
  }
  switch (forwarding.framing) {
    case AnswerFraming::kLength:
      out.add("Content-Length: ");
      out.add_number(head.framing.content_length);
      out.add("\r\n");
      break;
    case AnswerFraming::kChunked:
      out.add("Transfer-Encoding: chunked\r\n");
      break;
    case AnswerFraming::kNone:
      // HEAD and 304 may state the length that a GET would have had; 101 and 204 none (RFC 9110
      // §8.6).
      if (head.status >= 200 && head.status != 204 && head.headers.has(HeaderId::kContentLength)) {
        out.field("Content-Length", head.headers.value(HeaderId::kContentLength));
      }
      break;
    case AnswerFraming::kUntilClose:
      break;
  }
  if (!forwarding.instance.empty()) {
    out.add("X-Mesh-Instance: ", forwarding.instance, "\r\n");
  }
  if (!forwarding.set_cookie.empty()) {
    out.field("Set-Cookie", forwarding.set_cookie);
  }
  if (!forwarding.trace_id.empty() && !head.headers.has(HeaderId::kXTraceId)) {
    out.add("X-Trace-Id: ", forwarding.trace_id, "\r\n");
  }
  if (!forwarding.request_id.empty() && !head.headers.has(HeaderId::kXRequestId)) {
    out.add("X-Request-ID: ", forwarding.request_id, "\r\n");
  }
  out.add("\r\n");
}

}  // namespace weft::proxy
