// A route as the index holds it, and the routes that lie at one place of the index.
#pragma once

#include "model/labels.h"
#include "model/row.h"
#include "model/sharded_map.h"
#include "model/snapshot.h"
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

// What each destination of a route selects by; null: all instances. Empty: no destination selects.
using SubsetLabels = std::vector<std::optional<model::Labels>>;

// A row with what compiling adds. Every index that has the route shares it.
// Thread: any (immutable).
class CompiledRoute final {
 public:
  // Returns: null for a pattern that is none; validation refuses these, and one that got in another
  // way matches nothing.
  static std::shared_ptr<const CompiledRoute> compile(model::RowPtr<model::Route> row);
  // For compile().
  explicit CompiledRoute(model::RowPtr<model::Route> row);
  CompiledRoute(const CompiledRoute&) = delete;
  CompiledRoute& operator=(const CompiledRoute&) = delete;
  ~CompiledRoute();

  const model::RouteOrder& order() const { return order_; }
  const model::Row<model::Route>& row() const { return *row_; }
  const model::Route& route() const { return row_->object; }
  std::size_t strip_bytes() const { return strip_bytes_; }
  const SubsetLabels& subsets() const { return subsets_; }
  const CompiledPolicies* policies() const { return policies_.get(); }  // null: none

  // Does it take a request that its place in the index fits?
  bool takes(const wire::RequestHead& head) const {
    return !is_narrowed_ || (pattern_holds(head) && conditions_hold(head));
  }

 private:
  bool pattern_holds(const wire::RequestHead& head) const;
  bool conditions_hold(const wire::RequestHead& head) const;

  // What a match looks at comes first: of a route that is in no cache it then waits for one line.
  model::RouteOrder order_;
  bool is_narrowed_ = false;  // by a pattern, methods, fields or cookies
  std::uint32_t strip_bytes_ = 0;
  model::RowPtr<model::Route> row_;
  std::unique_ptr<const CompiledPolicies> policies_;
  std::unique_ptr<const re2::RE2> regex_;
  SubsetLabels subsets_;
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
