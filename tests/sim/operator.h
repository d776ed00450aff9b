// Whoever runs the fleet: registers, drains and removes instances through the API and remembers
// what was acknowledged.
#pragma once

#include "base/json.h"
#include "base/random.h"
#include "http/client.h"
#include "io/loop.h"
#include "io/task.h"
#include "ledger.h"
#include "model/command.h"
#include "plan.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace weft::sim {

// Thread: the simulation's. Lifetime: stop() is awaited before destruction.
class Operator final {
 public:
  struct Parts {
    io::Loop& loop;
    Ledger& ledger;
    const Plan& plan;
    base::HostPort control;
    std::vector<std::uint16_t> ports;  // of the backends
  };

  explicit Operator(Parts parts);
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  // Registers everybody, however often it takes.
  io::Task<void> register_all();
  // Writes at the plan's pace until finish().
  void start() { scope_.spawn("operator", run(this)); }
  void finish() { is_finishing_ = true; }
  bool has_ended() const { return scope_.size() == 0; }
  // What was acknowledged must be there, however often it takes to be told.
  io::Task<void> check_all();
  io::Task<void> stop() { co_await scope_.stop(); }

 private:
  // An instance as the node may know it.
  struct Standing {
    std::optional<std::uint64_t> turn{};  // the number of its registration; nullopt: not there
    bool is_drained = false;

    auto operator<=>(const Standing&) const = default;
  };
  using Possible = std::set<Standing>;
  // kAbsent: the node says that it has no such instance.
  enum class Outcome : std::uint8_t { kDone, kAbsent, kRefused, kUnknown };

  static io::Task<void> run(Operator* self);
  io::Task<Outcome> act(std::size_t backend);
  io::Task<Outcome> put(std::size_t backend);
  io::Task<Outcome> remove(std::size_t backend);
  io::Task<Outcome> drain(std::size_t backend);
  io::Task<Outcome> undrain(std::size_t backend);
  // Once nobody sends it new requests any more, the ledger holds the gateway to that.
  io::Task<void> await_drained(std::size_t backend);
  io::Task<Outcome> configure();
  io::Task<Outcome> write(wire::Method method, std::string target, std::string body);
  io::Task<base::Result<http::ClientResponse>> call(wire::Method method, std::string target,
                                                    std::string body);
  // `change` is what a write does to an instance that stands in one of the ways it may.
  template <typename Change>
  void learn(std::size_t backend, Outcome outcome, Change change);
  // A drain, or its end, removes nobody: who is not there must have been removed before.
  void learn_rotation(std::size_t backend, Outcome outcome, model::Rotation rotation);
  std::string drain_target(std::size_t backend) const;
  // Asks until it gets 200, however often that takes.
  io::Task<json::value> ask(std::string target);

  const Parts parts_;
  base::Random random_;
  http::Client client_;
  std::vector<Possible> known_;  // by backend
  std::uint64_t turn_ = 0;
  bool is_finishing_ = false;
  io::TaskScope scope_;
};

}  // namespace weft::sim
