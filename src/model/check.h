// How an instance or a node is checked, what its checks say, and what follows for an instance.
// Start at CheckSpec (intent) and CheckState (experience); Health is what the faces translate.
#pragma once

#include "base/boxed.h"
#include "base/described.h"
#include "base/described_text.h"
#include "base/json.h"
#include "base/time.h"
#include "model/names.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::model {

enum class CheckKind : std::uint8_t {
  kHttp,    // a request is answered
  kTcp,     // a connection is accepted
  kTtl,     // the instance reports by itself, at least every `interval`
  kUdp,     // a datagram is not refused
  kGrpc,    // grpc.health.v1 says SERVING
  kH2ping,  // an HTTP/2 connection answers a PING
  kAlias,   // as bad as the worst check of somebody else
  kScript,  // a program of this machine ends with 0
  kDocker,  // the same within a container
  kTold,    // whoever registers it also says how it is; never looked at
};
BOOST_DESCRIBE_ENUM(CheckKind, kHttp, kTcp, kTtl, kUdp, kGrpc, kH2ping, kAlias, kScript, kDocker,
                    kTold)

// Does a probe of ours tell how it is?
constexpr bool is_probed(CheckKind kind) {
  return kind != CheckKind::kTtl && kind != CheckKind::kAlias && kind != CheckKind::kTold;
}

// What a status code of an HTTP check means; anything else is critical.
enum class HttpVerdict : std::uint8_t {
  kSuccess,  // 2xx passing
  kLenient,  // 200 passing, 201..499 warning       (contract/sutazai.md §1.1)
  kStrict,   // 2xx passing, 429 warning            (contract/consul.md §2.1)
};
BOOST_DESCRIBE_ENUM(HttpVerdict, kSuccess, kLenient, kStrict)

enum class CheckStatus : std::uint8_t { kNone, kPassing, kWarning, kCritical };  // kNone: no result
BOOST_DESCRIBE_ENUM(CheckStatus, kNone, kPassing, kWarning, kCritical)

// What few checks have. Source: contract/consul.md §2.1. Thread: any (a value).
struct CheckDetails {
  std::string name{};  // for people; empty: made from the service's
  std::string notes{};
  std::string method{};                // kHttp; empty: GET
  json::object header{};               // kHttp: name -> list of values
  std::string body{};                  // kHttp
  bool tls = false;                    // kGrpc, kH2ping: over TLS
  bool tls_skip_verify = false;        // the certificate may be anybody's
  std::string tls_server_name{};       // SNI; empty: the host's
  std::string alias_instance{};        // kAlias: an instance
  std::string alias_node{};            // kAlias: a node, where no instance is named
  std::vector<std::string> args{};     // kScript, kDocker: the program and its arguments
  std::string container{};             // kDocker
  std::string shell{};                 // kDocker
  std::uint16_t output_bytes_max = 0;  // 0: CheckState::kOutputBytesMax
  json::object definition{};           // kTold: as it was registered, for who asks

  bool operator==(const CheckDetails&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("name").length(0, 512), base::field("notes").length(0, 4096),
      base::field("method").length(0, 32).pattern("^[!#$%&'*+.^_`|~0-9A-Za-z-]*$"),
      base::field("header").length(0, 64), base::field("body").length(0, 65'536),
      base::field("tls_server_name").length(0, kNameLengthMax),
      base::field("alias_instance").length(0, kNameLengthMax),
      base::field("alias_node").length(0, kNameLengthMax), base::field("args").length(0, 64),
      base::field("container").length(0, kNameLengthMax),
      base::field("shell").length(0, kNameLengthMax),
      base::field("output_bytes_max").at_most(4096));
};
BOOST_DESCRIBE_STRUCT(CheckDetails, (),
                      (name, notes, method, header, body, tls, tls_skip_verify, tls_server_name,
                       alias_instance, alias_node, args, container, shell, output_bytes_max,
                       definition))

// One check of one instance or node, as asked for. Thread: any (a value).
struct CheckSpec {
  std::string id = "default";  // unique within its instance or node
  CheckKind kind = CheckKind::kHttp;
  HttpVerdict verdict = HttpVerdict::kSuccess;
  CheckStatus initial = CheckStatus::kNone;  // until the first result
  std::uint16_t healthy_threshold = 1;       // results in a row before it is passing
  std::uint16_t unhealthy_threshold = 1;     // results in a row before it is critical
  std::uint16_t warning_threshold = 0;       // of those, before it is a warning; 0: none
  std::string path = "/health";              // kHttp, on the instance's own address
  // Instead of the instance: an http URL (kHttp), host:port (kTcp, kUdp, kH2ping),
  // host:port[/service] (kGrpc).
  std::string target{};
  base::Nanos interval = base::Seconds(10);
  base::Nanos timeout = base::Seconds(5);
  double jitter = 0.1;  // share of the interval by which a probe may come earlier or later
  std::optional<base::Nanos> deregister_after{};  // critical for that long: gone; null: kept
  base::Boxed<CheckDetails> details{};

  bool operator==(const CheckSpec&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("id").length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("healthy_threshold").at_least(1), base::field("unhealthy_threshold").at_least(1),
      base::field("path").length(1, 2048).pattern(R"(^/[^\x00-\x20\x7f]*$)"),
      base::field("target").length(0, 2048).pattern(R"(^[^\x00-\x20\x7f]*$)"),
      base::field("jitter").range(0, 0.5), base::field("deregister_after").left_out_when_null(),
      base::field("details").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(CheckSpec, (),
                      (id, kind, verdict, initial, healthy_threshold, unhealthy_threshold,
                       warning_threshold, path, target, interval, timeout, jitter, deregister_after,
                       details))

// Returns: the details, or those of a check that has none. Lifetime: the check's.
const CheckDetails& details_of(const CheckSpec& check);

// The status of one check of one instance, or of a node. Written when it changes, not at every
// result. Thread: any (a value).
struct CheckState {
  std::string service{};  // empty for a check of a node, as is `instance`
  std::string instance{};
  std::string node{};   // of a check of a node only
  std::string check{};  // CheckSpec::id
  CheckStatus status = CheckStatus::kNone;
  bool no_answer = false;  // critical because nothing came back, not because of what came
  std::string output{};    // the last result in words, cut to 4 KiB
  base::WallTime since{};  // when it took this status

  static constexpr std::size_t kOutputBytesMax = 4096;

  bool operator==(const CheckState&) const = default;

  void validate(base::Decoding& at) const;

  static constexpr auto kFields =
      base::fields(base::field("service").length(0, kNameLengthMax),
                   base::field("instance").length(0, kNameLengthMax),
                   base::field("node").length(0, kNameLengthMax),
                   base::field("check").required().length(1, kNameLengthMax),
                   base::field("output").length(0, kOutputBytesMax));
};
BOOST_DESCRIBE_STRUCT(CheckState, (),
                      (service, instance, node, check, status, no_answer, output, since))

// "web-1<tab>default": the checks of an instance lie side by side.
std::string check_key(std::string_view instance, std::string_view check);
// "<tab>db-host<tab>disk": so do those of a node.
std::string node_check_key(std::string_view node, std::string_view check);
inline std::string key_of(const CheckState& state) {
  return state.node.empty() ? check_key(state.instance, state.check)
                            : node_check_key(state.node, state.check);
}

// A key taken apart. Lifetime: the text's.
struct CheckKey {
  std::string_view node{};
  std::string_view instance{};
  std::string_view check{};

  auto operator<=>(const CheckKey&) const = default;
};
CheckKey parse_check_key(std::string_view text);

// An instance as a whole, best first: the worst of its checks.
// Source: contract/README.md "One registry"; every face names these six in its own words.
enum class Health : std::uint8_t {
  kPassing,  // also an instance without checks
  kNone,     // a check has no result yet
  kWarning,
  kCritical,     // a check was answered and failed
  kNoAnswer,     // a check was not answered
  kMaintenance,  // taken out by hand
};
BOOST_DESCRIBE_ENUM(Health, kPassing, kNone, kWarning, kCritical, kNoAnswer, kMaintenance)

Health health_of(const CheckState& state);

// May the gateway send requests there? A not yet checked instance counts as healthy for routing.
constexpr bool is_routable(Health health) { return health <= Health::kWarning; }

}  // namespace weft::model
