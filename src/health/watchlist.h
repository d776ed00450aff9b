// Watchlist: the checks there are, as the registry has them. Follows its changes so that a check
// that stays as it was is not disturbed.
#pragma once

#include "health/aliases.h"
#include "health/check_owner.h"
#include "health/deregistrar.h"
#include "health/scheduler.h"
#include "health/watched.h"
#include "io/loop.h"
#include "model/change.h"
#include "model/view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace weft::health {

// Thread: its loop. Lifetime: its parts outlive it.
class Watchlist final {
 public:
  struct Parts {
    io::Loop& loop;
    Scheduler& scheduler;
    Deregistrar& deregistrar;
    Aliases& aliases;
    // Which owners' checks are ours to look after. Empty: all of them.
    const std::function<bool(const OwnerKey&)>& owns;
  };

  explicit Watchlist(const Parts& parts) : parts_(parts) {}
  Watchlist(const Watchlist&) = delete;
  Watchlist& operator=(const Watchlist&) = delete;
  ~Watchlist() { clear(); }

  // Takes all instances and nodes of `view`; the list is empty before.
  void load(const model::View& view);
  // Follows one batch of changes; `view` is the state after it.
  void follow(std::span<const model::Change> changes, const model::View& view);
  void clear();

  // Asks of every owner anew whether it is ours, takes over what became so and lets go of what is
  // no longer.
  void reconsider();

  // Each returns null when there is none. Lifetime: until the next change.
  WatchedOwner* find(const OwnerKey& owner) const;
  WatchedOwner* find_number(std::uint32_t instance_number) const;
  WatchedCheck* find(const model::CheckKey& check) const;
  // The instance on that node which its owner calls so, where that is not its id.
  WatchedOwner* find_local(std::string_view node, std::string_view local_id) const;

  std::size_t check_count() const { return check_count_; }

 private:
  // By the owner's name; the key is a view into its row.
  using Owners = std::unordered_map<std::string_view, std::unique_ptr<WatchedOwner>>;

  template <class T>
  void follow_owner(const model::Change& change, const model::View& view);
  void watch(const CheckOwner& owner, const model::View& view, Scheduler::First first);
  void rewatch(WatchedOwner& owner, const CheckOwner& now, const model::View& view);
  void unwatch(const OwnerKey& owner);
  void add_check(WatchedOwner& owner, std::size_t position, const model::View& view,
                 Scheduler::First first);
  void begin_anew(WatchedCheck& check);
  void drop_check(WatchedCheck& check);
  // Has it looked after by whom it is to be: the scheduler, the aliases or nobody.
  void engage(WatchedCheck& check, Scheduler::First first);
  void disengage(WatchedCheck& check);
  void hear_status(const model::RowPtr<model::CheckState>& before,
                   const model::RowPtr<model::CheckState>& after);
  void remember_local(WatchedOwner& owner);
  void forget_local(const CheckOwner& owner);
  bool owns(const OwnerKey& owner) const { return !parts_.owns || parts_.owns(owner); }
  Owners& those_like(const OwnerKey& owner) { return owner.node.empty() ? instances_ : nodes_; }

  const Parts parts_;
  Owners instances_;
  Owners nodes_;
  std::unordered_map<std::uint32_t, WatchedOwner*> by_number_;  // instances
  // By node and InstanceDetails::local_id, where that is another than the id.
  std::map<std::pair<std::string, std::string>, WatchedOwner*> by_local_id_;
  std::size_t check_count_ = 0;
};

}  // namespace weft::health
