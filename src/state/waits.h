// Waits: tasks that sleep until something they are interested in changes. Equal interests share one
// point of waiting, so a change looks up a handful of points however many tasks wait.
#pragma once

#include "base/result.h"
#include "io/event.h"
#include "state/interest.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::state {

// Thread: its loop.
class Waits final {
 public:
  Waits(io::Loop& loop, std::size_t waiters_max) : loop_(loop), waiters_max_(waiters_max) {}

  // Where tasks of one interest wait. Its event is notified once; who goes on waiting joins again.
  struct Point {
    Point(io::Loop& loop, Interest about) : event(loop), interest(std::move(about)) {}
    io::Event event;
    const Interest interest;
    std::size_t waiters = 0;
    bool woken = false;  // no longer in points_
  };
  using Place = std::shared_ptr<Point>;

  // In parts, for Feed's one coroutine: join, await the place's event, leave in any case.
  // Errors: kOverloaded (waiters_max), kShutdown (closed).
  base::Result<Place> join(const Interest& interest);
  // Returns: how the wait ended; kShutdown when everything is closing.
  base::Result<void> leave(const Place& place, const base::Result<void>& woken);

  // Resumes everybody one of the changes may concern; `view` is the state after them.
  void wake(std::span<const model::Change> changes, const model::View& view);

  // Ends all waits with kShutdown, also later ones.
  void close();

  std::size_t waiter_count() const { return waiter_count_; }
  std::size_t point_count() const { return points_.size(); }

 private:
  using Points = std::unordered_map<Interest, std::shared_ptr<Point>, InterestHash>;
  using Woken = std::vector<std::shared_ptr<Point>>;

  void take(Points::iterator found, Woken& woken);
  void take_matching(const model::Change& change, const model::View& view, Woken& woken);
  void note_point(const Interest& interest, bool is_new);
  static void notify(const Woken& woken);

  io::Loop& loop_;
  const std::size_t waiters_max_;
  std::size_t waiter_count_ = 0;
  // What points there are whose interest a change does not name: how many by mask, and by length.
  std::map<std::uint32_t, std::size_t> masks_;
  std::map<std::size_t, std::size_t> prefix_lengths_;
  bool closed_ = false;
  Points points_;
};

}  // namespace weft::state
