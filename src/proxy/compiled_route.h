// A route as the index holds it, and the routes that lie at one place of the index.
#pragma once

#include "base/table_memory.h"
#include "base/time.h"
#include "model/labels.h"
#include "model/row.h"
#include "model/sharded_map.h"
#include "model/snapshot.h"
#include "proxy/cluster_slots.h"
#include "proxy/policies/policies.h"
#include "wire/http1.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace re2 {
class RE2;
}

namespace weft::proxy {

// What each destination of a route selects by; null: all instances.
using SubsetLabels = std::vector<std::optional<model::Labels>>;

// A row with what compiling adds. Every index that has the route shares it.
// Thread: any (immutable).
class CompiledRoute final {
 public:
  using Slot = ClusterSlots::Slot;

  // `only_slot` is that of the service of its one destination; of no use when it has several.
  // Returns: null for a pattern that is none; validation refuses these, and one that got in another
  // way matches nothing.
  static std::shared_ptr<const CompiledRoute> compile(model::RowPtr<model::Route> row,
                                                      Slot only_slot);
  // For compile().
  CompiledRoute(model::RowPtr<model::Route> row, Slot only_slot);
  CompiledRoute(const CompiledRoute&) = delete;
  CompiledRoute& operator=(const CompiledRoute&) = delete;
  ~CompiledRoute();

  const model::RouteOrder& order() const { return order_; }
  std::uint32_t number() const { return order_.number; }  // Row::number
  std::size_t path_bytes() const { return path_bytes_; }
  std::size_t strip_bytes() const { return strip_bytes_; }  // of the path, before it is sent on
  std::optional<base::Nanos> timeout() const { return timeout_; }
  // Where the cluster of its one destination is; null: it has several.
  std::optional<Slot> only_slot() const { return only_slot_; }
  const CompiledPolicies* policies() const { return policies_.get(); }  // null: none
  // What a destination selects by; null: all instances.
  const model::Labels* subset(std::size_t destination) const {
    if (subsets_ == nullptr) {
      return nullptr;
    }
    const std::optional<model::Labels>& subset = (*subsets_)[destination];
    return subset ? &*subset : nullptr;
  }
  const model::Route& route() const { return row_->object; }

  // Does it take a request that its place in the index fits?
  bool takes(const wire::RequestHead& head) const {
    return !is_narrowed_ || (pattern_holds(head) && conditions_hold(head));
  }

  // It is looked at soon. In its memory all that a match needs lies in two lines.
  void fetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(reinterpret_cast<const char*>(this) + base::kLineBytes);
  }

 private:
  bool pattern_holds(const wire::RequestHead& head) const;
  bool conditions_hold(const wire::RequestHead& head) const;

  // What every request needs lies together and needs no other memory: of a route that is in no
  // cache a match then waits for one line or two. The rest follows.
  bool is_narrowed_ = false;  // by a pattern, methods, fields or cookies
  model::RouteOrder order_;
  std::uint32_t path_bytes_ = 0;
  std::uint32_t strip_bytes_ = 0;
  std::optional<Slot> only_slot_;
  std::optional<base::Nanos> timeout_;
  std::unique_ptr<const CompiledPolicies> policies_;
  std::unique_ptr<const SubsetLabels> subsets_;  // null: no destination selects
  model::RowPtr<model::Route> row_;
  std::unique_ptr<const re2::RE2> regex_;
};

// The routes of one host, kind of match and path, in their order; mostly one. A value.
class RoutesAt final {
 public:
  using Pointer = std::shared_ptr<const CompiledRoute>;

  bool empty() const { return first_ == nullptr; }
  void add(Pointer route);
  // The one with that order, if it is here.
  void remove(const model::RouteOrder& order);

  // Returns: the first that takes the request and goes before `best`; else `best`.
  const CompiledRoute* better_than(const CompiledRoute* best, const wire::RequestHead& head) const {
    first_->fetch();
    if (best != nullptr && best->order() < first_->order()) {
      return best;
    }
    if (first_->takes(head)) {
      return first_.get();
    }
    return others_ == nullptr ? best : better_of_others(best, head);
  }

 private:
  struct InOrder {
    static const model::RouteOrder& key(const CompiledRoute& route) { return route.order(); }
  };
  using Others = model::ShardedMap<CompiledRoute, InOrder>;

  const CompiledRoute* better_of_others(const CompiledRoute* best,
                                        const wire::RequestHead& head) const;
  void set_others(Others others);

  Pointer first_;
  std::shared_ptr<const Others> others_;  // null: there are none
};

}  // namespace weft::proxy
