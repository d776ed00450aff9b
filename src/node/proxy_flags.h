// The addresses that `weft proxy` is given: what a person may write, and what is refused with
// advice.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "model/snapshot.h"

#include <string_view>

namespace weft::node {

// "127.0.0.1:8080", "unix:/path"; ":8080" is loopback, for nobody opens a gateway to the world by
// leaving something out. "*:8080" and "0.0.0.0:8080" say so. Errors: kInvalid, `what` for people.
// Thread: any; pure.
base::Result<base::SocketAddress> parse_listen(std::string_view text);

// "10.0.0.1:80", "web:80", "unix:/path", as an endpoint without a number. Errors: kInvalid: a
// scheme, a missing host, port 0; `what` for people. Thread: any; pure.
base::Result<model::Endpoint> parse_backend(std::string_view text);

}  // namespace weft::node
