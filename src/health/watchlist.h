// Watchlist: the checks there are, as the registry has them. Follows its changes so that a check
// that stays as it was is not disturbed.
#pragma once

#include "health/deregistrar.h"
#include "health/scheduler.h"
#include "health/watched.h"
#include "io/loop.h"
#include "model/change.h"
#include "model/view.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>

namespace weft::health {

// Thread: its loop. Lifetime: its parts outlive it.
class Watchlist final {
 public:
  struct Parts {
    io::Loop& loop;
    Scheduler& scheduler;
    Deregistrar& deregistrar;
  };

  explicit Watchlist(const Parts& parts) : parts_(parts) {}
  Watchlist(const Watchlist&) = delete;
  Watchlist& operator=(const Watchlist&) = delete;
  ~Watchlist() { clear(); }

  // Takes all instances of `view`; the list is empty before.
  void load(const model::View& view);
  // Follows one batch of changes; `view` is the state after it.
  void follow(std::span<const model::Change> changes, const model::View& view);
  void clear();

  // Each returns null when there is none. Lifetime: until the next change.
  WatchedInstance* find(std::string_view instance) const;
  WatchedInstance* find_number(std::uint32_t instance_number) const;
  WatchedCheck* find(std::string_view instance, std::string_view check) const;

  std::size_t check_count() const { return check_count_; }

 private:
  void follow_instance(const model::RowPtr<model::Instance>& before,
                       const model::RowPtr<model::Instance>& after, const model::View& view);
  void watch(const model::RowPtr<model::Instance>& row, const model::View& view,
             Scheduler::First first);
  void rewatch(WatchedInstance& instance, const model::RowPtr<model::Instance>& row,
               const model::View& view);
  void unwatch(std::string_view instance);
  void add_check(WatchedInstance& instance, std::size_t position, const model::View& view,
                 Scheduler::First first);
  void begin_anew(WatchedCheck& check);
  void drop_check(WatchedCheck& check);
  void unschedule(WatchedCheck& check);
  void hear_status(const model::RowPtr<model::CheckState>& before,
                   const model::RowPtr<model::CheckState>& after);

  const Parts parts_;
  // By instance id; the key is a view into the row.
  std::unordered_map<std::string_view, std::unique_ptr<WatchedInstance>> instances_;
  std::unordered_map<std::uint32_t, WatchedInstance*> by_number_;
  std::size_t check_count_ = 0;
};

}  // namespace weft::health
