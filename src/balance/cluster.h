// A cluster as one loop sees it: its endpoints with their state, the algorithm, the retry budget.
// Snapshots come and go; the Cluster stays and is told what changed. pick.h chooses from it,
// attempt.h tells it how things went.
#pragma once

#include "balance/candidates.h"
#include "balance/endpoint.h"
#include "balance/options.h"
#include "balance/outcome.h"
#include "balance/retry_budget.h"
#include "balance/subset.h"
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace weft::balance {

// For mesh_circuit_breaker_trips_total{service,state} and for records.
struct BreakerTransition {
  std::uint32_t endpoint_id = 0;
  BreakerState entered = BreakerState::kClosed;
  base::MonoTime at{};
};

// Lifetime: outlives every Attempt and LimitSlot taken from its endpoints; is_idle() says when.
// Thread:   its loop; one Cluster per service and loop.
class Cluster final {
 public:
  // Called within the method that caused the change; must not call back into the cluster.
  using TransitionSink = std::function<void(const BreakerTransition&)>;

  explicit Cluster(const ClusterOptions& options, TransitionSink sink = nullptr);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Adopts the endpoints of a new snapshot: known ids keep their state, missing ones leave (and
  // come back with their state if they return before they are idle), order becomes registration
  // order. Allocates. Of two specs with one id the first counts.
  void update(std::span<const EndpointSpec> specs, base::MonoTime now);
  // Counts at once for existing breakers, limits and budgets too, except the window lengths.
  void configure(const ClusterOptions& options, base::MonoTime now);

  // Lets time work on breakers and ejections. pick() does it; call it on a slow timer too, so that
  // transitions of a cluster without traffic are reported.
  void advance(base::MonoTime now) {
    if (candidates_stale_ || now >= candidates().valid_until()) [[unlikely]] {
      refresh(now);
    }
  }

  // An active check of the endpoint passed: an open period or an ejection ends early.
  // Source: contract/sutazai.md §1.1. An unknown id is ignored: it may have left meanwhile.
  void on_active_check_passed(std::uint32_t endpoint_id, base::MonoTime now);
  // Returns: false when no endpoint has the id. Source: contract/sutazai.md §1, reset.
  bool reset_breaker(std::uint32_t endpoint_id, base::MonoTime now);

  // The endpoints that carry all of `labels`, which ascend; made when first asked for. Without
  // labels: an empty hold, the whole cluster. Allocates the first time.
  SubsetHold hold_subset(std::span<const std::uint64_t> labels, base::MonoTime now);

  // Frees endpoints that have left and are idle, and subsets that nobody asked for of late.
  // update() does it; call it on a slow timer too.
  void sweep();

  // Live endpoints in registration order. Lifetime: until the next update().
  std::span<Endpoint* const> endpoints() const { return endpoints_; }
  // nullptr when it is not live.
  Endpoint* find(std::uint32_t endpoint_id) const;
  // By Endpoint::identity_hash; nullptr when no live endpoint has it.
  Endpoint* find_identity(std::uint64_t identity_hash) const;
  RetryBudget& retry_budget() { return retry_budget_; }
  const ClusterOptions& options() const { return options_; }
  // No request is active, no slot and no subset out, on live and leaving endpoints.
  bool is_idle() const;

  // For pick.cc; valid after advance().
  const Candidates& candidates() const { return whole_.candidates(); }
  Subset& whole() { return whole_; }
  // Must candidates be looked at one by one, beyond who was tried?
  bool is_choosy(base::MonoTime now) const {
    return options_.limits.requests_max > 0 || now < warm_at_;
  }
  // Has this endpoint as many requests as it may have?
  bool is_full(const Endpoint& endpoint) const {
    return options_.limits.requests_max > 0 && endpoint.active >= options_.limits.requests_max;
  }
  // Has the whole cluster? refusal_when_full() says by which limit.
  bool is_full() const { return usage_.requests >= requests_max_; }
  PickRefusal refusal_when_full() const;
  // Those of `candidates` that may get this request: not tried, not full, and not held back by slow
  // start. Lifetime: until the next call. No allocation.
  std::span<Endpoint* const> eligible(std::span<Endpoint* const> candidates, const Tried& tried,
                                      base::MonoTime now);
  // The algorithm's choice among eligible().
  Endpoint& choose(Algorithm& algorithm, std::span<Endpoint* const> eligible,
                   const PickContext& context);

  // For attempt.cc.
  // Does anything but breaker, outliers in a row and latency want to know how attempts end?
  bool observes() const { return compares_endpoints_ || adaptive_.has_value(); }
  // Without a latency: an attempt that ended well before broke later.
  void observe(Endpoint& endpoint, Outcome outcome, std::optional<base::Nanos> latency,
               base::MonoTime now);
  Breaker::Ticket begin(Endpoint& endpoint);
  void settle(Endpoint& endpoint, Breaker::Ticket ticket, Outcome outcome, base::MonoTime now);
  void cancel(Endpoint& endpoint, Breaker::Ticket ticket);
  void end(Endpoint& endpoint) {
    --endpoint.active;
    --usage_.requests;
  }

 private:
  void refresh(base::MonoTime now);
  void begin_warm_up(Endpoint& endpoint, base::MonoTime now);
  // Finds or makes the endpoint of a spec. Returns: whether anything but health is new.
  bool adopt(const EndpointSpec& spec, base::MonoTime now);
  void note(Endpoint& endpoint, Breaker::Change change, base::MonoTime now);
  void eject_if_share_allows(Endpoint& endpoint, base::MonoTime now);

  void take_options(const ClusterOptions& options);
  void bound_requests();

  ClusterOptions options_;  // endpoints refer to it
  ClusterUsage usage_;      // endpoints refer to it
  std::optional<AdaptiveLimit> adaptive_;
  std::uint32_t requests_max_ = 0;  // the lower one of what is set and what adaptive_ allows
  TransitionSink sink_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Endpoint>> known_;  // live and leaving, by id
  std::vector<Endpoint*> endpoints_;                                    // live
  std::vector<Endpoint*> by_identity_;                                  // live, ascending
  Subset whole_;
  std::vector<std::unique_ptr<Subset>> subsets_;
  bool candidates_stale_ = true;
  std::vector<Endpoint*> eligible_;  // scratch of eligible()
  base::MonoTime warm_at_{};         // until then somebody warms up
  bool compares_endpoints_ = false;
  IntervalJudge judge_;
  RetryBudget retry_budget_;
};

}  // namespace weft::balance
