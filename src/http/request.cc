#include "http/request.h"

namespace weft::http {

Request own_request(const wire::RequestHead& head) {
  Request request;
  request.method = head.method;
  request.method_text = head.method_text;
  request.path = head.path;
  request.query = head.query;
  request.authority = head.authority;
  request.version_minor = head.version_minor;
  for (const wire::Header& header : head.headers) {
    request.headers.add(header.name, header.value);
  }
  return request;
}

void view_request(const Request& request, wire::RequestHead& out) {
  out.method = request.method;
  out.method_text = request.method_text;
  out.version_minor = request.version_minor;
  out.path = request.path;
  out.query = request.query;
  out.authority = request.authority;
  out.headers.clear();
  for (const auto& [name, value] : request.headers) {
    if (!out.headers.full()) {
      out.headers.add({name, value, wire::header_id(name)});
    }
  }
  out.framing = {};
  if (!request.body.empty()) {
    out.framing.body = wire::BodyKind::kLength;
    out.framing.content_length = request.body.size();
  }
  out.framing.upgrade =
      request.version_minor >= 1 && out.headers.has(wire::HeaderId::kUpgrade) &&
      wire::header_has_token(out.headers.value(wire::HeaderId::kConnection), "upgrade");
}

}  // namespace weft::http
