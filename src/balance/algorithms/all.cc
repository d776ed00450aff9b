#include "balance/algorithms/all.h"

#include "balance/algorithms/ip_hash.h"
#include "balance/algorithms/least_connections.h"
#include "balance/algorithms/maglev.h"
#include "balance/algorithms/p2c_ewma.h"
#include "balance/algorithms/random.h"
#include "balance/algorithms/ring_hash.h"
#include "balance/algorithms/round_robin.h"
#include "balance/algorithms/weighted.h"

namespace weft::balance {

std::unique_ptr<Algorithm> make_algorithm(const ClusterOptions& options) {
  switch (options.strategy) {
    case Strategy::kRoundRobin:
      return std::make_unique<RoundRobin>();
    case Strategy::kLeastConnections:
      return std::make_unique<LeastConnections>(LeastConnections::Weights::kIgnored);
    case Strategy::kWeightedLeastConnections:
      return std::make_unique<LeastConnections>(LeastConnections::Weights::kRespected);
    case Strategy::kWeighted:
      return std::make_unique<Weighted>();
    case Strategy::kRandom:
      return std::make_unique<RandomChoice>();
    case Strategy::kIpHash:
      return std::make_unique<IpHash>();
    case Strategy::kP2cEwma:
      return std::make_unique<P2cEwma>();
    case Strategy::kMaglev:
      return std::make_unique<Maglev>();
    case Strategy::kRingHash:
      return std::make_unique<RingHash>(options.ring_hash);
  }
  return std::make_unique<RoundRobin>();
}

}  // namespace weft::balance
