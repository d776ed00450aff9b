// A route: which requests of the gateway go to which services.
#pragma once

#include "base/boxed.h"
#include "base/described.h"
#include "base/time.h"
#include "model/names.h"
#include "model/route_policies.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::model {

enum class PathMatch : std::uint8_t {
  kPrefix,  // a string prefix of the path
  kExact,   // the path without the query
  kRegex,   // RE2, anchored at the start
};
BOOST_DESCRIBE_ENUM(PathMatch, kPrefix, kExact, kRegex)

struct HeaderMatch {
  std::string name{};                  // compared without case
  std::optional<std::string> value{};  // null: present is enough

  bool operator==(const HeaderMatch&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("name").required().length(1, 256).pattern("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
      base::field("value").length(0, 4096).left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(HeaderMatch, (), (name, value))

// Some of a service's instances.
struct Subset {
  std::string version{};            // equals the instance's metadata "version"; empty: any
  std::vector<std::string> tags{};  // the instance has all of them

  bool operator==(const Subset&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields =
      base::fields(base::field("version").length(0, 256), base::field("tags").length(0, 16));
};
BOOST_DESCRIBE_STRUCT(Subset, (), (version, tags))

struct Destination {
  std::string service{};       // may not exist yet: skipped until it does
  std::uint32_t weight = 100;  // relative to the other destinations
  // Only these instances; null: all. With none of them the service counts as one without instances.
  std::optional<Subset> subset{};

  bool operator==(const Destination&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("service").required().length(1, kNameLengthMax),
      base::field("weight").at_most(1'000'000), base::field("subset").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(Destination, (), (service, weight, subset))

enum class SplitBy : std::uint8_t {
  kWeight,  // each request anew, exact over one turn
  kHeader,  // by a hash of the value, so that who sends it stays where he is
  kCookie,
};
BOOST_DESCRIBE_ENUM(SplitBy, kWeight, kHeader, kCookie)

// How the requests of a route with several destinations are divided; the weights always hold.
struct Split {
  SplitBy by = SplitBy::kWeight;
  std::string name{};  // of the header or cookie; requests without it go by weight

  bool operator==(const Split&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(base::field("name").length(0, 256));
};
BOOST_DESCRIBE_STRUCT(Split, (), (by, name))

inline constexpr std::size_t kRouteHostsMax = 256;

// All given conditions hold; an empty list matches everything. Thread: any (a value).
struct Route {
  std::string id{};
  std::string name{};                // unique among routes; empty: none
  std::vector<std::string> hosts{};  // "web.example", "*.example"; without port, any case
  PathMatch path_match = PathMatch::kPrefix;
  std::string path = "/";
  std::vector<std::string> methods{};  // as on the wire: "GET"
  std::vector<HeaderMatch> headers{};
  std::vector<HeaderMatch> cookies{};  // their names with case
  std::vector<Destination> destinations{};
  bool strip_prefix = false;             // kPrefix: the backend sees the rest of the path
  std::uint32_t priority = 1000;         // the lowest number wins, then the longer path
  std::optional<base::Nanos> timeout{};  // whole request; null: the cluster's
  Split split{};
  base::Boxed<RoutePolicies> policies{};  // null: none
  bool enabled = true;

  bool operator==(const Route&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("id").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("name").length(0, kNameLengthMax).pattern(kNamePattern),
      base::field("hosts").length(0, kRouteHostsMax), base::field("path").length(1, 2048),
      base::field("methods").length(0, 32), base::field("headers").length(0, 32),
      base::field("cookies").length(0, 32), base::field("destinations").required().length(1, 64),
      base::field("timeout").left_out_when_null(), base::field("policies").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(Route, (),
                      (id, name, hosts, path_match, path, methods, headers, cookies, destinations,
                       strip_prefix, priority, timeout, split, policies, enabled))

inline std::string key_of(const Route& route) { return route.id; }

}  // namespace weft::model
