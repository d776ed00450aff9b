#include "balance/cluster.h"

#include "base/check.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace weft::balance {
namespace {

// chosen: about two minutes, far above the pauses of a route in use; a route that left costs
// nothing afterwards.
constexpr std::uint32_t kSubsetIdleSweepsMax = 120;

}  // namespace

Cluster::Cluster(const ClusterOptions& options, TransitionSink sink)
    : options_(options),
      sink_(std::move(sink)),
      whole_({}, options_),
      retry_budget_(options_.retry_budget) {
  take_options(options);
}

void Cluster::take_options(const ClusterOptions& options) {
  options_ = options;
  compares_endpoints_ = IntervalJudge::is_on(options.outlier);
  if (options.adaptive.use == AdaptiveOptions::Use::kOff) {
    adaptive_.reset();
  } else if (!adaptive_) {
    adaptive_.emplace(options_.adaptive);
  }
  bound_requests();
}

void Cluster::bound_requests() {
  const std::uint32_t set = options_.limits.cluster_requests_max;
  requests_max_ = set > 0 ? set : std::numeric_limits<std::uint32_t>::max();
  if (adaptive_) {
    requests_max_ = std::min(requests_max_, adaptive_->limit());
  }
}

Cluster::~Cluster() { WEFT_ASSERT(is_idle()); }

void Cluster::update(std::span<const EndpointSpec> specs, base::MonoTime now) {
  const std::vector<Endpoint*> before = std::exchange(endpoints_, {});
  for (Endpoint* endpoint : before) {
    endpoint->is_live = false;
    endpoint->was_live = true;
  }
  bool is_changed = specs.size() != before.size();
  endpoints_.reserve(specs.size());
  for (const EndpointSpec& spec : specs) {
    is_changed |= adopt(spec, now);
  }
  for (Endpoint* endpoint : before) {
    endpoint->was_live = false;
  }
  if (is_changed) {
    whole_.adopt(endpoints_);
    for (const auto& subset : subsets_) {
      subset->adopt(endpoints_);
    }
    by_identity_ = endpoints_;
    std::ranges::sort(by_identity_, {}, &Endpoint::identity_hash);
  }
  eligible_.reserve(endpoints_.size());
  judge_.reserve(endpoints_.size());
  sweep();
  refresh(now);
}

bool Cluster::adopt(const EndpointSpec& spec, base::MonoTime now) {
  std::unique_ptr<Endpoint>& slot = known_[spec.id];
  bool is_changed = true;
  bool is_new = true;
  if (slot == nullptr) {
    slot = std::make_unique<Endpoint>(spec, options_, usage_);
  } else if (slot->is_live) {
    return false;  // a second spec with this id
  } else {
    const std::uint64_t identity = slot->identity_hash;
    is_changed = !slot->was_live || slot->weight != spec.weight ||
                 slot->ordinal != endpoints_.size() ||
                 !std::ranges::equal(slot->labels, spec.labels);
    const bool is_back = slot->health == Health::kUnhealthy && spec.health != Health::kUnhealthy;
    slot->adopt(spec);
    is_changed |= slot->identity_hash != identity;
    is_new = is_back || !slot->was_live;
  }
  // A cluster that had nobody before starts as a whole: there is no peer to take the load
  // meanwhile.
  if (is_new && !candidates().is_empty()) {
    begin_warm_up(*slot, now);
  }
  slot->is_live = true;
  slot->ordinal = static_cast<std::uint32_t>(endpoints_.size());
  endpoints_.push_back(slot.get());
  return is_changed;
}

void Cluster::configure(const ClusterOptions& options, base::MonoTime now) {
  const bool is_new_strategy = options.strategy != options_.strategy;
  take_options(options);
  if (is_new_strategy) {
    whole_.change_algorithm();
    for (const auto& subset : subsets_) {
      subset->change_algorithm();
    }
  }
  refresh(now);
}

void Cluster::refresh(base::MonoTime now) {
  warm_at_ = base::MonoTime{};
  const bool is_slowing =
      options_.slow_start.window > base::Nanos(0) && !is_hashing(options_.strategy);
  for (Endpoint* endpoint : endpoints_) {
    note(*endpoint, endpoint->breaker.advance(now), now);
    const bool is_ejected = endpoint->outlier.is_ejected(now);
    if (std::exchange(endpoint->was_ejected, is_ejected) && !is_ejected) {
      begin_warm_up(*endpoint, now);
    }
    if (is_slowing) {
      warm_at_ = std::max(warm_at_, endpoint->warm_up.ends_at(options_.slow_start));
    }
  }
  whole_.refresh(now);
  for (const auto& subset : subsets_) {
    subset->refresh(now);
  }
  candidates_stale_ = false;
}

void Cluster::begin_warm_up(Endpoint& endpoint, base::MonoTime now) {
  if (options_.slow_start.window > base::Nanos(0)) {
    endpoint.warm_up.begin(now);
  }
}

void Cluster::on_active_check_passed(std::uint32_t endpoint_id, base::MonoTime now) {
  Endpoint* endpoint = find(endpoint_id);
  if (endpoint == nullptr) {
    return;
  }
  if (endpoint->outlier.is_ejected(now)) {
    endpoint->outlier.uneject(now);
    endpoint->latency.reset();
    candidates_stale_ = true;
  }
  note(*endpoint, endpoint->breaker.on_active_check_passed(), now);
}

bool Cluster::reset_breaker(std::uint32_t endpoint_id, base::MonoTime now) {
  Endpoint* endpoint = find(endpoint_id);
  if (endpoint == nullptr) {
    return false;
  }
  endpoint->outlier.uneject(now);
  candidates_stale_ = true;
  note(*endpoint, endpoint->breaker.reset(), now);
  return true;
}

SubsetHold Cluster::hold_subset(std::span<const std::uint64_t> labels, base::MonoTime now) {
  if (labels.empty()) {
    return {};
  }
  for (const auto& subset : subsets_) {
    if (std::ranges::equal(subset->labels(), labels)) {
      return SubsetHold(*subset);
    }
  }
  Subset& made = *subsets_.emplace_back(
      std::make_unique<Subset>(std::vector<std::uint64_t>(labels.begin(), labels.end()), options_));
  made.adopt(endpoints_);
  made.refresh(now);
  return SubsetHold(made);
}

void Cluster::sweep() {
  std::erase_if(subsets_, [](const auto& subset) {
    return subset->holds_ == 0 && ++subset->idle_sweeps_ > kSubsetIdleSweepsMax;
  });
  if (known_.size() == endpoints_.size()) {
    return;
  }
  std::erase_if(
      known_, [](const auto& entry) { return !entry.second->is_live && entry.second->is_idle(); });
}

Endpoint* Cluster::find(std::uint32_t endpoint_id) const {
  const auto found = known_.find(endpoint_id);
  return found != known_.end() && found->second->is_live ? found->second.get() : nullptr;
}

Endpoint* Cluster::find_identity(std::uint64_t identity_hash) const {
  const auto found =
      std::ranges::lower_bound(by_identity_, identity_hash, {}, &Endpoint::identity_hash);
  return found != by_identity_.end() && (*found)->identity_hash == identity_hash ? *found : nullptr;
}

bool Cluster::is_idle() const {
  const bool is_held =
      std::ranges::any_of(subsets_, [](const auto& subset) { return subset->holds_ > 0; });
  return !is_held && std::all_of(known_.begin(), known_.end(),
                                 [](const auto& entry) { return entry.second->is_idle(); });
}

std::span<Endpoint* const> Cluster::eligible(std::span<Endpoint* const> candidates,
                                             const Tried& tried, base::MonoTime now) {
  eligible_.clear();
  for (Endpoint* endpoint : candidates) {
    if (!tried.contains(endpoint->id) && !is_full(*endpoint)) {
      eligible_.push_back(endpoint);
    }
  }
  if (now < warm_at_) {
    hold_back_cold(eligible_, options_.slow_start,
                   respects_weights(options_.strategy) ? ShareBy::kWeight : ShareBy::kHead, now);
  }
  return eligible_;
}

Endpoint& Cluster::choose(Algorithm& algorithm, std::span<Endpoint* const> eligible,
                          const PickContext& context) {
  Endpoint& endpoint = algorithm.pick(eligible, context);
  if (endpoint.warm_up.ratio(options_.slow_start, context.now) < 1) {
    endpoint.warm_up.spend_one();
  }
  return endpoint;
}

Breaker::Ticket Cluster::begin(Endpoint& endpoint) {
  ++endpoint.active;
  ++usage_.requests;
  if (adaptive_) {
    adaptive_->on_begin(usage_.requests);
  }
  ++endpoint.counters.attempts_total;
  if (endpoint.breaker.state() == BreakerState::kHalfOpen) {
    candidates_stale_ = true;  // it may have taken the last trial
  }
  return endpoint.breaker.begin();
}

void Cluster::settle(Endpoint& endpoint, Breaker::Ticket ticket, Outcome outcome,
                     base::MonoTime now) {
  const bool is_bad = is_failure(outcome);
  endpoint.counters.failures_total += is_bad ? 1 : 0;
  const auto verdict = is_bad ? Breaker::Verdict::kFailure : Breaker::Verdict::kSuccess;
  note(endpoint, endpoint.breaker.settle(ticket, verdict, now), now);
  if (endpoint.outlier.fold(outcome) == Outlier::Advice::kEject) {
    eject_if_share_allows(endpoint, now);
  }
  if (compares_endpoints_ && judge_.is_due(now)) {
    for (Endpoint* outlier : judge_.judge(endpoints_, options_.outlier, now)) {
      eject_if_share_allows(*outlier, now);
    }
  }
}

void Cluster::observe(Endpoint& endpoint, Outcome outcome, std::optional<base::Nanos> latency,
                      base::MonoTime now) {
  if (compares_endpoints_) {
    endpoint.tally.fold(outcome, latency);
  }
  const bool is_sample = outcome == Outcome::kSuccess || outcome == Outcome::kTimeout;
  if (adaptive_ && latency && is_sample) {
    adaptive_->on_answer(*latency, now);
    bound_requests();
  }
}

PickRefusal Cluster::refusal_when_full() const {
  const std::uint32_t set = options_.limits.cluster_requests_max;
  return set > 0 && usage_.requests >= set ? PickRefusal::kClusterFull
                                           : PickRefusal::kAdaptiveLimit;
}

void Cluster::cancel(Endpoint& endpoint, Breaker::Ticket ticket) {
  endpoint.breaker.cancel(ticket);
  if (endpoint.breaker.state() == BreakerState::kHalfOpen) {
    candidates_stale_ = true;  // its trial is free again
  }
}

void Cluster::note(Endpoint& endpoint, Breaker::Change change, base::MonoTime now) {
  if (!change) {
    return;
  }
  candidates_stale_ = true;
  if (*change == BreakerState::kHalfOpen) {
    endpoint.latency.reset();  // or its failures would keep P2C from ever trying it
  }
  if (sink_) {
    sink_(BreakerTransition{.endpoint_id = endpoint.id, .entered = *change, .at = now});
  }
}

void Cluster::eject_if_share_allows(Endpoint& endpoint, base::MonoTime now) {
  if (!endpoint.is_live || endpoint.outlier.is_ejected(now)) {
    return;
  }
  const auto ejected = static_cast<std::size_t>(
      std::count_if(endpoints_.begin(), endpoints_.end(),
                    [now](const Endpoint* other) { return other->outlier.is_ejected(now); }));
  if (ejected < ejections_max(options_.outlier, endpoints_.size())) {
    endpoint.outlier.eject(now);
    ++endpoint.counters.ejections_total;
    candidates_stale_ = true;
  }
}

}  // namespace weft::balance
