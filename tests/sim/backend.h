// One instance of the fleet: a process with a listener that answers, fails and dies as its plan
// says.
#pragma once

#include "base/random.h"
#include "io/sim_world.h"
#include "io/socket.h"
#include "io/task.h"
#include "ledger.h"
#include "plan.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sim {

// Thread: the simulation's. Lifetime: stop() is awaited before destruction.
class Backend final {
 public:
  Backend(io::SimWorld& world, Ledger& ledger, const Plan& plan, std::size_t number);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  ~Backend();

  const base::SocketAddress& address() const { return address_; }
  const BackendPlan& plan() const { return plan_; }
  std::size_t service() const { return service_; }
  // Makes its process, when it has none.
  void boot();
  // Ends its process without a word.
  void kill();
  bool is_up() const { return life_ != nullptr; }
  // From now on it does nothing bad by itself.
  void calm_down() { is_calm_ = true; }
  io::Task<void> stop();

 private:
  struct Life;

  static io::Task<void> accept_all(Backend* self, Life* life);
  static io::Task<void> converse(Backend* self, Life* life, io::Socket socket);
  // Returns: the bytes to answer with; nullopt: end the connection instead.
  std::optional<std::string> answer(std::string_view head, std::string_view body);
  bool chance(double rate) { return !is_calm_ && random_.unit() < rate; }

  io::SimWorld& world_;
  Ledger& ledger_;
  const BackendPlan& plan_;
  const std::size_t service_;
  const base::SocketAddress address_;
  base::Random random_;
  bool is_calm_ = false;
  std::unique_ptr<Life> life_;
  std::vector<std::unique_ptr<Life>> past_;
};

}  // namespace weft::sim
