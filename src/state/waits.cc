#include "state/waits.h"

namespace weft::state {
namespace {

template <class Key>
void count(std::map<Key, std::size_t>& counts, Key key, bool is_new) {
  std::size_t& number = counts[key];
  number = is_new ? number + 1 : number - 1;
  if (number == 0) {
    counts.erase(key);
  }
}

}  // namespace

base::Result<Waits::Place> Waits::join(const Interest& interest) {
  if (closed_) {
    return base::fail(base::Code::kShutdown, "the state is closing");
  }
  if (waiter_count_ >= waiters_max_) {
    return base::fail(base::Code::kOverloaded, "too many tasks wait for changes (waiters_max)");
  }
  Place& place = points_[interest];
  if (place == nullptr) {
    place = std::make_shared<Point>(loop_, interest);
    note_point(interest, true);
  }
  ++place->waiters;
  ++waiter_count_;
  return place;
}

base::Result<void> Waits::leave(const Place& place, const base::Result<void>& woken) {
  --waiter_count_;
  --place->waiters;
  if (place->waiters == 0 && !place->woken) {
    points_.erase(place->interest);
    note_point(place->interest, false);
  }
  if (woken && closed_) {
    return base::fail(base::Code::kShutdown, "the state is closing");
  }
  return woken;
}

void Waits::note_point(const Interest& interest, bool is_new) {
  if (interest.kind == Interest::Kind::kTables) {
    count(masks_, interest.tables, is_new);
  } else if (interest.kind == Interest::Kind::kPrefix) {
    count(prefix_lengths_, interest.text.size(), is_new);
  }
}

void Waits::wake(std::span<const model::Change> changes, const model::View& view) {
  Woken woken;
  for (const model::Change& change : changes) {
    if (points_.empty()) {
      break;
    }
    take_matching(change, view, woken);
  }
  notify(woken);
}

void Waits::close() {
  closed_ = true;
  Woken woken;
  while (!points_.empty()) {
    take(points_.begin(), woken);
  }
  notify(woken);
}

// A point leaves the map before its tasks run: one that waits again makes a new point.
void Waits::take(Points::iterator found, Woken& woken) {
  if (found == points_.end()) {
    return;
  }
  note_point(found->first, false);
  found->second->woken = true;
  woken.push_back(std::move(found->second));
  points_.erase(found);
}

void Waits::take_matching(const model::Change& change, const model::View& view, Woken& woken) {
  take(points_.find(Interest::everything()), woken);
  take(points_.find(Interest::of_key(change.table(), change.key())), woken);
  each_service(change, view, [&](std::string_view service) {
    take(points_.find(Interest::of_service(service)), woken);
  });
  const std::uint32_t bit = Interest::bit(change.table());
  // A point that is taken leaves these maps: on to the next before.
  for (auto it = masks_.begin(); it != masks_.end();) {
    const std::uint32_t mask = (it++)->first;
    if ((mask & bit) != 0) {
      take(points_.find({.kind = Interest::Kind::kTables, .tables = mask}), woken);
    }
  }
  if (prefix_lengths_.empty()) {
    return;
  }
  const std::string key = change.key();
  for (auto it = prefix_lengths_.begin(); it != prefix_lengths_.end() && it->first <= key.size();) {
    const std::size_t length = (it++)->first;
    take(points_.find(Interest::of_prefix(change.table(), std::string_view(key).substr(0, length))),
         woken);
  }
}

void Waits::notify(const Woken& woken) {
  for (const auto& point : woken) {
    point->event.notify_all();
  }
}

}  // namespace weft::state
