#include "model/view.h"

#include <algorithm>

namespace weft::model {
namespace {

// A check that has not been heard of yet has the status it was registered with.
CheckState initial_state(const CheckSpec& check) {
  CheckState state;
  state.status = check.initial;
  return state;
}

}  // namespace

Health View::health_of(const Instance& instance) const {
  return instance.enabled ? worst_check_of(instance) : Health::kMaintenance;
}

Health View::worst_check_of(const Instance& instance) const {
  Health worst = Health::kPassing;
  for (const CheckSpec& check : instance.checks) {
    const Row<CheckState>* row = all<CheckState>().find({instance.id, check.id});
    worst = std::max(worst, model::health_of(row != nullptr ? row->object : initial_state(check)));
  }
  return worst;
}

ClusterSettings View::cluster_of(std::string_view service, const ClusterSettings& defaults) const {
  const Row<ClusterSettings>* row = find<ClusterSettings>(service);
  if (row == nullptr) {
    row = find<ClusterSettings>(kEveryService);
  }
  ClusterSettings settings = row != nullptr ? row->object : defaults;
  settings.service = service;
  return settings;
}

}  // namespace weft::model
