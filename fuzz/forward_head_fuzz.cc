// Heads that go on: what we write is read again as the same message, holds no field of the other
// hop, and what we have to say about a client is there once.
#include "base/text.h"
#include "fuzz.h"
#include "proxy/forward_head.h"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace weft;
using proxy::AnswerFraming;
using wire::BodyKind;
using wire::Header;
using wire::HeaderId;
using wire::HeaderList;
using wire::Method;
using wire::RequestHead;
using wire::ResponseHead;

// What is ours may take more room than what came.
constexpr wire::HeadLimits kReadAgain{
    .head_bytes = 64 * 1024, .header_count = 128, .uri_bytes = 64 * 1024};
constexpr wire::HeadLimits kLimits{.head_bytes = 8192, .header_count = 100, .uri_bytes = 2048};
constexpr std::string_view kClientIp = "192.0.2.1";

constexpr std::array kOfTheHop{HeaderId::kKeepAlive, HeaderId::kProxyConnection,
                               HeaderId::kTrailer};
constexpr std::array kOfTheClientsHop{HeaderId::kTe, HeaderId::kProxyAuthorization,
                                      HeaderId::kHttp2Settings};

std::size_t count(const HeaderList& headers, HeaderId id) {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [id](const Header& header) { return header.id == id; }));
}

bool is_named_by_connection(const HeaderList& headers, std::string_view name) {
  return std::ranges::any_of(headers, [name](const Header& header) {
    return header.id == HeaderId::kConnection && wire::header_has_token(header.value, name);
  });
}

// The fields nobody but the two ends knows, in order.
std::vector<std::string> fields_of_the_ends(const HeaderList& headers,
                                            const HeaderList& connection) {
  std::vector<std::string> out;
  for (const Header& header : headers) {
    if (header.id == HeaderId::kOther && !header.name.contains('_') &&
        !is_named_by_connection(connection, header.name) &&
        !base::iequals(header.name, "x-mesh-instance")) {
      out.push_back(std::string(header.name) + ": " + std::string(header.value));
    }
  }
  return out;
}

void check_hop(const HeaderList& headers, bool upgrades) {
  for (const HeaderId id : kOfTheHop) {
    WEFT_ASSERT(!headers.has(id));
  }
  WEFT_ASSERT(headers.has(HeaderId::kUpgrade) == upgrades);
}

void check_request(const RequestHead& head) {
  static proxy::HeadWriter writer;
  static RequestHead again;
  proxy::RequestForwarding forwarding;
  forwarding.client_ip = kClientIp;
  forwarding.listener_port = "8080";
  forwarding.request_id = "id-1";
  proxy::write_request_head(head, forwarding, writer);
  WEFT_ASSERT(!writer.has_overflow());
  const std::string_view text = writer.view();
  const auto read = wire::parse_request_head(text, kReadAgain, again);
  WEFT_ASSERT(read && *read == text.size());
  WEFT_ASSERT(again.method_text == head.method_text && again.version_minor == 1);
  WEFT_ASSERT(again.path == head.path && again.query == head.query);
  WEFT_ASSERT(again.authority == head.authority && again.form != wire::TargetForm::kAbsolute);
  WEFT_ASSERT(again.framing.body == head.framing.body && again.framing.keep_alive);
  WEFT_ASSERT(again.framing.content_length == head.framing.content_length);
  check_hop(again.headers, head.framing.upgrade);
  for (const HeaderId id : kOfTheClientsHop) {
    WEFT_ASSERT(!again.headers.has(id));
  }
  for (const HeaderId id :
       {HeaderId::kHost, HeaderId::kXForwardedFor, HeaderId::kXForwardedHost,
        HeaderId::kXForwardedPort, HeaderId::kXForwardedProto, HeaderId::kXRequestId}) {
    WEFT_ASSERT(count(again.headers, id) == 1);
  }
  WEFT_ASSERT(again.headers.value(HeaderId::kXForwardedFor).ends_with(kClientIp));
  WEFT_ASSERT(!again.headers.has(HeaderId::kXRealIp) && !again.headers.has(HeaderId::kForwarded));
  WEFT_ASSERT(fields_of_the_ends(again.headers, head.headers) ==
              fields_of_the_ends(head.headers, head.headers));
}

// As Exchange::choose_framing() chooses for a client of HTTP/1.1.
AnswerFraming framing_for(const ResponseHead& head) {
  switch (head.framing.body) {
    case BodyKind::kNone:
      return AnswerFraming::kNone;
    case BodyKind::kLength:
      return AnswerFraming::kLength;
    case BodyKind::kChunked:
    case BodyKind::kUntilClose:
      break;
  }
  return AnswerFraming::kChunked;
}

void check_response(const ResponseHead& head, Method method) {
  static proxy::HeadWriter writer;
  static ResponseHead again;
  proxy::ResponseForwarding forwarding;
  forwarding.instance = "web-1";
  forwarding.trace_id = "0123456789abcdef0123456789abcdef";
  forwarding.request_id = "id-1";
  forwarding.framing = framing_for(head);
  proxy::write_response_head(head, forwarding, writer);
  WEFT_ASSERT(!writer.has_overflow());
  const std::string_view text = writer.view();
  const auto read = wire::parse_response_head(text, method, kReadAgain, again);
  WEFT_ASSERT(read && *read == text.size());
  WEFT_ASSERT(again.status == head.status && again.is_informational == head.is_informational);
  check_hop(again.headers, head.status == 101);
  const bool ends_with_head = head.framing.body == BodyKind::kNone;
  WEFT_ASSERT((again.framing.body == BodyKind::kNone) == ends_with_head);
  if (head.framing.body == BodyKind::kLength) {
    WEFT_ASSERT(again.framing.content_length == head.framing.content_length);
  }
  // RFC 9110 §8.6, RFC 9112 §6.1: no length in these, so nobody can wait for a body.
  if (head.status < 200 || head.status == 204) {
    WEFT_ASSERT(!again.headers.has(HeaderId::kContentLength));
    WEFT_ASSERT(!again.headers.has(HeaderId::kTransferEncoding));
  }
  WEFT_ASSERT(fields_of_the_ends(again.headers, head.headers) ==
              fields_of_the_ends(head.headers, head.headers));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static RequestHead request;
  static ResponseHead response;
  std::string_view input = fuzz::as_text(data, size);
  const auto method = static_cast<Method>(fuzz::take_choice(input, 10));
  const auto asked = wire::parse_request_head(input, kLimits, request);
  // What never goes on, or without a name to route it by, is not written.
  if (asked && *asked > 0 && request.method != Method::kConnect && !request.authority.empty()) {
    check_request(request);
  }
  const auto answered = wire::parse_response_head(input, method, kLimits, response);
  const bool makes_tunnel = response.status == 101 && !response.framing.upgrade;
  if (answered && *answered > 0 && method != Method::kConnect && !makes_tunnel) {
    check_response(response, method);
  }
  return 0;
}
