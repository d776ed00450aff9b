// Aliases: the checks that are as bad as somebody else's, and when to look again. What they come to
// is in checks/alias.h.
#pragma once

#include "health/check_owner.h"
#include "health/checks/alias.h"
#include "health/watched.h"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weft::health {

// Follows the registry through the watchlist, which says what it met. Each alias is looked at anew
// when its target may have changed, not in every turn: a mesh may have as many of them as
// instances. Thread: its loop.
class Aliases final {
 public:
  using Found = std::function<void(WatchedCheck&, AliasFinding)>;

  Aliases() = default;
  Aliases(const Aliases&) = delete;
  Aliases& operator=(const Aliases&) = delete;

  // A check of kind kAlias, to be looked at. Lifetime: until remove().
  void add(WatchedCheck& alias);
  void remove(WatchedCheck& alias);  // one that was not added is ignored

  // This one is to be looked at again; one that was not added is ignored.
  void mark(WatchedCheck& alias);
  // An owner came, went or changed, or one of its checks did.
  void mark_those_of(const CheckOwner& owner);

  // Looks at all that are marked. `found` changes neither the list nor us.
  void judge_marked(const Watchlist& list, const Found& found);

 private:
  static constexpr std::size_t kUnmarked = static_cast<std::size_t>(-1);
  struct Entry {
    std::string instance;               // as the alias names it
    std::string node;                   // where its target is, or would be
    std::size_t marked_at = kUnmarked;  // in marked_
  };
  using Index = std::set<std::pair<std::string, WatchedCheck*>>;

  void mark_all(const Index& index, std::string_view name);
  void move_to(WatchedCheck& alias, Entry& entry, std::string_view node);

  std::unordered_map<WatchedCheck*, Entry> entries_;
  Index by_instance_;
  Index by_node_;
  std::vector<WatchedCheck*> marked_;  // in the order they were; null: removed meanwhile
};

}  // namespace weft::health
