// What a route does with a request besides choosing whom it goes to. All of it is off unless given.
// Source: contract/apg.md §3, §3.1, §5 (traffic); the faces translate.
#pragma once

#include "base/described.h"
#include "base/time.h"
#include "model/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::model {

// The answer is another place; no backend is asked.
struct Redirect {
  std::uint16_t status = 302;  // 301, 302, 303, 307 or 308
  std::string scheme{};        // empty: the listener's
  std::string host{};          // with port where needed; empty: the request's
  std::string path{};          // empty: the request's
  bool keeps_query = true;

  bool operator==(const Redirect&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields =
      base::fields(base::field("scheme").length(0, 16).pattern("^([a-z][a-z0-9+.-]*)?$"),
                   base::field("host").length(0, 255).pattern("^[A-Za-z0-9._:\\[\\]-]*$"),
                   base::field("path").length(0, 2048).pattern("^(/[!-~]*)?$"));
};
BOOST_DESCRIBE_STRUCT(Redirect, (), (status, scheme, host, path, keeps_query))

// The request's target as the backend gets it. A prefix or a pattern, not both.
struct Rewrite {
  std::string host{};          // empty: the client's
  std::string prefix{};        // takes the place of the route's own prefix
  std::string pattern{};       // RE2, anywhere in the path; its first match
  std::string substitution{};  // takes the place of that match; \1 to \9 are its groups

  bool operator==(const Rewrite&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields =
      base::fields(base::field("host").length(0, 255).pattern("^[A-Za-z0-9._:\\[\\]-]*$"),
                   base::field("prefix").length(0, 2048).pattern("^(/[!-~]*)?$"),
                   base::field("pattern").length(0, 2048),
                   base::field("substitution").length(0, 2048).pattern("^[!-~]*$"));
};
BOOST_DESCRIBE_STRUCT(Rewrite, (), (host, prefix, pattern, substitution))

struct FieldLine {
  std::string name{};
  std::string value{};

  bool operator==(const FieldLine&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("name").required().length(1, 256).pattern("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
      base::field("value").length(0, 4096));
};
BOOST_DESCRIBE_STRUCT(FieldLine, (), (name, value))

// Changes to the fields of a head, in this order. Those that frame a message, name its host or are
// the gateway's own cannot be changed.
struct FieldEdits {
  std::vector<std::string> remove{};
  std::vector<FieldLine> set{};  // instead of any of that name
  std::vector<FieldLine> add{};  // beside any of that name

  bool operator==(const FieldEdits&) const = default;
  void validate(base::Decoding& at) const;
  bool is_empty() const { return remove.empty() && set.empty() && add.empty(); }

  static constexpr auto kFields =
      base::fields(base::field("remove").length(0, 64), base::field("set").length(0, 64),
                   base::field("add").length(0, 64));
};
BOOST_DESCRIBE_STRUCT(FieldEdits, (), (remove, set, add))

// A copy of some requests goes to a second service, whose answers are dropped. Bodies that are too
// large to be held are not copied, nor are their requests.
struct Mirror {
  std::string service{};
  double percent = 100;

  bool operator==(const Mirror&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("service").required().length(1, kNameLengthMax),
                   base::field("percent").range(0, 100));
};
BOOST_DESCRIBE_STRUCT(Mirror, (), (service, percent))

// Trouble on purpose: a share of the requests waits, a share is answered by the gateway.
// Source: contract/apg.md §3.1.
struct Fault {
  base::Nanos delay{0};
  double delay_percent = 100;
  std::uint16_t abort_status = 0;  // 0: none
  double abort_percent = 100;

  bool operator==(const Fault&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(base::field("delay_percent").range(0, 100),
                                               base::field("abort_percent").range(0, 100));
};
BOOST_DESCRIBE_STRUCT(Fault, (), (delay, delay_percent, abort_status, abort_percent))

enum class RateLimitKey : std::uint8_t {
  kEveryone,  // one bucket for all
  kIp,        // one per client address
  kHeader,    // one per value of a field; without it, per address
};
BOOST_DESCRIBE_ENUM(RateLimitKey, kEveryone, kIp, kHeader)

// A token bucket per key and loop. Source: contract/apg.md §5, rate_limit.
struct RateLimit {
  std::uint32_t requests = 100;
  base::Nanos period = base::Seconds(1);
  std::uint32_t burst = 0;  // that may come at once; 0: as many as `requests`
  RateLimitKey key = RateLimitKey::kIp;
  std::string header{};  // with kHeader

  bool operator==(const RateLimit&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(base::field("requests").range(1, 1'000'000'000),
                                               base::field("header").length(0, 256));
};
BOOST_DESCRIBE_STRUCT(RateLimit, (), (requests, period, burst, key, header))

// Thread: any (a value).
struct RoutePolicies {
  std::optional<RateLimit> rate_limit{};
  std::optional<Redirect> redirect{};
  std::optional<Fault> fault{};
  std::optional<Rewrite> rewrite{};
  FieldEdits request_fields{};
  FieldEdits response_fields{};
  std::optional<Mirror> mirror{};

  bool operator==(const RoutePolicies&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("rate_limit").left_out_when_null(), base::field("redirect").left_out_when_null(),
      base::field("fault").left_out_when_null(), base::field("rewrite").left_out_when_null(),
      base::field("mirror").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(RoutePolicies, (),
                      (rate_limit, redirect, fault, rewrite, request_fields, response_fields,
                       mirror))

}  // namespace weft::model
