// As bad as the worst check of somebody else.
#pragma once

#include "health/watched.h"

#include <string>
#include <string_view>

namespace weft::health {

class Watchlist;

// What an alias comes to. Thread: its loop (a value).
struct AliasFinding {
  Verdict verdict;
  std::string output;
  std::string node;  // where its target is, or would be; empty: nobody said
};

// Where an alias looks for its target first: on the node it names, or else on its owner's own.
// Lifetime: the alias's row.
std::string_view alias_home(const WatchedCheck& alias);

// The target is the instance that the check names, by its id in the mesh or by what its owner calls
// it, the one on alias_home() before all others; it is as bad as its own checks and those of its
// node. Without an instance it is the node the check names, which is as bad as its own checks.
// Maintenance of either counts as a critical check. What the registry says counts, not what is
// about to be told. A target that is missing is critical.
//
// An alias counts neither itself nor any alias that depends on it, so that two of them do not hold
// each other down forever. Whether one depends on another is looked for through at most
// kAliasesMax aliases; beyond, it counts as one that does.
// Source: contract/consul.md §2.1; Consul 1.17 agent/checks/alias.go, whose words these are, and
// which takes no notice of a node's instances either ("Should ignore any services").
// Thread: its loop; never waits.
AliasFinding judge_alias(const WatchedCheck& alias, const Watchlist& list);

inline constexpr std::size_t kAliasesMax = 64;

}  // namespace weft::health
