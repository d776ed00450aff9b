#include "api/mesh/own_settings.h"

#include "api/kit/written.h"

#include <utility>
#include <vector>

namespace weft::api::mesh {
namespace {

using base::Result;
using model::ClusterSettings;
using model::Condition;

// Somebody else's write in between makes ours begin again; they cannot all lose for ever.
constexpr int kTriesMax = 8;

Condition condition_of(const model::Row<ClusterSettings>* row, const SettingsChange& change) {
  const std::uint64_t index =
      change.only_if_index.value_or(row == nullptr ? 0 : row->modified_index);
  return index == 0 ? Condition::absent() : Condition::index_is(index);
}

std::vector<model::Step> steps_of(const model::View& view, const SettingsChange& change) {
  const auto* row = view.find<ClusterSettings>(change.service);
  ClusterSettings settings;
  settings.service = change.service;
  settings.own.emplace();
  if (row != nullptr) {
    settings = row->object;
  }
  change.change(settings);
  std::vector<model::Step> steps;
  if (!settings.own || !settings.own->empty()) {
    steps.push_back(model::Put{std::move(settings), condition_of(row, change)});
  } else if (row != nullptr || change.only_if_index) {
    steps.push_back(
        model::Delete{model::Table::kClusters, change.service, condition_of(row, change)});
  }
  return steps;
}

}  // namespace

ClusterSettings settings_of(const kit::Parts& parts, std::string_view service) {
  return parts.state.view()->cluster_of(service, parts.node.cluster_defaults);
}

io::Task<Result<void>> change_settings(const kit::Parts* parts, http::Context* context,
                                       SettingsChange change) {
  for (int tries = 1;; ++tries) {
    std::vector<model::Step> steps = steps_of(*parts->state.view(), change);
    if (steps.empty()) {
      co_return Result<void>();
    }
    const auto written = co_await kit::write(*parts, *context, std::move(steps));
    if (written) {
      co_return Result<void>();
    }
    const bool may_try_again =
        written.error().code == base::Code::kConflict && !change.only_if_index && tries < kTriesMax;
    if (!may_try_again) {
      co_return base::fail(written.error());
    }
  }
}

}  // namespace weft::api::mesh
