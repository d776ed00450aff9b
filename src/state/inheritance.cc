#include "state/inheritance.h"

#include <memory>
#include <utility>

namespace weft::state {

using model::ClusterSettings;
using model::RowPtr;

ClusterSettings with_inherited(const Draft& draft, const ClusterSettings& defaults,
                               const ClusterSettings& settings) {
  if (settings.service != model::kEveryService) {
    if (const auto every = draft.find<ClusterSettings>(model::kEveryService)) {
      return model::inherit(every->object, settings);
    }
  }
  return model::inherit(defaults, settings);
}

std::vector<Outdated> outdated_settings(const Draft& draft, const ClusterSettings& defaults) {
  std::vector<Outdated> out;
  for (const RowPtr<ClusterSettings>& row : draft.cluster_settings()) {
    ClusterSettings wanted = with_inherited(draft, defaults, row->object);
    if (wanted != row->object) {
      out.push_back({row, std::move(wanted)});
    }
  }
  return out;
}

void follow_defaults(Draft& draft, const ClusterSettings& defaults) {
  for (int pass = 0; pass < 2; ++pass) {  // what holds for every service first, then who follows it
    for (Outdated& each : outdated_settings(draft, defaults)) {
      model::Row<ClusterSettings> row = *each.row;
      row.object = std::move(each.wanted);
      draft.set(each.row, std::make_shared<const model::Row<ClusterSettings>>(std::move(row)));
    }
  }
}

}  // namespace weft::state
