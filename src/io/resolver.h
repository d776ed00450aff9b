// Names to addresses. Start at Resolver; make_resolver() asks the system's DNS servers and
// /etc/hosts, FixedResolver knows what a test told it.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::io {

using Addresses = std::vector<base::IpAddress>;

// Thread: its loop.
class Resolver {
 public:
  virtual ~Resolver() = default;

  // Returns: at least one address, best first. An address as text and localhost are answered
  // without a lookup.
  // Errors: kNoName (does not exist, or is no name), kTimeout, kUnavailable (the servers fail),
  // kLimit (too many lookups in flight), kShutdown, kCancelled.
  virtual Task<base::Result<Addresses>> resolve(std::string name, base::MonoTime deadline) = 0;

  // Ends what is in flight with kShutdown and refuses more; awaited before destruction.
  virtual Task<void> stop() = 0;
};

struct ResolverOptions {
  // Behaviour.
  std::string servers;             // "10.0.0.2:53,10.0.0.3"; empty: those of /etc/resolv.conf
  base::Millis try_timeout{1000};  // of the first try; doubles with each further one
  int tries = 3;                   // per server
  // Speed.
  base::Nanos ttl_min = base::Seconds(1);
  base::Nanos ttl_max = base::Seconds(60);
  base::Nanos negative_ttl = base::Seconds(1);  // a failure is remembered so long
  std::size_t cache_names_max = 4096;
  std::size_t lookups_max = 1024;  // in flight
};

// A resolver on c-ares, driven by `loop`. Lookups of one name share one query; answers are kept for
// their TTL within [ttl_min, ttl_max]. Reads /etc/resolv.conf once, now.
// Errors: kInvalid (servers), kNoSpace, kIo.
base::Result<std::unique_ptr<Resolver>> make_resolver(Loop& loop, const ResolverOptions& options);

// The fake: knows a fixed set of names and answers at once. Thread: its loop.
class FixedResolver final : public Resolver {
 public:
  void set(std::string name, Addresses addresses) {
    names_[std::move(name)] = std::move(addresses);
  }
  void set_failure(std::string name, base::Code code) {
    names_[std::move(name)] = base::fail(code, "resolve a name", base::Side::kBackend);
  }
  std::size_t lookups() const { return lookups_; }

  Task<base::Result<Addresses>> resolve(std::string name, base::MonoTime deadline) override;
  Task<void> stop() override;

 private:
  std::map<std::string, base::Result<Addresses>> names_;
  std::size_t lookups_ = 0;
};

// What needs no lookup: an address as text, localhost and names below it.
// Source: RFC 6761 §6.3; chosen: 127.0.0.1 alone, as base::parse_socket_address reads it.
std::optional<Addresses> resolve_literal(std::string_view name);

}  // namespace weft::io
