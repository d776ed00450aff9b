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

}  // namespace weft::http
