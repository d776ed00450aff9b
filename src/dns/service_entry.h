// ServiceEntry: the answers of one service: the records of its instances, in as many shards as they
// need. A changed instance makes one shard anew, however many instances there are.
#pragma once

#include "dns/record_shard.h"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace weft::dns {

using ShardPointer = std::shared_ptr<const RecordShard>;
using Shards = std::vector<ShardPointer>;  // none is null

// A value that is cheap to copy. Thread: any (immutable).
struct ServiceEntry {
  ShardPointer only;                   // of a service that needs one: most do
  std::shared_ptr<const Shards> many;  // otherwise

  // Appends the shards, or what of them has `tag` (labels in lower case; empty: all instances).
  void append_parts(std::string_view tag, std::vector<ShardPart>& out) const;
};

}  // namespace weft::dns
