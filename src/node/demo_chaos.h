// `weft demo --chaos`: now and then something goes wrong with one instance.
#pragma once

#include "base/random.h"
#include "io/task.h"
#include "node/demo_screen.h"
#include "node/demo_stage.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::node {

enum class MishapKind : std::uint8_t { kSlow, kBroken, kKilled };

struct Mishap {
  MishapKind kind = MishapKind::kSlow;
  std::string instance;
};

// Who runs now. `replaceable`: those of `running` whose service has another instance that runs.
struct Running {
  std::vector<std::string> running;
  std::vector<std::string> replaceable;
};

// Draws what goes wrong next, and with whom; `running` is not empty. Only who is replaceable is
// killed or broken, for no gateway can save the requests of a service's only instance.
// Thread: any; pure.
Mishap draw_mishap(base::Random& random, const Running& running);

// What is said when it begins. Thread: any; pure.
std::string chaos_line(const Mishap& mishap);

// Every 10 s a mishap, said on the screen; slow and broken instances recover after 6 s, killed ones
// are started again by the fleet. Ends when it is cancelled.
// Lifetime: stage and screen outlive the task.
io::Task<void> cause_chaos(DemoStage* stage, DemoScreen* screen);

}  // namespace weft::node
