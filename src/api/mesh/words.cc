#include "api/mesh/words.h"

namespace weft::api::mesh {

std::string_view state_name(model::Health health) {
  switch (health) {
    case model::Health::kPassing:
      return "healthy";
    case model::Health::kWarning:
      return "degraded";
    case model::Health::kNone:
      return "unknown";
    case model::Health::kCritical:
    case model::Health::kNoAnswer:
    case model::Health::kMaintenance:
      return "unhealthy";
  }
  return "unknown";
}

std::string_view strategy_name(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kPeakEwma:
    case model::Balancing::kRoundRobin:
      return "round_robin";
    case model::Balancing::kWeighted:
      return "weighted";
    case model::Balancing::kLeastConnections:
    case model::Balancing::kWeightedLeastConnections:  // only other faces can choose it
      return "least_connections";
    case model::Balancing::kRandom:
      return "random";
    case model::Balancing::kIpHash:
      return "ip_hash";
  }
  return "round_robin";
}

std::optional<model::Balancing> parse_strategy(std::string_view name) {
  if (name == "round_robin") {
    return model::Balancing::kRoundRobin;
  }
  if (name == "weighted") {
    return model::Balancing::kWeighted;
  }
  if (name == "least_connections") {
    return model::Balancing::kLeastConnections;
  }
  if (name == "random") {
    return model::Balancing::kRandom;
  }
  if (name == "ip_hash") {
    return model::Balancing::kIpHash;
  }
  return std::nullopt;
}

}  // namespace weft::api::mesh
