// Where PostgreSQL is: the settings that a connection URL holds, per server it names. libpq would
// try the servers of a URL by itself, but blocks while it looks up their names, and a server that
// keeps silent would use up the time of those behind it.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <string>
#include <utility>
#include <vector>

namespace weft::state {

// Keywords and values as libpq takes them, for one server. May hold a password: never shown.
struct PgTarget {
  std::vector<std::pair<std::string, std::string>> settings;

  // Returns: empty when it is not set.
  std::string value_of(std::string_view keyword) const;
  void set(std::string_view keyword, std::string value);
};

// Source: libpq, "Connection URIs" and "Specifying Multiple Hosts".
// Returns: at least one target, in the order of the URL.
// Errors: kInvalid; side kSelf.
base::Result<std::vector<PgTarget>> parse_postgres_url(const std::string& url);

// Looks up the host of `target` where it is a name.
// Returns: a target for each of its addresses; `target` itself where there is nothing to look up.
// Errors: kUnavailable, kTimeout; side kStore. Thread: blocking.
base::Result<std::vector<PgTarget>> resolve_target(const PgTarget& target, base::MonoTime deadline);

}  // namespace weft::state
