#include "balance/outlier_interval.h"

#include "balance/endpoint.h"

#include <algorithm>
#include <cmath>

namespace weft::balance {
namespace {

// chosen: below it nobody waits longer, however large the ratio; a fast service would otherwise
// lose endpoints over a page fault.
constexpr base::Nanos kLatencyGapMin = base::Millis(1);

// The median of `sorted` without the one at `left_out`. At least two entries.
template <class Entries>
double median_of_others(const Entries& sorted, std::size_t left_out) {
  const std::size_t count = sorted.size() - 1;
  const auto at = [&](std::size_t i) { return sorted[i < left_out ? i : i + 1].value; };
  return count % 2 == 1 ? at(count / 2) : (at(count / 2 - 1) + at(count / 2)) / 2;
}

}  // namespace

void IntervalTally::fold(Outcome outcome, std::optional<base::Nanos> latency) {
  failures += is_failure(outcome) ? 1 : 0;
  if (!latency) {
    return;  // counted already
  }
  ++requests;
  // What failed before an answer says nothing about speed, except that it was not in time.
  if (!is_failure(outcome) || outcome == Outcome::kTimeout) {
    ++answers;
    log_latency_sum += std::log(std::max(static_cast<double>(latency->count()), 1.0));
  }
}

double IntervalTally::typical_latency() const { return std::exp(log_latency_sum / answers); }

bool IntervalJudge::is_on(const OutlierOptions& options) {
  return options.success_rate_factor > 0 || options.latency_factor > 0;
}

void IntervalJudge::reserve(std::size_t endpoints) {
  entries_.reserve(endpoints);
  outliers_.reserve(endpoints);
}

std::span<Endpoint* const> IntervalJudge::judge(std::span<Endpoint* const> endpoints,
                                                const OutlierOptions& options, base::MonoTime now) {
  outliers_.clear();
  if (options.success_rate_factor > 0) {
    entries_.clear();
    for (Endpoint* endpoint : endpoints) {
      if (endpoint->tally.requests >= std::max(options.interval_requests_min, 1U)) {
        entries_.push_back({endpoint, endpoint->tally.success_rate()});
      }
    }
    find_failing(options);
  }
  if (options.latency_factor > 0) {
    entries_.clear();
    for (Endpoint* endpoint : endpoints) {
      if (endpoint->tally.answers >= std::max(options.interval_requests_min, 1U)) {
        entries_.push_back({endpoint, endpoint->tally.typical_latency()});
      }
    }
    find_slow(options);
  }
  for (Endpoint* endpoint : endpoints) {
    endpoint->tally = {};
  }
  ends_at_ = now + options.interval;
  return outliers_;
}

void IntervalJudge::find_failing(const OutlierOptions& options) {
  if (entries_.size() < std::max(options.interval_endpoints_min, 2U)) {
    return;
  }
  const auto count = static_cast<double>(entries_.size());
  double mean = 0;
  for (const Entry& entry : entries_) {
    mean += entry.value / count;
  }
  double variance = 0;
  for (const Entry& entry : entries_) {
    variance += (entry.value - mean) * (entry.value - mean) / count;
  }
  const double least = mean - options.success_rate_factor * std::sqrt(variance);
  std::ranges::sort(entries_, {}, &Entry::value);
  for (const Entry& entry : entries_) {
    if (entry.value < least) {
      add(*entry.endpoint);
    }
  }
}

void IntervalJudge::find_slow(const OutlierOptions& options) {
  if (entries_.size() < std::max(options.interval_endpoints_min, 2U)) {
    return;
  }
  std::ranges::sort(entries_, {}, &Entry::value);
  for (std::size_t i = entries_.size(); i-- > 0;) {
    const double median = median_of_others(entries_, i);
    const double most = std::max(median * options.latency_factor,
                                 median + static_cast<double>(kLatencyGapMin.count()));
    if (entries_[i].value > most) {
      add(*entries_[i].endpoint);
    }
  }
}

void IntervalJudge::add(Endpoint& endpoint) {
  if (std::ranges::find(outliers_, &endpoint) == outliers_.end()) {
    outliers_.push_back(&endpoint);
  }
}

}  // namespace weft::balance
