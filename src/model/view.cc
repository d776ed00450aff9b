#include "model/view.h"

#include <algorithm>

namespace weft::model {
namespace {

// A check that has not been heard of yet has the status it was registered with.
Health health_of_check(const CheckSpec& check, const CheckState* state) {
  if (state != nullptr) {
    return model::health_of(*state);
  }
  CheckState initial;
  initial.status = check.initial;
  return model::health_of(initial);
}

const CheckState* object_of(const Row<CheckState>* row) {
  return row != nullptr ? &row->object : nullptr;
}

}  // namespace

const CheckState* View::check_state(const Instance& instance, const CheckSpec& check) const {
  return object_of(all<CheckState>().find({{}, instance.id, check.id}));
}

const CheckState* View::check_state(const Node& node, const CheckSpec& check) const {
  return object_of(all<CheckState>().find({node.name, {}, check.id}));
}

Health View::health_of(const Instance& instance) const {
  if (!instance.enabled) {
    return Health::kMaintenance;
  }
  const Row<Node>* node = find<Node>(instance.node);
  return node != nullptr && !node->object.enabled ? Health::kMaintenance
                                                  : worst_check_on(instance, node);
}

Health View::worst_check_of(const Instance& instance) const {
  return worst_check_on(instance, find<Node>(instance.node));
}

Health View::worst_check_on(const Instance& instance, const Row<Node>* node) const {
  Health worst = Health::kPassing;
  for (const CheckSpec& check : instance.checks) {
    worst = std::max(worst, health_of_check(check, check_state(instance, check)));
  }
  return node != nullptr ? std::max(worst, worst_check_of(node->object)) : worst;
}

Health View::worst_check_of(const Node& node) const {
  Health worst = Health::kPassing;
  for (const CheckSpec& check : node.checks) {
    worst = std::max(worst, health_of_check(check, check_state(node, check)));
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
