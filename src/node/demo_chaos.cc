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
  screen->say(is_slow ? fmt::format("chaos: {} takes {} ms longer for {}", mishap.instance, kSlowMs,
                                    base::format_duration(kLasting))
                      : fmt::format("chaos: {} answers every other request with 500 for {}",
                                    mishap.instance, base::format_duration(kLasting)));
  base::ignore(co_await stage->loop().sleep_for(kLasting), "cancelled: the demo ends");
  base::ignore(co_await stage->fleet().misbehave(mishap.instance, 0, 0), "it may have died");
}

}  // namespace

Mishap draw_mishap(base::Random& random, const std::vector<std::string>& running) {
  constexpr std::array kKinds{MishapKind::kSlow, MishapKind::kBroken, MishapKind::kKilled};
  return {kKinds[random.below(kKinds.size())], running[random.below(running.size())]};
}

io::Task<void> cause_chaos(DemoStage* stage, DemoScreen* screen) {
  for (;;) {
    if (const auto slept = co_await stage->loop().sleep_for(kPause); !slept) {
      co_return;
    }
    const std::vector<std::string> running = stage->fleet().running();
    if (running.empty()) {
      continue;
    }
    Mishap mishap = draw_mishap(stage->loop().random(), running);
    if (mishap.kind == MishapKind::kKilled) {
      base::ignore(stage->fleet().signal(mishap.instance, SIGKILL), "it may have died");
    } else {
      co_await misbehave_for_a_while(stage, screen, std::move(mishap));
    }
  }
}

}  // namespace weft::node
