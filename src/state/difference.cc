#include "state/difference.h"

#include "model/sharded_map_difference.h"
#include "state/interest.h"

#include <utility>

namespace weft::state {
namespace {

template <class T>
void add_differences(const model::View& before, const model::View& after,
                     std::vector<Difference>& out) {
  using Pointer = model::RowPtr<T>;
  const auto any = [](const Pointer& row) { return row ? model::AnyRow(row) : model::AnyRow(); };
  model::each_difference(before.all<T>(), after.all<T>(),
                         [&](const Pointer& old, const Pointer& now) {
                           if (old == nullptr || now == nullptr || !(old->object == now->object)) {
                             out.push_back({any(old), any(now)});
                           }
                         });
}

template <std::size_t... kAt>
void add_all(const model::View& before, const model::View& after, std::uint32_t tables,
             std::vector<Difference>& out, std::index_sequence<kAt...> /*every table*/) {
  const auto add = [&]<class T>(std::type_identity<T> /*table*/) {
    if ((tables & Interest::bit(model::table_of<T>())) != 0) {
      add_differences<T>(before, after, out);
    }
  };
  (add(std::type_identity<std::variant_alternative_t<kAt, model::Object>>()), ...);
}

}  // namespace

std::vector<Difference> differences(const model::View& before, const model::View& after,
                                    std::uint32_t tables) {
  std::vector<Difference> out;
  add_all(before, after, tables, out, std::make_index_sequence<model::kTableCount>());
  return out;
}

}  // namespace weft::state
