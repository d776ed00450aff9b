// Feed: what has changed, told in order to everything that must follow. Subscribers are called for
// every batch; waiters sleep until their part of the state changes; late comers read what they
// missed.
#pragma once

#include "base/limit_meters.h"
#include "base/result.h"
#include "io/task.h"
#include "model/change.h"
#include "model/view.h"
#include "state/interest.h"
#include "state/result_index.h"
#include "state/waits.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace weft::state {

// The changes of one durable batch, oldest first, and the state after them.
struct FeedBatch {
  std::span<const model::Change> changes;
  std::shared_ptr<const model::View> view;
};

// Thread: its loop.
class Feed final {
 public:
  struct Options {
    std::size_t changes_kept = 4096;  // in memory; older ones are read from the store
    std::uint64_t waiters_max = base::default_of(base::Limit::kWatchers);
  };
  using Subscriber = std::function<void(const FeedBatch&)>;

  // `reached` counts waits refused for waiters_max, when given; it outlives the feed.
  Feed(io::Loop& loop, const Options& options, base::LimitMeters* reached = nullptr);

  // Ends the subscription with its life; the feed may be gone first.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&&) = default;
    Subscription& operator=(Subscription&& other) noexcept {
      end();
      entry_ = std::move(other.entry_);
      return *this;
    }
    ~Subscription() { end(); }
    void end();

   private:
    friend class Feed;
    explicit Subscription(std::shared_ptr<Subscriber> entry) : entry_(std::move(entry)) {}
    std::shared_ptr<Subscriber> entry_;
  };

  // `subscriber` is called once per batch, after the batch is durable and before its writers are
  // answered. It must not block.
  [[nodiscard]] Subscription subscribe(Subscriber subscriber);

  // Sleeps until something within `interest` has an index above `index`; returns at once when that
  // is so already, or, of a key or prefix, when it is too long ago to know.
  // Returns: the index of the state then.
  // Errors: kTimeout, kCancelled, kOverloaded (waiters_max), kShutdown.
  io::Task<base::Result<std::uint64_t>> wait_for_change(Interest interest, std::uint64_t index,
                                                        base::MonoTime deadline);

  // The index of the last change within `interest`, also when it was a deletion; never less than
  // before in this process, and 0 while there was none. What an answer about it says is its index.
  // Precondition: kEverything, kTables, kService, or kKey and kPrefix of the key-value store.
  std::uint64_t index_of(const Interest& interest) const { return results_.of(interest, *view_); }

  // Returns: the changes after `index`, oldest first; nullopt when not all are kept in memory.
  std::optional<std::vector<model::Change>> since(std::uint64_t index) const;

  // What is kept in memory, oldest first: every change after forgotten_index().
  const std::deque<model::Change>& recent() const { return recent_; }
  std::uint64_t forgotten_index() const { return forgotten_index_; }

  std::uint64_t index() const { return index_; }
  std::size_t waiter_count() const { return waits_.waiter_count(); }

  // For State. The state begins with `view`; what came before is not known here.
  void open(std::shared_ptr<const model::View> view);
  void publish(const FeedBatch& batch);
  // What was published last does not say all that happened since the view before it: nothing that
  // is older than the newest view is known here any longer.
  void forget();
  void wake(std::span<const model::Change> changes) { waits_.wake(changes, *view_); }
  void close() { waits_.close(); }

 private:
  bool has_changed(const Interest& interest, std::uint64_t index) const;

  const Options options_;
  base::LimitMeters* const reached_;
  std::shared_ptr<const model::View> view_ = std::make_shared<const model::View>();
  ResultIndex results_;
  std::uint64_t index_ = 0;
  std::uint64_t forgotten_index_ = 0;  // changes up to this one are not in recent_
  std::deque<model::Change> recent_;
  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  Waits waits_;
};

}  // namespace weft::state
