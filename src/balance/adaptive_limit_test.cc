#include "balance/adaptive_limit.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

namespace weft::balance {
namespace {

using base::Millis;
using base::MonoTime;
using base::Nanos;
using base::Seconds;

// A service with some workers and a queue before them. Requests come at random; whoever waits
// longer than a client's patience is served all the same, but for nobody.
class QueueingService {
 public:
  struct Result {
    double offered = 0;  // per second, each
    double good = 0;
    double refused = 0;
    double wait_ms = 0;  // mean time in the queue, of those served
  };

  QueueingService(std::uint64_t seed, std::size_t workers_at_first, Nanos time_at_first)
      : workers(workers_at_first), service_time(time_at_first), random_(seed) {}

  // `limit` null: everybody is let in.
  Result run(Nanos duration, double arrivals_per_second, AdaptiveLimit* limit) {
    Result result;
    const MonoTime end = now_ + duration;
    std::size_t served = 0;
    for (MonoTime arrival = now_; now_ < end;) {
      arrival += exponential(1e9 / arrivals_per_second);
      result.wait_ms += finish_until(arrival, limit, result, served);
      now_ = arrival;
      ++result.offered;
      if (limit != nullptr && busy_.size() + queue_.size() >= limit->limit()) {
        ++result.refused;
        continue;
      }
      queue_.push_back(now_);
      if (limit != nullptr) {
        limit->on_begin(static_cast<std::uint32_t>(busy_.size() + queue_.size()));
      }
      result.wait_ms += start_waiting();
    }
    const double seconds = base::to_seconds(duration);
    result.wait_ms /= static_cast<double>(std::max<std::size_t>(served, 1));
    result.offered /= seconds;
    result.good /= seconds;
    result.refused /= seconds;
    return result;
  }

  std::size_t workers;
  Nanos service_time;
  Nanos patience = Seconds(1);

 private:
  struct Busy {
    MonoTime ends;
    MonoTime arrived;
    bool operator>(const Busy& other) const { return ends > other.ends; }
  };

  Nanos exponential(double mean_ns) {
    return Nanos(static_cast<std::int64_t>(-mean_ns * std::log(1 - random_.unit())));
  }

  // Half of the time of a request is fixed. Returns: the waits of those that begin, in ms.
  double start_waiting() {
    double waits = 0;
    while (busy_.size() < workers && !queue_.empty()) {
      const Nanos time =
          service_time / 2 + exponential(static_cast<double>(service_time.count()) / 2);
      waits += base::to_millis(now_ - queue_.front());
      busy_.push({now_ + time, queue_.front()});
      queue_.pop_front();
    }
    return waits;
  }

  double finish_until(MonoTime until, AdaptiveLimit* limit, Result& result, std::size_t& served) {
    double waits = 0;
    while (!busy_.empty() && busy_.top().ends <= until) {
      const Busy done = busy_.top();
      busy_.pop();
      now_ = done.ends;
      const Nanos latency = now_ - done.arrived;
      ++served;
      result.good += latency <= patience ? 1 : 0;
      if (limit != nullptr) {
        limit->on_answer(latency, now_);
      }
      waits += start_waiting();
    }
    return waits;
  }

  base::Random random_;
  MonoTime now_{Seconds(1)};
  std::deque<MonoTime> queue_;
  std::priority_queue<Busy, std::vector<Busy>, std::greater<>> busy_;
};

TEST(AdaptiveLimit, GoodputStaysWithinATenthOfItsBestAndQueuesStayShortUnderTwiceTheLoad) {
  for (const std::size_t workers : {4U, 40U}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(testing::Message() << workers << " workers, seed " << seed);
      const double capacity = static_cast<double>(workers) * 100;
      const AdaptiveOptions options;
      AdaptiveLimit limit(options);
      QueueingService service(seed, workers, Millis(10));
      service.run(Seconds(5), 2 * capacity, &limit);
      const auto result = service.run(Seconds(70), 2 * capacity, &limit);
      EXPECT_GT(result.good, 0.9 * capacity);
      EXPECT_LT(result.wait_ms, 15) << "one and a half times the work itself";

      QueueingService open(seed, workers, Millis(10));
      open.run(Seconds(5), 2 * capacity, nullptr);
      EXPECT_LT(open.run(Seconds(20), 2 * capacity, nullptr).good, 0.1 * capacity)
          << "what it is good for: without a limit nearly all are served too late";
    }
  }
}

TEST(AdaptiveLimit, RefusesNobodyWhileTheServiceHasRoom) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const AdaptiveOptions options;
    AdaptiveLimit limit(options);
    QueueingService service(seed, 20, Millis(10));
    service.run(Seconds(5), 1'000, &limit);
    const auto result = service.run(Seconds(130), 1'000, &limit);
    EXPECT_LT(result.refused, 0.001 * result.offered);
  }
}

TEST(AdaptiveLimit, FollowsAServiceThatChanges) {
  const AdaptiveOptions options;
  AdaptiveLimit limit(options);
  QueueingService service(1, 10, Millis(10));
  service.run(Seconds(30), 2'000, &limit);
  service.workers = 3;
  service.run(Seconds(5), 2'000, &limit);
  const auto weaker = service.run(Seconds(60), 2'000, &limit);
  EXPECT_GT(weaker.good, 0.9 * 300);
  EXPECT_LT(weaker.wait_ms, 30);
  service.workers = 30;
  service.run(Seconds(5), 6'000, &limit);
  EXPECT_GT(service.run(Seconds(60), 6'000, &limit).good, 0.9 * 3'000);
  service.service_time = Millis(40);
  service.run(Seconds(90), 6'000, &limit);  // the best of before holds for a minute
  EXPECT_GT(service.run(Seconds(60), 6'000, &limit).good, 0.9 * 750);
}

TEST(AdaptiveLimit, StaysWithinItsBounds) {
  const AdaptiveOptions options{.limit_min = 8, .limit_max = 12};
  AdaptiveLimit limit(options);
  QueueingService service(1, 2, Millis(10));
  for (int i = 0; i < 100; ++i) {
    service.run(Seconds(1), 1'000, &limit);
    ASSERT_GE(limit.limit(), 8U);
    ASSERT_LE(limit.limit(), 12U);
  }
}

TEST(AdaptiveLimit, DoesNotGrowWhileItIsNotUsed) {
  const AdaptiveOptions options;
  AdaptiveLimit limit(options);
  QueueingService service(1, 1'000, Millis(10));
  service.run(Seconds(60), 200, &limit);  // two at a time
  EXPECT_LE(limit.limit(), 40U) << "or a burst would be let in whole";
}

}  // namespace
}  // namespace weft::balance
