// Which instance of a service a request goes to, beyond the balancing algorithm itself: keys,
// cookies, newcomers, zones. docs/resilience.md has the reasons for the defaults.
#pragma once

#include "base/described.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::model {

// The name of a header, cookie or query parameter: a token (RFC 9110 §5.6.2), or empty.
inline constexpr std::string_view kKeyNamePattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$";

// What a request is told apart by.
enum class HashOn : std::uint8_t {
  kNone,    // nothing: the choice is random
  kIp,      // the client's address
  kHeader,  // the first field of that name
  kCookie,  // the first cookie of that name
  kQuery,   // the first parameter of that name, as sent
  kPath,    // without the query
};
BOOST_DESCRIBE_ENUM(HashOn, kNone, kIp, kHeader, kCookie, kQuery, kPath)

// The key of kMaglev and kRingHash. Source: contract/apg.md §4, contract/kong.md §5.1.
struct HashSettings {
  HashOn on = HashOn::kIp;
  std::string name{};  // of the header, cookie or parameter
  // For requests without the first; without both the choice is random.
  HashOn fallback = HashOn::kNone;
  std::string fallback_name{};
  double load_bound = 1.25;  // kRingHash: at most so many times the average of requests under way

  bool operator==(const HashSettings&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("name").length(0, 256).pattern(kKeyNamePattern),
                   base::field("fallback_name").length(0, 256).pattern(kKeyNamePattern),
                   base::field("load_bound").range(1, 1'000));
};
BOOST_DESCRIBE_STRUCT(HashSettings, (), (on, name, fallback, fallback_name, load_bound))

// A client that shows the cookie goes where it went before, as long as that endpoint is usable.
struct AffinitySettings {
  std::string cookie{};    // its name; empty: off
  base::Nanos max_age{0};  // how long the client keeps it, whole seconds; 0: until it closes

  bool operator==(const AffinitySettings&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("cookie").length(0, 100).pattern(kKeyNamePattern).about("empty: off"));
};
BOOST_DESCRIBE_STRUCT(AffinitySettings, (), (cookie, max_age))

// An endpoint that is new in a running cluster, or back in it, takes a growing share of the load.
struct SlowStartSettings {
  base::Nanos window{0};  // 0: off
  double start_ratio = 0.1;

  bool operator==(const SlowStartSettings&) const = default;

  static constexpr auto kFields = base::fields(base::field("window").about("0: off"),
                                               base::field("start_ratio").range(0.01, 1));
};
BOOST_DESCRIBE_STRUCT(SlowStartSettings, (), (window, start_ratio))

enum class LocalityMode : std::uint8_t {
  kOff,
  kPrefer,  // endpoints in the zone of the node, as long as enough of them are usable
};
BOOST_DESCRIBE_ENUM(LocalityMode, kOff, kPrefer)

// Matters only where the node and some of the instances (metadata "zone") have a zone.
struct LocalitySettings {
  LocalityMode mode = LocalityMode::kPrefer;
  double healthy_ratio_min = 0.7;  // of the zone's endpoints; below it requests spill over

  bool operator==(const LocalitySettings&) const = default;

  static constexpr auto kFields = base::fields(base::field("healthy_ratio_min").range(0, 1));
};
BOOST_DESCRIBE_STRUCT(LocalitySettings, (), (mode, healthy_ratio_min))

}  // namespace weft::model
