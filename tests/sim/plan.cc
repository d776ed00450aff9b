#include "plan.h"

#include "base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weft::sim {
namespace {

using namespace std::chrono_literals;

class Draw final {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  std::size_t count(std::size_t least, std::size_t most) {
    return least + random_.below(most - least + 1);
  }
  base::Nanos time(base::Nanos least, base::Nanos most) {
    const auto span = static_cast<std::uint64_t>((most - least).count());
    return least + base::Nanos(static_cast<std::int64_t>(random_.below(span + 1)));
  }
  bool chance(double rate) { return random_.unit() < rate; }
  // 0 more often than not, else up to `most`.
  double rate(double most) { return chance(0.6) ? 0 : random_.unit() * most; }

  io::SimLink link() {
    io::SimLink out;
    out.latency = time(20us, 2ms);
    out.jitter = time(0us, 2ms);
    if (chance(0.4)) {
      return out;  // slow, but whole
    }
    out.delay_rate = rate(0.05);
    out.delay_max = time(10ms, 800ms);
    out.refuse_rate = rate(0.05);
    out.reset_rate = rate(0.01);
    out.half_close_rate = rate(0.01);
    out.short_rate = rate(0.5);
    return out;
  }

 private:
  base::Random random_;
};

BackendPlan draw_backend(Draw& draw, const std::string& service, std::size_t number) {
  BackendPlan out;
  out.service = service;
  out.instance = fmt::format("{}-{}", service, number);
  out.idle_timeout = draw.chance(0.5) ? draw.time(50ms, 2s) : base::Nanos(60s);
  out.answers_in = draw.time(100us, 20ms);
  out.fails = draw.rate(0.05);
  out.drops = draw.rate(0.03);
  out.says_close = draw.rate(0.1);
  return out;
}

Event draw_event(Draw& draw, const Plan& plan) {
  // Those of the node come less often: each of them costs everybody a while.
  constexpr std::array kKinds{Mishap::kKillBackend,  Mishap::kKillBackend,  Mishap::kKillBackend,
                              Mishap::kPauseBackend, Mishap::kPauseBackend, Mishap::kResetBackend,
                              Mishap::kResetBackend, Mishap::kFailDisk,     Mishap::kFailDisk,
                              Mishap::kKillNode,     Mishap::kRestartNode};
  Event out;
  out.at = draw.time(0s, plan.trouble);
  out.what = kKinds[draw.count(0, kKinds.size() - 1)];
  out.backend = draw.count(0, plan.backends.size() - 1);
  out.lasts = draw.time(10ms, 3s);
  return out;
}

std::string_view name_of(Mishap what) {
  switch (what) {
    case Mishap::kKillBackend:
      return "kill backend";
    case Mishap::kPauseBackend:
      return "pause backend";
    case Mishap::kResetBackend:
      return "reset backend";
    case Mishap::kKillNode:
      return "kill node";
    case Mishap::kRestartNode:
      return "restart node";
    case Mishap::kFailDisk:
      return "fail disk";
  }
  return "";
}

std::string text_of(const io::SimLink& link) {
  const auto micros = [](base::Nanos time) {
    return std::chrono::duration_cast<base::Micros>(time).count();
  };
  return fmt::format(
      "latency {} us + {} us, late {:.3f} by {} us, refused {:.3f}, reset {:.4f}, cut {:.4f}, "
      "short {:.2f}",
      micros(link.latency), micros(link.jitter), link.delay_rate, micros(link.delay_max),
      link.refuse_rate, link.reset_rate, link.half_close_rate, link.short_rate);
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
  Draw draw(seed);
  Plan plan;
  plan.seed = seed;
  plan.loops = draw.count(1, 3);
  const std::size_t services = draw.count(1, 3);
  for (std::size_t i = 0; i < services; ++i) {
    plan.services.push_back(fmt::format("s{}", i));
    const std::size_t instances = draw.count(1, 4);
    for (std::size_t k = 0; k < instances; ++k) {
      plan.backends.push_back(draw_backend(draw, plan.services.back(), k));
    }
  }
  plan.clients = draw.count(1, 8);
  plan.pace = draw.time(1ms, 60ms);
  plan.write_pace = draw.time(50ms, 1s);
  plan.client_link = draw.link();
  plan.backend_link = draw.link();
  plan.control_link = draw.link();
  plan.disk_latency = draw.time(100us, 30ms);
  plan.trouble = draw.time(5s, 15s);
  const std::size_t events = draw.count(0, 12);
  for (std::size_t i = 0; i < events; ++i) {
    plan.events.push_back(draw_event(draw, plan));
  }
  std::ranges::sort(plan.events, {}, &Event::at);
  return plan;
}

std::string Event::to_string() const {
  return fmt::format("{} {} for {} ms", name_of(what), backend,
                     std::chrono::duration_cast<base::Millis>(lasts).count());
}

std::string Plan::to_string() const {
  std::string out = fmt::format("seed {}: {} loops, {} services, {} clients, {} ms of trouble\n",
                                seed, loops, services.size(), clients,
                                std::chrono::duration_cast<base::Millis>(trouble).count());
  out += fmt::format("  clients:  {}\n  backends: {}\n  control:  {}\n", text_of(client_link),
                     text_of(backend_link), text_of(control_link));
  for (const BackendPlan& backend : backends) {
    out += fmt::format("  {}: fails {:.3f}, drops {:.3f}, says close {:.3f}\n", backend.instance,
                       backend.fails, backend.drops, backend.says_close);
  }
  return out;
}

}  // namespace weft::sim
