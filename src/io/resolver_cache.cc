#include "io/resolver_cache.h"

namespace weft::io {

const base::Result<Addresses>* ResolverCache::find(std::string_view name,
                                                   base::MonoTime now) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || found->second->expires <= now) {
    return nullptr;
  }
  return &found->second->answer;
}

void ResolverCache::put(const std::string& name, base::Result<Addresses> answer,
                        base::MonoTime expires) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    const auto old = found->second;
    by_name_.erase(found);
    entries_.erase(old);
  } else if (entries_.size() >= names_max_ && !entries_.empty()) {
    by_name_.erase(entries_.front().name);
    entries_.pop_front();
  }
  entries_.push_back({name, std::move(answer), expires});
  by_name_.emplace(entries_.back().name, std::prev(entries_.end()));
}

}  // namespace weft::io
