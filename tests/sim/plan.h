// What happens in one run, drawn from its seed: the fleet, how bad its network is, and what goes
// wrong when.
#pragma once

#include "base/time.h"
#include "io/sim_network.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sim {

enum class Mishap : std::uint8_t {
  kKillBackend,   // its process is gone, and is there again after a while
  kPauseBackend,  // as by SIGSTOP
  kResetBackend,  // its streams are reset
  kKillNode,      // as by SIGKILL; the disk keeps what was durable
  kRestartNode,   // an orderly stop
  kFailDisk,      // appends fail; some of them are durable all the same
};

struct Event {
  base::Nanos at{0};  // since the trouble began
  Mishap what{};
  std::size_t backend = 0;  // whom it concerns
  base::Nanos lasts{0};

  std::string to_string() const;
};

struct BackendPlan {
  std::string service;
  std::string instance;
  base::Nanos idle_timeout{0};  // closes connections that idle so long
  base::Nanos answers_in{0};    // typically
  double fails = 0;             // chance of a 503
  double drops = 0;             // chance that it ends the connection instead of answering
  double says_close = 0;        // chance that it ends the connection after the answer
};

struct Plan {
  std::uint64_t seed = 0;
  std::size_t loops = 1;  // of the gateway
  std::vector<std::string> services;
  std::vector<BackendPlan> backends;
  std::size_t clients = 1;
  base::Nanos pace{0};          // typically between two requests of a client
  base::Nanos write_pace{0};    // typically between two writes of the operator
  io::SimLink client_link;      // to the gateway
  io::SimLink backend_link;     // to every backend
  io::SimLink control_link;     // to the API
  base::Nanos disk_latency{0};  // of an append, at most
  base::Nanos trouble{0};       // how long it lasts
  std::vector<Event> events;    // by time

  bool has_clean_client_links() const {
    return client_link.reset_rate == 0 && client_link.half_close_rate == 0 &&
           client_link.refuse_rate == 0;
  }
  std::string to_string() const;
};

Plan draw_plan(std::uint64_t seed);

}  // namespace weft::sim
