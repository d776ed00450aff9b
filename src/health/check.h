// Check: one kind of probe. An extension point: a new kind adds its files under checks/ and a line
// in check_kinds.h.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "health/check_owner.h"
#include "health/probe_result.h"
#include "io/task.h"
#include "io/tls_engine.h"
#include "model/check.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace weft::health {

// Which check, and where its owner is. Shares the row with the registry, so it stays valid whatever
// the registry becomes meanwhile. Thread: its loop.
class CheckTarget final {
 public:
  // `position` is within owner.checks().
  CheckTarget(const CheckOwner& owner, std::size_t position)
      : row_(owner.row()),
        spec_(&owner.checks()[position]),
        address_(&owner.address()),
        port_(owner.port()) {}

  const model::CheckSpec& spec() const { return *spec_; }
  // Of the owner: an IP or a host name, and a port; what no socket can reach may be in it.
  const std::string& address() const { return *address_; }
  std::uint32_t port() const { return port_; }

  // The owner's address and port. Errors: kInvalid (no port that a socket can reach).
  base::Result<base::HostPort> own_address() const;
  // CheckSpec::target as host:port, or else the owner's. Errors: kInvalid.
  base::Result<base::HostPort> host_port() const;

 private:
  std::shared_ptr<const void> row_;
  const model::CheckSpec* spec_;  // within the row, as is the address
  const std::string* address_;
  std::uint32_t port_;
};

// How its TLS is to be, as CheckDetails ask for it. `protocol`: of ALPN.
io::TlsClientOptions tls_options_of(const CheckTarget& target, const char* protocol);

// Thread: its loop. Lifetime: outlives its probes.
class Check {
 public:
  virtual ~Check() = default;

  // Asks once, until `deadline` at the latest. Whatever goes wrong is a result, never an error.
  virtual io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) = 0;
};

}  // namespace weft::health
