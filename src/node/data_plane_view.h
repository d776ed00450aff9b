// The data plane as faces see it: calls, breakers and running requests, merged over all loops.
#pragma once

#include "api/kit/data_plane.h"
#include "proxy/caller.h"
#include "proxy/data_plane.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace weft::node {

// Thread: the control loop. Lifetime: all it is made of outlives it.
class DataPlaneView final : public api::kit::DataPlane {
 public:
  DataPlaneView(io::Loop& loop, proxy::DataPlane& plane, proxy::Caller& caller,
                base::MeterRegistry& meters);

  io::Task<std::expected<api::kit::CallAnswer, api::kit::CallFailure>> call(
      api::kit::Call call) override;
  std::optional<balance::BreakerState> breaker(std::uint32_t instance) const override;
  std::optional<std::uint32_t> active(std::uint32_t instance) const override;
  io::Task<std::vector<api::kit::LoopView>> endpoints(
      std::vector<api::kit::EndpointRef> asked) override;
  io::Task<void> adopted(std::uint64_t index) override;
  void reset_breaker(std::uint32_t service, std::uint32_t instance) override;
  std::uint64_t breaker_trips(std::uint32_t service, balance::BreakerState state) const override;

  // A snapshot will be published that has what was written up to `index`.
  void expect(std::uint64_t index) { expected_index_ = index; }
  // What the loops report.
  void on_breaker(const proxy::BreakerEvent& event);
  // The requests under way at every instance that a gateway loop has called.
  void on_active(std::unordered_map<std::uint32_t, std::uint32_t> by_instance);
  // Does any loop hold the instance's breaker open?
  bool is_broken(std::uint32_t instance) const;
  void forget_instance(std::uint32_t instance);

 private:
  using StateByLoop = std::unordered_map<std::uint16_t, balance::BreakerState>;

  io::Loop& loop_;
  proxy::DataPlane& plane_;
  proxy::Caller& caller_;
  std::unordered_map<std::uint32_t, StateByLoop> breakers_;  // only what is not closed
  std::unordered_map<std::uint32_t, std::uint32_t> active_;  // instances that a loop has called
  std::unordered_map<std::uint64_t, std::uint64_t> trips_;   // by service and state
  std::uint64_t expected_index_ = 0;
  base::MeterGroup group_;
  base::Counter& late_;
};

}  // namespace weft::node
