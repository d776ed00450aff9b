#include "state/waits.h"

namespace weft::state {

io::Task<base::Result<void>> Waits::wait(Interest interest, base::MonoTime deadline) {
  if (closed_) {
    co_return base::fail(base::Code::kShutdown, "the state is closing");
  }
  if (waiter_count_ >= waiters_max_) {
    co_return base::fail(base::Code::kOverloaded, "too many tasks wait for changes (waiters_max)");
  }
  std::shared_ptr<Point>& place = points_[interest];
  if (place == nullptr) {
    place = std::make_shared<Point>(loop_);
    prefix_points_ += interest.kind == Interest::Kind::kPrefix ? 1U : 0U;
  }
  const std::shared_ptr<Point> point = place;  // the map may forget it meanwhile
  ++point->waiters;
  ++waiter_count_;
  const base::Result<void> woken = co_await point->event.wait(deadline);
  --waiter_count_;
  --point->waiters;
  if (point->waiters == 0 && !point->woken) {
    points_.erase(interest);
    prefix_points_ -= interest.kind == Interest::Kind::kPrefix ? 1U : 0U;
  }
  if (woken && closed_) {
    co_return base::fail(base::Code::kShutdown, "the state is closing");
  }
  co_return woken;
}

void Waits::wake(std::span<const model::Change> changes) {
  Woken woken;
  for (const model::Change& change : changes) {
    if (points_.empty()) {
      break;
    }
    take_matching(change, woken);
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
  prefix_points_ -= found->first.kind == Interest::Kind::kPrefix ? 1U : 0U;
  found->second->woken = true;
  woken.push_back(std::move(found->second));
  points_.erase(found);
}

void Waits::take_matching(const model::Change& change, Woken& woken) {
  const model::Table table = change.table();
  take(points_.find(Interest::everything()), woken);
  take(points_.find(Interest::of_table(table)), woken);
  take(points_.find(Interest::of_key(table, change.key())), woken);
  const std::string_view before = service_of(change.before);
  const std::string_view after = service_of(change.after);
  take(points_.find(Interest::of_service(before)), woken);
  if (after != before) {
    take(points_.find(Interest::of_service(after)), woken);
  }
  if (prefix_points_ == 0) {
    return;
  }
  for (auto it = points_.begin(); it != points_.end();) {
    const auto here = it++;
    if (here->first.kind == Interest::Kind::kPrefix && here->first.matches(change)) {
      take(here, woken);
    }
  }
}

void Waits::notify(const Woken& woken) {
  for (const auto& point : woken) {
    point->event.notify_all();
  }
}

}  // namespace weft::state
