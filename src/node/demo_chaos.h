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

// Draws what goes wrong next, and with whom. `running` is not empty. Thread: any; pure.
Mishap draw_mishap(base::Random& random, const std::vector<std::string>& running);

// Every 10 s a mishap, said on the screen; slow and broken instances recover after 6 s, killed ones
// are started again by the fleet. Ends when it is cancelled.
// Lifetime: stage and screen outlive the task.
io::Task<void> cause_chaos(DemoStage* stage, DemoScreen* screen);

}  // namespace weft::node
