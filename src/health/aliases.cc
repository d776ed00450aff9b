#include "health/aliases.h"

namespace weft::health {

void Aliases::add(WatchedCheck& alias) {
  Entry& entry = entries_[&alias];
  entry.instance = model::details_of(alias.spec()).alias_instance;
  if (!entry.instance.empty()) {
    by_instance_.emplace(entry.instance, &alias);
  }
  move_to(alias, entry, alias_home(alias));
  mark(alias);
}

void Aliases::remove(WatchedCheck& alias) {
  const auto found = entries_.find(&alias);
  if (found == entries_.end()) {
    return;
  }
  Entry& entry = found->second;
  by_instance_.erase({entry.instance, &alias});
  by_node_.erase({entry.node, &alias});
  if (entry.marked_at != kUnmarked) {
    marked_[entry.marked_at] = nullptr;
  }
  entries_.erase(found);
}

void Aliases::mark(WatchedCheck& alias) {
  const auto found = entries_.find(&alias);
  if (found != entries_.end() && found->second.marked_at == kUnmarked) {
    found->second.marked_at = marked_.size();
    marked_.push_back(&alias);
  }
}

void Aliases::mark_those_of(const CheckOwner& owner) {
  if (entries_.empty()) {
    return;
  }
  const model::Instance* instance = owner.instance();
  if (instance == nullptr) {
    mark_all(by_node_, owner.node()->name);
    return;
  }
  mark_all(by_instance_, instance->id);
  mark_all(by_instance_, model::owner_id_of(*instance));
}

void Aliases::mark_all(const Index& index, std::string_view name) {
  for (auto at = index.lower_bound({std::string(name), nullptr});
       at != index.end() && at->first == name; ++at) {
    mark(*at->second);
  }
}

void Aliases::move_to(WatchedCheck& alias, Entry& entry, std::string_view node) {
  if (entry.node == node) {
    return;
  }
  by_node_.erase({entry.node, &alias});
  entry.node = node;
  by_node_.emplace(entry.node, &alias);
}

void Aliases::judge_marked(const Watchlist& list, const Found& found) {
  for (WatchedCheck* alias : std::exchange(marked_, {})) {
    if (alias == nullptr) {
      continue;
    }
    Entry& entry = entries_.at(alias);
    entry.marked_at = kUnmarked;
    AliasFinding finding = judge_alias(*alias, list);
    move_to(*alias, entry, finding.node);
    found(*alias, std::move(finding));
  }
}

}  // namespace weft::health
