// How an instance is checked, what its checks say, and what follows for the instance.
// Start at CheckSpec (intent) and CheckState (experience); Health is what the faces translate.
#pragma once

#include "base/described.h"
#include "base/described_text.h"
#include "base/time.h"
#include "model/names.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weft::model {

enum class CheckKind : std::uint8_t {
  kHttp,  // a GET is answered
  kTcp,   // a connection is accepted
  kTtl,   // the instance reports by itself, at least every `interval`
};
BOOST_DESCRIBE_ENUM(CheckKind, kHttp, kTcp, kTtl)

// What a status code of an HTTP check means; anything else is critical.
enum class HttpVerdict : std::uint8_t {
  kSuccess,  // 2xx passing
  kLenient,  // 200 passing, 201..499 warning       (contract/sutazai.md §1.1)
  kStrict,   // 2xx passing, 429 warning            (contract/consul.md §2.1)
};
BOOST_DESCRIBE_ENUM(HttpVerdict, kSuccess, kLenient, kStrict)

enum class CheckStatus : std::uint8_t { kNone, kPassing, kWarning, kCritical };  // kNone: no result
BOOST_DESCRIBE_ENUM(CheckStatus, kNone, kPassing, kWarning, kCritical)

// One check of one instance, as asked for. Thread: any (a value).
struct CheckSpec {
  std::string id = "default";  // unique within its instance
  CheckKind kind = CheckKind::kHttp;
  HttpVerdict verdict = HttpVerdict::kSuccess;
  CheckStatus initial = CheckStatus::kNone;  // until the first result
  std::uint16_t healthy_threshold = 1;       // results in a row before it is passing
  std::uint16_t unhealthy_threshold = 1;     // results in a row before it is critical
  std::string path = "/health";              // kHttp, on the instance's own address
  std::string target{};  // instead of the instance: an http URL (kHttp), host:port (kTcp)
  base::Nanos interval = base::Seconds(10);
  base::Nanos timeout = base::Seconds(5);
  double jitter = 0.1;  // share of the interval by which a probe may come earlier or later
  std::optional<base::Nanos> deregister_after{};  // critical for that long: gone; null: kept

  bool operator==(const CheckSpec&) const = default;
  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("id").length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("healthy_threshold").at_least(1), base::field("unhealthy_threshold").at_least(1),
      base::field("path").length(1, 2048).pattern(R"(^/[^\x00-\x20\x7f]*$)"),
      base::field("target").length(0, 2048).pattern(R"(^[^\x00-\x20\x7f]*$)"),
      base::field("jitter").range(0, 0.5), base::field("deregister_after").left_out_when_null());
};
BOOST_DESCRIBE_STRUCT(CheckSpec, (),
                      (id, kind, verdict, initial, healthy_threshold, unhealthy_threshold, path,
                       target, interval, timeout, jitter, deregister_after))

// The status of one check of one instance. Written when it changes, not at every result.
// Thread: any (a value).
struct CheckState {
  std::string service{};
  std::string instance{};
  std::string check{};  // CheckSpec::id
  CheckStatus status = CheckStatus::kNone;
  bool no_answer = false;  // critical because nothing came back, not because of what came
  std::string output{};    // the last result in words, cut to 4 KiB
  base::WallTime since{};  // when it took this status

  static constexpr std::size_t kOutputBytesMax = 4096;

  bool operator==(const CheckState&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("service").required().length(1, kNameLengthMax),
                   base::field("instance").required().length(1, kNameLengthMax),
                   base::field("check").required().length(1, kNameLengthMax),
                   base::field("output").length(0, kOutputBytesMax));
};
BOOST_DESCRIBE_STRUCT(CheckState, (), (service, instance, check, status, no_answer, output, since))

// "web-1<tab>default": the checks of an instance lie side by side.
std::string check_key(std::string_view instance, std::string_view check);
inline std::string key_of(const CheckState& state) {
  return check_key(state.instance, state.check);
}

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
