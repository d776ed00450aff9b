// Keeps web pages away from admin-type listeners: the Host must be ours, a foreign Origin may not
// change anything, and nothing is shared across origins unless somebody wrote it down.
// Source: contract/apg.md §9.
#pragma once

#include "base/address.h"
#include "http/dispatch.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

struct HostCheckOptions {
  // Names this node is called by, besides localhost; "*.example.org" covers one level and more.
  std::vector<std::string> names = {};
  std::string_view scheme = "http";  // of the listeners it guards; static
  // Origins that may use the API from a page: "https://ui.example.org", or "*" for every one.
  std::vector<std::string> cors_origins = {};
};

// A Gate. Thread: any (immutable).
class HostCheck final {
 public:
  explicit HostCheck(HostCheckOptions options) : options_(std::move(options)) {}

  // Refuses with 421 (unknown Host) or 403 (foreign Origin on a change or an upgrade), answers CORS
  // preflights, and adds the CORS fields for origins that are allowed.
  std::optional<Response> operator()(Context& context) const;

  // A listener on an address of its own answers to that literal only, one on loopback to every
  // loopback literal, one on all addresses to any literal: nobody's DNS can rebind a literal.
  bool is_own_host(std::string_view authority, const base::SocketAddress& listener) const;
  // Scheme, host and port that the request was sent to, or listed. localhost, 127.0.0.1 and [::1]
  // are one host: which of them a person typed says nothing about whose page it is.
  bool is_allowed_origin(std::string_view origin, std::string_view authority) const;

 private:
  bool is_own_origin(std::string_view origin, std::string_view authority) const;
  bool is_listed_origin(std::string_view origin) const;
  void add_cors_fields(std::string_view origin, Headers& headers) const;

  HostCheckOptions options_;
};

}  // namespace weft::http
