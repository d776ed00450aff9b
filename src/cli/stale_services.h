// `weft services --stale`: instances that nobody has confirmed.
#pragma once

#include "base/described.h"
#include "base/time.h"
#include "cli/api_session.h"
#include "cli/paint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// The answer of GET /services?checks=true, as far as it matters here.
struct ListedCheckInfo {
  std::string id;
  std::string kind;    // ttl, http, ...; told: nobody looks
  std::string status;  // none, passing, warning, critical
  std::optional<std::string> since;
  std::optional<double> for_seconds;
  std::string output;
};
BOOST_DESCRIBE_STRUCT(ListedCheckInfo, (), (id, kind, status, since, for_seconds, output))

struct ListedInstanceInfo {
  std::string id;
  std::string name;
  std::string address;
  std::vector<std::string> tags;
  std::optional<std::vector<ListedCheckInfo>> checks;
  json::object metadata{};  // of a synced one it says whether it still is (model/origin.h)
};
BOOST_DESCRIBE_STRUCT(ListedInstanceInfo, (), (id, name, address, tags, checks, metadata))

struct ListedInstances {
  std::vector<ListedInstanceInfo> services;
};
BOOST_DESCRIBE_STRUCT(ListedInstances, (), (services))

// One reason to doubt one instance.
struct StaleInstance {
  std::string instance_id;
  std::string service_name;
  std::string address;
  std::optional<std::string> check_id;  // nullopt: it has none
  std::string reason;                   // kNoCheck ...
  std::optional<std::string> since;
  std::optional<double> for_seconds;  // nullopt: nobody knows
  std::string output;
};
BOOST_DESCRIBE_STRUCT(StaleInstance, (),
                      (instance_id, service_name, address, check_id, reason, since, for_seconds,
                       output))

inline constexpr std::string_view kNoCheck = "no check";
inline constexpr std::string_view kNeverReported = "never reported";
inline constexpr std::string_view kReportExpired = "report expired";
inline constexpr std::string_view kFailing = "failing";
inline constexpr std::string_view kNotSynced = "not synced";

// What the help of `weft services` says of them.
inline constexpr const char* kStaleHelp =
    "Stale is an instance that nobody has confirmed:\n"
    "  no check        nobody looks at it, and it does not report\n"
    "  never reported  it has a TTL check and has not reported yet\n"
    "  report expired  it has not reported again within its TTL\n"
    "  failing         a check of it is critical for longer than --for (default 10m)\n"
    "  not synced      the Consul it came from has not been heard of since";

struct StaleQuestion {
  std::string service = {};            // empty: of all
  std::vector<std::string> tags = {};  // that it has, all of them
  base::Nanos failing_for = base::Seconds(600);
  base::WallTime now = {};  // fetch_stale() sets it
};

// Doubts in the order of the answer, several for an instance with several checks.
// Thread: any; pure.
std::vector<StaleInstance> stale_instances(const ListedInstances& all,
                                           const StaleQuestion& question);

// Asks a node. Errors: the session's; a service that nobody has registered.
Outcome<std::vector<StaleInstance>> fetch_stale(ApiSession& session, const StaleQuestion& question);

// What the command prints. Thread: any; pure.
std::string stale_text(const std::vector<StaleInstance>& stale, const Paint& paint);
json::object stale_json(const std::vector<StaleInstance>& stale);

}  // namespace weft::cli
