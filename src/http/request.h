// A request as the control plane's handlers see it: owned, with its whole body.
#pragma once

#include "base/address.h"
#include "base/time.h"
#include "http/headers.h"
#include "wire/http1.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::http {

// Thread: its loop (a value).
struct Request {
  wire::Method method = wire::Method::kGet;
  std::string method_text = "GET";
  std::string path = "/";          // as sent, not decoded
  std::string query;               // as sent, without '?'
  std::string authority;           // host[:port]; empty in HTTP/1.0 without Host
  std::uint8_t version_minor = 1;  // HTTP/1.x
  Headers headers;
  std::string body;
  base::SocketAddress peer;      // the client's end
  base::SocketAddress listener;  // what the listener it came through is bound to
  base::MonoTime received;       // when the head was complete
};

// Copies what a handler needs out of a parsed head; the views of `head` are good no longer.
Request own_request(const wire::RequestHead& head);

// The other way round, for wire's checks of an owned request: `out` views into it.
void view_request(const Request& request, wire::RequestHead& out);

}  // namespace weft::http
