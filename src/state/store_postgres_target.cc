#include "state/store_postgres_target.h"

#include "base/address.h"
#include "base/text.h"
#include "io/blocking_resolve.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

namespace weft::state {
namespace {

struct FreeConninfo {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::unexpected<base::Error> bad_url() {
  return base::fail(base::Code::kInvalid,
                    "not a PostgreSQL URL: postgresql://user:password@host:port/database");
}

// "a,b" has two parts, "" has one.
std::vector<std::string> split_list(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (;;) {
    const std::size_t comma = list.find(',', from);
    parts.push_back(list.substr(from, comma - from));
    if (comma == std::string::npos) {
      return parts;
    }
    from = comma + 1;
  }
}

// A list names one value per server, or one for all.
base::Result<std::string> pick_part(const std::vector<std::string>& parts, std::size_t at,
                                    std::size_t servers) {
  if (parts.size() == servers) {
    return parts[at];
  }
  if (parts.size() == 1) {
    return parts[0];
  }
  return bad_url();
}

}  // namespace

std::string PgTarget::value_of(std::string_view keyword) const {
  const auto found =
      std::ranges::find(settings, keyword, &std::pair<std::string, std::string>::first);
  return found == settings.end() ? std::string() : found->second;
}

void PgTarget::set(std::string_view keyword, std::string value) {
  const auto found =
      std::ranges::find(settings, keyword, &std::pair<std::string, std::string>::first);
  if (found != settings.end()) {
    found->second = std::move(value);
  } else {
    settings.emplace_back(keyword, std::move(value));
  }
}

base::Result<std::vector<PgTarget>> parse_postgres_url(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
    return bad_url();
  }
  // Its text of an error may repeat a password that stands in the wrong place.
  const std::unique_ptr<PQconninfoOption, FreeConninfo> parsed(
      PQconninfoParse(url.c_str(), nullptr));
  if (parsed == nullptr) {
    return bad_url();
  }
  PgTarget whole;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      whole.settings.emplace_back(option->keyword, option->val);
    }
  }
  const auto hosts = split_list(whole.value_of("host"));
  const auto addresses = split_list(whole.value_of("hostaddr"));
  const auto ports = split_list(whole.value_of("port"));
  const std::size_t servers = std::max(hosts.size(), addresses.size());
  std::vector<PgTarget> targets;
  for (std::size_t at = 0; at < servers; ++at) {
    PgTarget one = whole;
    WEFT_TRY(std::string host, pick_part(hosts, at, servers));
    WEFT_TRY(std::string address, pick_part(addresses, at, servers));
    WEFT_TRY(std::string port, pick_part(ports, at, servers));
    if (!port.empty() && !base::parse_u64(port)) {
      return bad_url();
    }
    one.set("host", std::move(host));
    one.set("hostaddr", std::move(address));
    one.set("port", std::move(port));
    targets.push_back(std::move(one));
  }
  return targets;
}

base::Result<std::vector<PgTarget>> resolve_target(const PgTarget& target,
                                                   base::MonoTime deadline) {
  const std::string host = target.value_of("host");
  // A path or an abstract name is a Unix socket; none is the default of libpq, which is one too.
  const bool is_socket = host.empty() || host.starts_with('/') || host.starts_with('@');
  if (is_socket || !target.value_of("hostaddr").empty() || base::parse_ip(host)) {
    return std::vector{target};
  }
  const auto addresses = io::resolve_blocking(host, deadline);
  if (!addresses) {
    return base::fail(addresses.error().code == base::Code::kTimeout ? base::Code::kTimeout
                                                                     : base::Code::kUnavailable,
                      "the name of the PostgreSQL server does not resolve", base::Side::kStore,
                      base::Retry::kSafe);
  }
  std::vector<PgTarget> targets;
  for (const base::IpAddress& address : *addresses) {
    targets.push_back(target);
    targets.back().set("hostaddr", address.to_string());
  }
  return targets;
}

}  // namespace weft::state
