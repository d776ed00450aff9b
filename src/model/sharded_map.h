// ShardedMap: an ordered map that never changes; a new version shares all shards but the touched
// ones with the old. ShardedMapEditor makes the new version.
//
// A shard is a sorted run of at most kShardRowsMax rows. Making a version costs one copy of each
// touched shard and of the list of shards, however many edits went into it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace weft::model {

template <class Entry, class Order>
class ShardedMapEditor;

// `Order` says how entries are ordered: `static Key key(const Entry&)`, with a comparable Key that
// may borrow from the entry. Keys are unique.
// Thread: any (immutable).
template <class Entry, class Order>
class ShardedMap final {
 public:
  using Pointer = std::shared_ptr<const Entry>;
  using Key = decltype(Order::key(std::declval<const Entry&>()));
  using Shard = std::vector<Pointer>;
  using Shards = std::vector<std::shared_ptr<const Shard>>;  // none is empty

  using Editor = ShardedMapEditor<Entry, Order>;

  static constexpr std::size_t kShardRowsMax = 64;

  class Iterator {
   public:
    using value_type = Pointer;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;
    using reference = const Pointer&;
    using pointer = const Pointer*;

    Iterator() = default;
    Iterator(const Shards* shards, std::size_t shard, std::size_t row)
        : shards_(shards), shard_(shard), row_(row) {}
    reference operator*() const { return (*(*shards_)[shard_])[row_]; }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      if (++row_ == (*shards_)[shard_]->size()) {
        ++shard_;
        row_ = 0;
      }
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++*this;
      return old;
    }
    bool operator==(const Iterator&) const = default;

    // Past a shard that both are at the beginning of, if there is one.
    bool skip_shared(Iterator& other) {
      if (row_ != 0 || other.row_ != 0 || shard_ == shards_->size() ||
          other.shard_ == other.shards_->size() ||
          (*shards_)[shard_] != (*other.shards_)[other.shard_]) {
        return false;
      }
      ++shard_;
      ++other.shard_;
      return true;
    }

   private:
    const Shards* shards_ = nullptr;
    std::size_t shard_ = 0;
    std::size_t row_ = 0;
  };

  ShardedMap() : shards_(std::make_shared<const Shards>()) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Iterator begin() const { return {shards_.get(), 0, 0}; }
  Iterator end() const { return {shards_.get(), shards_->size(), 0}; }

  // The first entry whose key is not before `key`.
  Iterator lower_bound(const Key& key) const {
    const auto shard =
        std::partition_point(shards_->begin(), shards_->end(),
                             [&](const auto& each) { return Order::key(*each->back()) < key; });
    if (shard == shards_->end()) {
      return end();
    }
    const auto row = row_at(**shard, key);
    return {shards_.get(), static_cast<std::size_t>(shard - shards_->begin()),
            static_cast<std::size_t>(row - (*shard)->begin())};
  }

  // Returns: null when there is none. Lifetime: the entry lives as long as this version.
  const Entry* find(const Key& key) const {
    const Iterator found = lower_bound(key);
    return found != end() && Order::key(**found) == key ? found->get() : nullptr;
  }
  // The same for who keeps it longer.
  Pointer find_shared(const Key& key) const {
    const Iterator found = lower_bound(key);
    return found != end() && Order::key(**found) == key ? *found : nullptr;
  }

 private:
  friend class ShardedMapEditor<Entry, Order>;

  ShardedMap(std::shared_ptr<const Shards> shards, std::size_t size)
      : shards_(std::move(shards)), size_(size) {}

  static typename Shard::const_iterator row_at(const Shard& shard, const Key& key) {
    return std::partition_point(shard.begin(), shard.end(),
                                [&](const Pointer& entry) { return Order::key(*entry) < key; });
  }

  std::shared_ptr<const Shards> shards_;
  std::size_t size_ = 0;
};

// Thread: its owner's.
template <class Entry, class Order>
class ShardedMapEditor final {
 public:
  using Map = ShardedMap<Entry, Order>;
  using Pointer = typename Map::Pointer;
  using Key = typename Map::Key;
  using Shard = typename Map::Shard;

  explicit ShardedMapEditor(Map base = {}) : frozen_(std::move(base)) {}

  static Key key_of(const Entry& entry) { return Order::key(entry); }

  std::size_t size() const { return open_ ? size_ : frozen_.size(); }

  // The first entry whose key is not before `key`, or null.
  Pointer lower_bound(const Key& key) const {
    if (!open_) {
      const auto found = frozen_.lower_bound(key);
      return found == frozen_.end() ? nullptr : *found;
    }
    const std::size_t slot = slot_of(key);
    return slot == slots_.size() ? nullptr : *Map::row_at(*slots_[slot].shard, key);
  }

  Pointer find(const Key& key) const {
    Pointer found = lower_bound(key);
    return found != nullptr && Order::key(*found) == key ? found : nullptr;
  }

  // Adds or replaces.
  void put(Pointer entry) {
    open();
    const Key key = Order::key(*entry);
    if (slots_.empty()) {
      slots_.push_back({std::make_shared<Shard>(), true});
    }
    const std::size_t slot = std::min(slot_of(key), slots_.size() - 1);
    Shard& shard = own(slot);
    const auto row = shard.begin() + (Map::row_at(shard, key) - shard.cbegin());
    if (row != shard.end() && Order::key(**row) == key) {
      *row = std::move(entry);
      return;
    }
    // Rows that come in the order of their keys, as from a store, leave full shards behind.
    const bool is_last = row == shard.end() && slot + 1 == slots_.size();
    shard.insert(row, std::move(entry));
    ++size_;
    if (shard.size() > Map::kShardRowsMax) {
      split(slot, is_last ? Map::kShardRowsMax : shard.size() / 2);
    }
  }

  // Removes the entry with that key, if it is there. `key` may borrow from the entry.
  void erase(const Key& key) {
    open();
    const std::size_t slot = slot_of(key);
    if (slot == slots_.size()) {
      return;
    }
    const auto at = Map::row_at(*slots_[slot].shard, key) - slots_[slot].shard->cbegin();
    if (Order::key(*(*slots_[slot].shard)[static_cast<std::size_t>(at)]) != key) {
      return;
    }
    Shard& shard = own(slot);
    shard.erase(shard.begin() + at);
    --size_;
    shrink(slot);
  }

  // The version with all edits so far. The editor goes on from there.
  const Map& freeze() {
    if (open_) {
      auto shards = std::make_shared<typename Map::Shards>();
      shards->reserve(slots_.size());
      for (Slot& slot : slots_) {
        give_back_room(slot);
        shards->push_back(std::move(slot.shard));
      }
      frozen_ = Map(std::move(shards), size_);
      slots_.clear();
      open_ = false;
    }
    return frozen_;
  }

 private:
  struct Slot {
    std::shared_ptr<const Shard> shard;
    bool owned = false;  // made by this editor since the last freeze: may be changed in place
  };

  // A shard is kept longer than it grew. chosen: a copy costs more than eight rows' room is worth.
  static void give_back_room(Slot& slot) {
    if (slot.owned && slot.shard->capacity() > slot.shard->size() + 8) {
      const_cast<Shard&>(*slot.shard).shrink_to_fit();
    }
  }

  void open() {
    if (open_) {
      return;
    }
    slots_.reserve(frozen_.shards_->size() + 1);
    for (const auto& shard : *frozen_.shards_) {
      slots_.push_back({shard, false});
    }
    size_ = frozen_.size();
    open_ = true;
  }

  // The shard that holds `key` or would; slots_.size() when it is past the last entry.
  std::size_t slot_of(const Key& key) const {
    const auto found = std::partition_point(slots_.begin(), slots_.end(), [&](const Slot& slot) {
      return slot.shard->empty() || Order::key(*slot.shard->back()) < key;
    });
    return static_cast<std::size_t>(found - slots_.begin());
  }

  Shard& own(std::size_t slot) {
    Slot& it = slots_[slot];
    if (!it.owned) {
      auto copy = std::make_shared<Shard>();
      copy->reserve(it.shard->size() + 1);  // mostly for one row more, if any
      copy->assign(it.shard->begin(), it.shard->end());
      it = {std::move(copy), true};
    }
    // Nobody else sees a shard of this editor before freeze().
    return const_cast<Shard&>(*it.shard);
  }

  // The rows from `at` on get a shard of their own.
  void split(std::size_t slot, std::size_t at) {
    Shard& shard = own(slot);
    const auto middle = shard.begin() + static_cast<std::ptrdiff_t>(at);
    auto upper = std::make_shared<Shard>(std::make_move_iterator(middle),
                                         std::make_move_iterator(shard.end()));
    shard.erase(middle, shard.end());
    slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(slot) + 1,
                  Slot{std::move(upper), true});
  }

  // Keeps shards from becoming many and tiny: neighbours that fit into half a shard are merged.
  void shrink(std::size_t slot) {
    if (slots_[slot].shard->empty()) {
      slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(slot));
      return;
    }
    if (!try_merge(slot) && slot > 0) {
      try_merge(slot - 1);
    }
  }

  // Takes the right neighbour's rows into `slot` when there is room.
  bool try_merge(std::size_t slot) {
    if (slot + 1 == slots_.size() ||
        slots_[slot].shard->size() + slots_[slot + 1].shard->size() > Map::kShardRowsMax / 2) {
      return false;
    }
    Shard& shard = own(slot);
    const Shard& next = *slots_[slot + 1].shard;
    shard.insert(shard.end(), next.begin(), next.end());
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(slot) + 1);
    return true;
  }

  Map frozen_;
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  bool open_ = false;
};

}  // namespace weft::model
