#include "health/checks/http_request.h"

#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <array>

namespace weft::health {
namespace {

constexpr std::string_view kAgentField = "User-Agent: weft-health\r\n";
constexpr std::string_view kAcceptField = "Accept: */*\r\n";
constexpr std::string_view kConnectionField = "Connection: close\r\n";

// Consul: what Go's client takes from nobody, but Host and User-Agent.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOurs{"Connection", "Content-Length",
                                                  "Transfer-Encoding", "Trailer"};
  return std::ranges::any_of(kOurs, [name](std::string_view o) { return base::iequals(o, name); });
}

bool has_field(const json::object& header, std::string_view wanted) {
  return std::ranges::any_of(
      header, [wanted](const auto& member) { return base::iequals(member.key(), wanted); });
}

base::Result<void> append_field(std::string& out, std::string_view name, const json::value& value) {
  if (!value.is_string() || !wire::is_token(name) || !wire::is_field_value(value.get_string())) {
    return base::fail(base::Code::kInvalid, "a header of the check cannot be sent");
  }
  const json::string& text = value.get_string();
  out += base::concat({name, ": ", std::string_view(text.data(), text.size()), "\r\n"});
  return {};
}

base::Result<void> append_fields(std::string& out, const json::object& header) {
  for (const auto& member : header) {
    if (is_ours(member.key())) {
      continue;
    }
    const json::array* values = member.value().if_array();
    if (values == nullptr) {
      WEFT_TRY_VOID(append_field(out, member.key(), member.value()));
      continue;
    }
    for (const json::value& value : *values) {
      WEFT_TRY_VOID(append_field(out, member.key(), value));
    }
  }
  return {};
}

// Source: RFC 9110 §8.6: a method that has a meaning for content says so even of none.
bool tells_length(const ProbeRequest& request, std::string_view body) {
  return !body.empty() || request.kind == wire::Method::kPost ||
         request.kind == wire::Method::kPut || request.kind == wire::Method::kPatch;
}

}  // namespace

bool has_own_request(const model::CheckDetails& details) {
  return !details.method.empty() || !details.header.empty() || !details.body.empty();
}

std::string encode_usual_request(const HttpUrl& url, std::string_view host) {
  return base::concat({"GET ", url.path, " HTTP/1.1\r\nHost: ", host, "\r\n", kAgentField,
                       kAcceptField, kConnectionField, "\r\n"});
}

base::Result<ProbeRequest> encode_own_request(const HttpUrl& url, std::string_view host,
                                              const model::CheckDetails& details) {
  ProbeRequest request;
  request.method = details.method.empty() ? "GET" : details.method;
  request.kind = wire::parse_method(request.method);
  if (!wire::is_token(request.method) || request.kind == wire::Method::kConnect) {
    return base::fail(base::Code::kInvalid, "the method of the check cannot be sent");
  }
  std::string& out = request.bytes;
  out = base::concat({request.method, " ", url.path, " HTTP/1.1\r\n"});
  if (!has_field(details.header, "Host")) {
    out += base::concat({"Host: ", host, "\r\n"});
  }
  if (!has_field(details.header, "User-Agent")) {
    out += kAgentField;
  }
  if (!has_field(details.header, "Accept")) {
    out += kAcceptField;
  }
  WEFT_TRY_VOID(append_fields(out, details.header));
  out += kConnectionField;
  if (tells_length(request, details.body)) {
    out += base::concat({"Content-Length: ", std::to_string(details.body.size()), "\r\n"});
  }
  out += "\r\n";
  out += details.body;
  return request;
}

}  // namespace weft::health
