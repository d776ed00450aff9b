// An overview of services and instances that every face needs before it names things in its own
// words.
#pragma once

#include "model/check.h"
#include "model/view.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::kit {

// "host:port", IPv6 in brackets.
std::string address_of(const model::Instance& instance);

// One instance with what its checks say. Lifetime: the view's.
struct InstanceState {
  const model::Row<model::Instance>* row = nullptr;
  model::Health health = model::Health::kNone;
};

// Instances of a service in registration order.
std::vector<InstanceState> instances_of(const model::View& view, std::string_view service);

struct Counts {
  std::size_t services = 0;
  std::size_t instances = 0;
  std::size_t healthy = 0;    // passing
  std::size_t degraded = 0;   // warning
  std::size_t unhealthy = 0;  // critical, no answer, maintenance
  std::size_t unknown = 0;    // no result yet
};
void count(model::Health health, Counts& counts);
Counts count_all(const model::View& view);

}  // namespace weft::api::kit
