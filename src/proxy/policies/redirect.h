// A route whose answer is another place.
#pragma once

#include "model/route_policies.h"
#include "wire/http1.h"

#include <string>

namespace weft::proxy {

// The value of Location for this request: what the redirect does not say is the request's own.
// Source: RFC 9110 §10.2.2, §15.4.
std::string redirect_location(const model::Redirect& redirect, const wire::RequestHead& head);

}  // namespace weft::proxy
