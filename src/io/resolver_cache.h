// Answers of the resolver, kept for their time to live.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "io/resolver.h"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::io {

// Bounded; the oldest answer makes room for a new one. Clocked from outside.
// Thread: its loop.
class ResolverCache final {
 public:
  explicit ResolverCache(std::size_t names_max) : names_max_(names_max) {}

  // Lifetime: of the answer, until the next put().
  const base::Result<Addresses>* find(std::string_view name, base::MonoTime now) const;
  void put(const std::string& name, base::Result<Addresses> answer, base::MonoTime expires);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string name;
    base::Result<Addresses> answer;
    base::MonoTime expires;
  };

  std::size_t names_max_;
  std::list<Entry> entries_;                                                  // oldest first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;  // keys in entries_
};

}  // namespace weft::io
