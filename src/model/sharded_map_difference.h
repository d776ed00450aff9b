// What two versions of a map do not share.
#pragma once

#include "model/sharded_map.h"

namespace weft::model {

// Calls `call` with the entry in `before` and the one in `after` for each key where they are not
// one and the same, in the order of the keys; null where a version has none. Shards that both share
// cost nothing.
template <class Entry, class Order, class Call>
void each_difference(const ShardedMap<Entry, Order>& before, const ShardedMap<Entry, Order>& after,
                     Call call) {
  using Pointer = typename ShardedMap<Entry, Order>::Pointer;
  auto old = before.begin();
  auto now = after.begin();
  while (old != before.end() || now != after.end()) {
    if (old.skip_shared(now)) {
      continue;
    }
    if (now == after.end() || (old != before.end() && Order::key(**old) < Order::key(**now))) {
      call(*old++, Pointer());
    } else if (old == before.end() || Order::key(**now) < Order::key(**old)) {
      call(Pointer(), *now++);
    } else {
      if (*old != *now) {
        call(*old, *now);
      }
      ++old;
      ++now;
    }
  }
}

}  // namespace weft::model
