#include "health/probe_meters.h"

namespace weft::health {
namespace {

constexpr base::MeterInfo kProbes{"weft_probes_total", "Results of health checks by status"};
constexpr base::MeterInfo kInFlight{"weft_probes_in_flight", "Probes under way now"};
constexpr base::MeterInfo kQueued{"weft_probes_queued", "Probes that are due and wait for room"};
constexpr base::MeterInfo kDuration{"weft_probe_duration_seconds",
                                    "Time until a probe had its answer or failed"};

}  // namespace

ProbeMeters::ProbeMeters(base::MeterRegistry& registry)
    : group_(registry),
      passing_(group_.counter(kProbes, {{"status", "passing"}})),
      warning_(group_.counter(kProbes, {{"status", "warning"}})),
      critical_(group_.counter(kProbes, {{"status", "critical"}})),
      inconclusive_(group_.counter(kProbes, {{"status", "inconclusive"}})),
      in_flight_(group_.gauge(kInFlight)),
      queued_(group_.gauge(kQueued)),
      duration_(group_.histogram(kDuration)) {}

void ProbeMeters::count(const ProbeResult& result) {
  switch (result.status) {
    case model::CheckStatus::kPassing:
      passing_.add();
      break;
    case model::CheckStatus::kWarning:
      warning_.add();
      break;
    case model::CheckStatus::kCritical:
      critical_.add();
      break;
    case model::CheckStatus::kNone:
      inconclusive_.add();
      return;
  }
  if (result.response_time > base::Nanos(0)) {  // else nobody was asked
    duration_.record(result.response_time);
  }
}

void ProbeMeters::note_load(std::size_t in_flight, std::size_t queued) {
  in_flight_.set(static_cast<std::int64_t>(in_flight));
  queued_.set(static_cast<std::int64_t>(queued));
}

}  // namespace weft::health
