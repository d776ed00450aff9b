#include "state/feed.h"

#include <algorithm>
#include <utility>

namespace weft::state {

Feed::Feed(io::Loop& loop, const Options& options, base::LimitMeters* reached)
    : options_(options), reached_(reached), waits_(loop, options.waiters_max) {}

void Feed::Subscription::end() {
  if (entry_ != nullptr) {
    *entry_ = nullptr;  // the feed drops it at its next batch
    entry_.reset();
  }
}

Feed::Subscription Feed::subscribe(Subscriber subscriber) {
  subscribers_.push_back(std::make_shared<Subscriber>(std::move(subscriber)));
  return Subscription(subscribers_.back());
}

void Feed::open(std::shared_ptr<const model::View> view) {
  view_ = std::move(view);
  index_ = view_->index();
  forgotten_index_ = index_;
  results_.open(index_);
}

void Feed::publish(const FeedBatch& batch) {
  view_ = batch.view;
  index_ = batch.view->index();
  for (const model::Change& change : batch.changes) {
    results_.note(change, *view_);
  }
  recent_.insert(recent_.end(), batch.changes.begin(), batch.changes.end());
  while (recent_.size() > options_.changes_kept) {
    forgotten_index_ = recent_.front().index;
    recent_.pop_front();
  }
  std::erase_if(subscribers_, [](const auto& entry) { return *entry == nullptr; });
  // A subscriber may subscribe another one or end any: walk a copy, look before each call, and keep
  // the function that runs.
  const auto subscribers = subscribers_;
  for (const auto& entry : subscribers) {
    if (const Subscriber call = *entry) {
      call(batch);
    }
  }
}

void Feed::forget() {
  recent_.clear();
  forgotten_index_ = index_;
  results_.open(index_);
}

io::Task<base::Result<std::uint64_t>> Feed::wait_for_change(Interest interest, std::uint64_t index,
                                                            base::MonoTime deadline) {
  while (!has_changed(interest, index)) {
    const auto place = waits_.join(interest);
    if (!place) {
      if (place.error().code == base::Code::kOverloaded && reached_ != nullptr) {
        reached_->reached(base::Limit::kWatchers);
      }
      co_return base::fail(place.error());
    }
    const base::Result<void> ended = waits_.leave(*place, co_await (*place)->event.wait(deadline));
    if (!ended) {
      co_return base::fail(ended.error());
    }
  }
  co_return index_;
}

bool Feed::has_changed(const Interest& interest, std::uint64_t index) const {
  if (ResultIndex::knows(interest)) {
    return results_.of(interest, *view_) > index;
  }
  if (index < forgotten_index_) {
    return true;
  }
  for (auto change = recent_.rbegin(); change != recent_.rend() && change->index > index;
       ++change) {
    if (interest.matches(*change)) {
      return true;
    }
  }
  return false;
}

std::optional<std::vector<model::Change>> Feed::since(std::uint64_t index) const {
  if (index < forgotten_index_) {
    return std::nullopt;
  }
  const auto from = std::ranges::upper_bound(recent_, index, {}, &model::Change::index);
  return std::vector<model::Change>(from, recent_.end());
}

}  // namespace weft::state
