// The request of an HTTP check.
#pragma once

#include "base/result.h"
#include "health/checks/http_url.h"
#include "model/check.h"
#include "wire/http1.h"

#include <string>
#include <string_view>

namespace weft::health {

// A request that is not the usual GET. Thread: its loop (a value).
struct ProbeRequest {
  std::string bytes;
  std::string method;
  wire::Method kind = wire::Method::kGet;  // what the framing of its answer depends on
};

// Does the check send anything but the usual GET?
bool has_own_request(const model::CheckDetails& details);

// The usual GET. `host` is what Host says.
std::string encode_usual_request(const HttpUrl& url, std::string_view host);

// What CheckDetails::method, header and body ask for. A field given there stands in for ours of the
// same name, Host included; those that say how this message is framed, and Connection, stay ours.
// Errors: kInvalid (a method or a field that cannot be sent as it is).
base::Result<ProbeRequest> encode_own_request(const HttpUrl& url, std::string_view host,
                                              const model::CheckDetails& details);

}  // namespace weft::health
