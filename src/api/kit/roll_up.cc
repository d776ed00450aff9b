#include "api/kit/roll_up.h"

#include "base/address.h"

#include <algorithm>

namespace weft::api::kit {

std::string address_of(const model::Instance& instance) {
  if (!model::is_port(instance.port)) {
    return instance.address;
  }
  return base::HostPort{instance.address, static_cast<std::uint16_t>(instance.port)}.to_string();
}

std::vector<InstanceState> instances_of(const model::View& view, std::string_view service) {
  std::vector<InstanceState> out;
  for (const auto& row : view.instances_of(service)) {
    out.push_back({row.get(), view.health_of(row->object)});
  }
  std::sort(out.begin(), out.end(), [](const InstanceState& a, const InstanceState& b) {
    return a.row->created_index != b.row->created_index
               ? a.row->created_index < b.row->created_index
               : a.row->number < b.row->number;
  });
  return out;
}

void count(model::Health health, Counts& counts) {
  ++counts.instances;
  switch (health) {
    case model::Health::kPassing:
      ++counts.healthy;
      break;
    case model::Health::kWarning:
      ++counts.degraded;
      break;
    case model::Health::kNone:
      ++counts.unknown;
      break;
    case model::Health::kCritical:
    case model::Health::kNoAnswer:
    case model::Health::kMaintenance:
      ++counts.unhealthy;
      break;
  }
}

Counts count_all(const model::View& view) {
  Counts counts;
  counts.services = view.all<model::Service>().size();
  for (const auto& row : view.all<model::Instance>()) {
    count(view.health_of(row->object), counts);
  }
  return counts;
}

}  // namespace weft::api::kit
