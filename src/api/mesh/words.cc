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

Strategy strategy_of(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kPeakEwma:
      return Strategy::kP2cEwma;
    case model::Balancing::kRoundRobin:
      return Strategy::kRoundRobin;
    case model::Balancing::kWeighted:
      return Strategy::kWeighted;
    case model::Balancing::kLeastConnections:
    case model::Balancing::kWeightedLeastConnections:  // only other faces can choose it
      return Strategy::kLeastConnections;
    case model::Balancing::kRandom:
      return Strategy::kRandom;
    case model::Balancing::kIpHash:
      return Strategy::kIpHash;
    case model::Balancing::kMaglev:
      return Strategy::kMaglev;
    case model::Balancing::kRingHash:
      return Strategy::kRingHash;
  }
  return Strategy::kP2cEwma;
}

model::Balancing balancing_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::kRoundRobin:
      return model::Balancing::kRoundRobin;
    case Strategy::kLeastConnections:
      return model::Balancing::kLeastConnections;
    case Strategy::kWeighted:
      return model::Balancing::kWeighted;
    case Strategy::kRandom:
      return model::Balancing::kRandom;
    case Strategy::kIpHash:
      return model::Balancing::kIpHash;
    case Strategy::kMaglev:
      return model::Balancing::kMaglev;
    case Strategy::kRingHash:
      return model::Balancing::kRingHash;
    case Strategy::kP2cEwma:
      break;
  }
  return model::Balancing::kPeakEwma;
}

Strategy strategy_of_calls(model::Balancing balancing) {
  return balancing == model::Balancing::kPeakEwma ? Strategy::kRoundRobin : strategy_of(balancing);
}

}  // namespace weft::api::mesh
