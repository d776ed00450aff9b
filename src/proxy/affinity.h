// Session affinity: the cookie that leads a client back to its endpoint.
#pragma once

#include "model/cluster_settings.h"
#include "wire/http1.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::proxy {

// The cookie's value is the hash of the endpoint's "address:port" as 16 digits of hex: the same on
// every loop and node and after a restart. It does not show the address; who can guess an address
// can check the guess, so it is a name and not a secret. Whoever forges it chooses among usable
// endpoints, nothing more.

// The balance::Endpoint::identity_hash that the request's cookie names.
// Returns: nullopt without the cookie and when its value is none of ours.
// Thread:  any; pure, no allocation.
std::optional<std::uint64_t> pinned_identity(const model::AffinitySettings& settings,
                                             const wire::HeaderList& headers);

// The value of a Set-Cookie field. Thread: its loop; a value on the stack.
class AffinityCookie final {
 public:
  // Path=/, HttpOnly, SameSite=Lax; Max-Age when the settings have one. Source: RFC 6265 §4.1,
  // RFC 6265bis §4.1.2.7 (SameSite). chosen: no Secure, since TLS may end before us or not exist.
  // Lifetime: as long as this, until the next call.
  std::string_view write(const model::AffinitySettings& settings, std::uint64_t identity_hash);

 private:
  // A name has at most 100 bytes (cluster_settings.h), the rest below 90.
  std::array<char, 192> bytes_;
};

}  // namespace weft::proxy
