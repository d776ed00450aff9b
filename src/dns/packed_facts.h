// PackedFacts: the facts about one instance in one piece of memory, a third of what they take as
// values. A zone's editor keeps them of every instance, and reads them when its shard changes.
#pragma once

#include "dns/facts.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace weft::dns {

// Thread: its owner's. Movable.
class PackedFacts final {
 public:
  explicit PackedFacts(const InstanceFacts& facts);

  // Lifetime: its own.
  std::string_view id() const;
  InstanceFacts unpack() const;

 private:
  std::unique_ptr<char[]> bytes_;
};

}  // namespace weft::dns
