// A route: which requests of the gateway go to which services.
#pragma once

#include "base/described.h"
#include "base/time.h"
#include "model/names.h"

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
  std::vector<Destination> destinations{};
  bool strip_prefix = false;             // kPrefix: the backend sees the rest of the path
  std::uint32_t priority = 1000;         // the lowest number wins, then the longer path
  std::optional<base::Nanos> timeout{};  // whole request; null: the cluster's
  bool enabled = true;

  bool operator==(const Route&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("id").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("name").length(0, kNameLengthMax).pattern(kNamePattern),
      base::field("hosts").length(0, kRouteHostsMax), base::field("path").length(1, 2048),
      base::field("methods").length(0, 32), base::field("headers").length(0, 32),
      base::field("destinations").required().length(1, 64),
      base::field("timeout").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(Route, (),
                      (id, name, hosts, path_match, path, methods, headers, destinations,
                       strip_prefix, priority, timeout, enabled))

inline std::string key_of(const Route& route) { return route.id; }

}  // namespace weft::model
