#include "node/demo_chaos.h"

#include <fmt/format.h>

#include <csignal>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kPause = 10s;
constexpr base::Nanos kLasting = 6s;
constexpr double kSlowMs = 300;
constexpr double kBrokenRatio = 0.5;

// Makes one instance slow or broken for a while.
io::Task<void> misbehave_for_a_while(DemoStage* stage, DemoScreen* screen, Mishap mishap) {
  const bool is_slow = mishap.kind == MishapKind::kSlow;
  const auto begun = co_await stage->fleet().misbehave(mishap.instance, is_slow ? kSlowMs : 0,
                                                       is_slow ? 0 : kBrokenRatio);
  if (!begun) {
    co_return;  // it died meanwhile, which the fleet says
  }
  screen->say(chaos_line(mishap));
  base::ignore(co_await stage->loop().sleep_for(kLasting), "cancelled: the demo ends");
  base::ignore(co_await stage->fleet().misbehave(mishap.instance, 0, 0), "it may have died");
}

Running who_runs(const DemoFleet& fleet) {
  Running out{fleet.running(), {}};
  for (const DemoService& service : fleet.services()) {
    std::vector<std::string> up;
    for (const std::string& instance : fleet.instances_of(service.name)) {
      if (fleet.pid(instance) != 0) {
        up.push_back(instance);
      }
    }
    if (up.size() > 1) {
      out.replaceable.insert(out.replaceable.end(), up.begin(), up.end());
    }
  }
  return out;
}

}  // namespace

Mishap draw_mishap(base::Random& random, const Running& running) {
  constexpr std::array kKinds{MishapKind::kSlow, MishapKind::kBroken, MishapKind::kKilled};
  const MishapKind kind =
      running.replaceable.empty() ? MishapKind::kSlow : kKinds[random.below(kKinds.size())];
  const auto& whom = kind == MishapKind::kSlow ? running.running : running.replaceable;
  return {kind, whom[random.below(whom.size())]};
}

std::string chaos_line(const Mishap& mishap) {
  const std::string lasting = base::format_duration(kLasting);
  switch (mishap.kind) {
    case MishapKind::kSlow:
      return fmt::format("chaos: {} takes {} ms longer for {}", mishap.instance, kSlowMs, lasting);
    case MishapKind::kBroken:
      return fmt::format("chaos: {} answers every other request with 500 for {}", mishap.instance,
                         lasting);
    case MishapKind::kKilled:
      return fmt::format("chaos: {} is killed", mishap.instance);
  }
  return "";
}

io::Task<void> cause_chaos(DemoStage* stage, DemoScreen* screen) {
  for (;;) {
    if (const auto slept = co_await stage->loop().sleep_for(kPause); !slept) {
      co_return;
    }
    const Running running = who_runs(stage->fleet());
    if (running.running.empty()) {
      continue;
    }
    Mishap mishap = draw_mishap(stage->loop().random(), running);
    if (mishap.kind == MishapKind::kKilled) {
      screen->say(chaos_line(mishap));
      base::ignore(stage->fleet().signal(mishap.instance, SIGKILL), "it may have died");
    } else {
      co_await misbehave_for_a_while(stage, screen, std::move(mishap));
    }
  }
}

}  // namespace weft::node
