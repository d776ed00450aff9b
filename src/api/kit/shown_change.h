// Changes and objects as the API shows them: the one place through which rows of the tables leave
// the program as they are.
#pragma once

#include "base/described.h"
#include "base/json.h"
#include "base/time.h"
#include "model/change.h"
#include "model/row.h"
#include "state/difference.h"
#include "state/store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::api::kit {

// Thread: any (a value).
struct ShownChange {
  std::uint64_t index = 0;
  base::WallTime time{};
  std::string actor;
  std::string table;
  std::string key;
  json::value before;
  json::value after;

  static constexpr auto kFields =
      base::fields(base::field("actor").about("who asked: an address, a user, a part of weft"),
                   base::field("before").about("the object; null: the change created it"),
                   base::field("after").about("the object; null: the change deleted it"));
};
BOOST_DESCRIBE_STRUCT(ShownChange, (), (index, time, actor, table, key, before, after))

struct ShownDifference {
  std::string table;
  std::string key;
  json::value before;
  json::value after;

  static constexpr auto kFields = base::fields(base::field("before").about("null: not there"),
                                               base::field("after").about("null: not there"));
};
BOOST_DESCRIBE_STRUCT(ShownDifference, (), (table, key, before, after))

// Thread: any; pure.
ShownChange show(const state::StoredChange& change);
ShownChange show(const model::Change& change);
ShownDifference show(const state::Difference& difference);

// As many of them as weigh no more than a page, but one at least.
std::vector<ShownDifference> show(const std::vector<state::Difference>& all, std::size_t limit);

// About how much a change weighs in an answer, in bytes.
std::size_t weight_of(const state::StoredChange& change);

// What a page of changes weighs at the most before it ends: the API's loop writes it in a turn.
inline constexpr std::size_t kPageWeightMax = 512 * 1024;

}  // namespace weft::api::kit
