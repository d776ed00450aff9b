#include "sync/reach.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace weft::sync {
namespace {

constexpr base::MeterInfo kUp{"weft_consul_sync_up",
                              "Whether the Consul that is synced with answers"};
constexpr base::MeterInfo kLastSuccess{"weft_consul_sync_last_success_timestamp_seconds",
                                       "When the Consul that is synced with answered last"};
constexpr base::MeterInfo kStale{"weft_consul_sync_stale",
                                 "Whether what came from Consul is marked as stale"};
constexpr base::MeterInfo kInstances{"weft_consul_sync_instances",
                                     "Instances that came in from Consul, and went out to it"};
constexpr base::MeterInfo kWrites{"weft_consul_sync_writes_total",
                                  "Commands and requests by which Consul's services came in and "
                                  "ours went out"};
constexpr base::MeterInfo kErrors{"weft_consul_sync_errors_total",
                                  "Requests to Consul, and writes, that failed"};

base::MeterLabels direction(const char* name) { return {{"direction", name}}; }

constexpr std::size_t index_of(Asked asked) { return static_cast<std::size_t>(asked); }

std::string_view name_of(Asked asked) {
  switch (asked) {
    case Asked::kServices:
      return "names of services";
    case Asked::kChecks:
      return "checks";
    case Asked::kEntries:
      return "instances";
    case Asked::kCatalogue:
      return "registration";
  }
  return "";
}

}  // namespace

SyncMeters::SyncMeters(base::MeterRegistry& registry)
    : group(registry),
      up(group.gauge(kUp)),
      last_success(group.gauge(kLastSuccess)),
      stale(group.gauge(kStale)),
      instances_in(group.gauge(kInstances, direction("in"))),
      instances_out(group.gauge(kInstances, direction("out"))),
      writes_in(group.counter(kWrites, direction("in"))),
      writes_out(group.counter(kWrites, direction("out"))),
      errors_in(group.counter(kErrors, direction("in"))),
      errors_out(group.counter(kErrors, direction("out"))) {}

Reach::Reach(io::Loop& loop, base::Log& log, SyncMeters& meters, std::string address)
    : loop_(loop),
      log_(log),
      meters_(meters),
      address_(std::move(address)),
      in_heard_at_(loop.wall_now()) {}

bool Reach::has_failed() const {
  return std::ranges::any_of(failing_, [](bool failing) { return failing; });
}

void Reach::succeed(Asked asked) {
  failing_[index_of(asked)] = false;
  const auto seconds = std::chrono::floor<base::Seconds>(loop_.wall_now().time_since_epoch());
  meters_.last_success.set(seconds.count());
  const bool is_in_good = !failing_[index_of(Asked::kServices)] &&
                          !failing_[index_of(Asked::kChecks)] &&
                          !failing_[index_of(Asked::kEntries)];
  if (is_in_good) {
    in_failing_since_.reset();
    if (asked != Asked::kCatalogue) {
      in_heard_at_ = loop_.wall_now();
    }
  }
  if (has_failed() || state_ == State::kUp) {
    return;
  }
  state_ = State::kUp;
  meters_.up.set(1);
  log_.info("the Consul to sync with answers", {{"address", address_}});
}

void Reach::fail(Asked asked, const base::Error& error) {
  failing_[index_of(asked)] = true;
  const bool is_out = asked == Asked::kCatalogue;
  (is_out ? meters_.errors_out : meters_.errors_in).add();
  if (!is_out && !in_failing_since_) {
    in_failing_since_ = loop_.now();
  }
  if (state_ == State::kDown) {
    return;
  }
  state_ = State::kDown;
  meters_.up.set(0);
  log_.warning(
      "the Consul to sync with does not answer; what came from it stays as it is",
      {{"address", address_}, {"asked", name_of(asked)}, {"error", base::describe(error)}});
}

void Reach::forget() {
  failing_ = {};
  in_failing_since_.reset();
  state_ = State::kUnknown;
  meters_.up.set(0);
  meters_.stale.set(0);
}

}  // namespace weft::sync
