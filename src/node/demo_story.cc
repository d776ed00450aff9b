#include "node/demo_story.h"

#include "node/demo_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <functional>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr const char* kMesh = "/api/v1/mesh/v2";

// Of whom an instance is killed and hangs: services that call nobody, so that a failure is the
// gateway's and not a callee's.
constexpr const char* kKilledService = "discovery";
constexpr const char* kHungService = "metrics-collector";

// What the story promises.
constexpr double kKillRate = 500;
constexpr double kHangRate = 200;
constexpr base::Nanos kOutOfRotationMax = 100ms;
constexpr base::Nanos kShownMax = 1s;
constexpr base::Nanos kHungAnswerMax = 2500ms;
constexpr std::size_t kUnderWayAtStop = 8;

std::string show(base::Nanos duration) {
  return duration < 10ms ? fmt::format("{:.1f} ms", base::to_millis(duration))
         : duration < 1s ? fmt::format("{:.0f} ms", base::to_millis(duration))
                         : fmt::format("{:.2f} s", base::to_seconds(duration));
}

std::string failures_of(const LoadReport& report) {
  std::string out = count_failures(report);
  for (const std::string& failure : report.first_failures()) {
    out += "\n        " + failure;
  }
  return out;
}

LoadOptions load_on(const DemoNode& node, const char* service, double requests_per_second) {
  LoadOptions options;
  options.to = node.gateway();
  options.targets.push_back(fmt::format("/svc/{}/", service));
  options.requests_per_second = requests_per_second;
  return options;
}

// Did the generator send what it was asked to? Otherwise the step proves nothing.
bool sent_enough(const LoadReport& report, double rate, base::Nanos duration) {
  return static_cast<double>(report.requests()) >= 0.9 * rate * base::to_seconds(duration);
}

}  // namespace

io::Task<bool> DemoStory::run() {
  struct NamedStep {
    const char* name;
    Step step;
    bool is_needed;  // without it the rest makes no sense
  };
  static constexpr std::array kSteps{
      NamedStep{"started", &DemoStory::bring_up, true},
      NamedStep{"healthy", &DemoStory::all_healthy, true},
      NamedStep{"discovered", &DemoStory::discovered, true},
      NamedStep{"called", &DemoStory::called, true},
      NamedStep{"killed", &DemoStory::killed, false},
      NamedStep{"shown", &DemoStory::shown, false},
      NamedStep{"hung", &DemoStory::hung, false},
      NamedStep{"taken back", &DemoStory::taken_back, false},
      NamedStep{"stopped", &DemoStory::stopped, false},
  };
  const base::MonoTime begun = stage_.loop().now();
  std::size_t passed = 0;
  for (const NamedStep& step : kSteps) {
    const base::MonoTime step_begun = stage_.loop().now();
    const auto told = co_await (this->*step.step)();
    const io::TaskContext& context = co_await io::current_context();
    if (context.cancelled) {
      co_return false;
    }
    print_step(step.name, told, stage_.loop().now() - step_begun);
    passed += told ? 1 : 0;
    if (!told && step.is_needed) {
      break;
    }
  }
  print_sum(passed, kSteps.size(), stage_.loop().now() - begun);
  co_return passed == kSteps.size();
}

void DemoStory::print_step(const char* name, const Told<std::string>& told,
                           base::Nanos took) const {
  const std::string& says = told ? *told : told.error();
  if (form_ == cli::OutputForm::kJson) {
    cli::print_json_line(json::object{{"step", name},
                                      {"ok", told.has_value()},
                                      {"says", says},
                                      {"seconds", base::to_seconds(took)}});
    return;
  }
  fmt::print("{}  {:<10}  {}\n", told ? "ok  " : "FAIL", name, says);
  std::fflush(stdout);
}

void DemoStory::print_sum(std::size_t passed, std::size_t steps, base::Nanos took) const {
  if (form_ == cli::OutputForm::kJson) {
    cli::print_json_line(json::object{{"steps", steps},
                                      {"passed", passed},
                                      {"ok", passed == steps},
                                      {"seconds", base::to_seconds(took)}});
    return;
  }
  fmt::print("{} of {} steps passed in {}\n", passed, steps, show(took));
}

io::Task<Told<std::string>> DemoStory::bring_up() {
  const base::MonoTime begun = stage_.loop().now();
  std::vector<std::string> notes;
  if (const auto started = co_await stage_.start(&notes); !started) {
    co_return tell(started.error());
  }
  enrolled_ = stage_.loop().now();
  co_return fmt::format("1 node, {} services, {} instances in {}", stage_.fleet().services().size(),
                        stage_.fleet().size(), show(enrolled_ - begun));
}

io::Task<Told<std::string>> DemoStory::all_healthy() {
  const base::MonoTime deadline = stage_.loop().now() + 10s;
  for (;;) {
    const auto health = co_await stage_.api().fetch(fmt::format("{}/health", kMesh));
    if (!health) {
      co_return tell(health.error());
    }
    const auto healthy = static_cast<std::size_t>(number_at(*health, {"healthy_instances"}));
    if (healthy == stage_.fleet().size()) {
      co_return fmt::format("{} of {} instances {} after the last was registered", healthy,
                            stage_.fleet().size(), show(stage_.loop().now() - enrolled_));
    }
    if (stage_.loop().now() >= deadline) {
      co_return tell(fmt::format("expected {} healthy instances within 10 s, saw {}",
                                 stage_.fleet().size(), healthy));
    }
    base::ignore(co_await stage_.loop().sleep_for(10ms), "cancelled: the next call says so");
  }
}

io::Task<Told<std::string>> DemoStory::discovered() {
  std::size_t instances = 0;
  for (const DemoService& service : stage_.fleet().services()) {
    const auto found =
        co_await stage_.api().fetch(fmt::format("{}/discover/{}", kMesh, service.name));
    if (!found) {
      co_return tell(found.error());
    }
    const auto healthy = static_cast<std::size_t>(number_at(*found, {"healthy"}));
    if (healthy != service.instances) {
      co_return tell(fmt::format("expected {} healthy instances of {}, saw {}", service.instances,
                                 service.name, healthy));
    }
    instances += healthy;
  }
  co_return fmt::format("{} services with {} instances by name", stage_.fleet().services().size(),
                        instances);
}

// By host name and by path; the answer says who gave it.
io::Task<Told<std::string>> DemoStory::called() {
  std::size_t calls = 0;
  base::Nanos slowest{0};
  for (const DemoService& service : stage_.fleet().services()) {
    const std::array<std::pair<std::string, std::string>, 2> ways{
        {{"/", service.name + ".service.weft"}, {fmt::format("/svc/{}/", service.name), ""}}};
    for (const auto& [target, host] : ways) {
      const base::MonoTime begun = stage_.loop().now();
      const auto answer = co_await stage_.gateway().fetch(target, host);
      if (!answer) {
        co_return tell(fmt::format("{} {}: {}", target, host, answer.error()));
      }
      if (text_at(*answer, {"service"}) != service.name) {
        co_return tell(fmt::format("expected an answer of {}, saw {}", service.name,
                                   base::write_json(*answer)));
      }
      slowest = std::max(slowest, stage_.loop().now() - begun);
      ++calls;
    }
  }
  co_return fmt::format("{} calls through the gateway, by host name and by path, slowest {}", calls,
                        show(slowest));
}

// "Out of rotation" is what the node itself says: a check has found the instance dead, which takes
// it out of the snapshot of every loop (an open breaker would speak for one loop only), and no
// answer carries its name (X-Mesh-Instance) any more. It is measured from just before kill(2) until
// the answer arrives that says so, asked for every 2 ms: an upper bound that holds a round trip to
// the API, and a lower bound by the time a loop needs to adopt a snapshot, well below a
// millisecond.
io::Task<Told<std::string>> DemoStory::killed() {
  DemoLoad load(stage_.loop(), load_on(stage_.node(), kKilledService, kKillRate));
  const base::MonoTime begun = stage_.loop().now();
  load.start();
  base::ignore(co_await stage_.loop().sleep_for(1s), "cancelled: the steps below end at once");
  victim_ = busiest(load.report(), kKilledService);
  io::TaskScope watching;
  killed_at_ = stage_.loop().driver().now();
  watching.spawn("demo watch", note_shown(this));
  const auto signalled = stage_.fleet().signal(victim_, SIGKILL);
  const auto out = co_await out_of_rotation(killed_at_ + 3s);
  base::ignore(co_await stage_.loop().sleep_until(killed_at_ + 2s), "cancelled: as above");
  co_await load.finish();
  co_await watching.join();
  const LoadReport& report = load.report();
  if (!signalled) {
    co_return tell(signalled.error());
  }
  if (!sent_enough(report, kKillRate, stage_.loop().now() - begun)) {
    co_return tell(fmt::format("expected {} requests/s, could send only {}", kKillRate,
                               count_requests(report.requests())));
  }
  if (report.failures() > 0) {
    co_return tell(fmt::format("expected no failed request, saw {}", failures_of(report)));
  }
  if (!out) {
    co_return tell(fmt::format("expected {} out of rotation, it still is in", victim_));
  }
  const base::Nanos took = std::max(*out, report.last_answer_of(victim_)) - killed_at_;
  if (took >= kOutOfRotationMax) {
    co_return tell(fmt::format("expected {} out of rotation within {}, saw {}", victim_,
                               show(kOutOfRotationMax), show(took)));
  }
  co_return fmt::format("{} by SIGKILL under {} requests/s: {}, out of rotation after {}", victim_,
                        kKillRate, count_failures(report), show(took));
}

io::Task<std::optional<base::MonoTime>> DemoStory::out_of_rotation(base::MonoTime deadline) {
  while (stage_.loop().now() < deadline) {
    const auto topology = co_await stage_.api().fetch(fmt::format("{}/topology", kMesh));
    if (topology) {
      const auto* instances = at(*topology, {"services", kKilledService, "instances"}).if_array();
      for (const json::value& one : instances == nullptr ? json::array() : *instances) {
        if (text_at(one, {"id"}) == victim_ && text_at(one, {"state"}) == "unhealthy") {
          co_return stage_.loop().now();
        }
      }
    }
    if (const auto slept = co_await stage_.loop().sleep_for(2ms); !slept) {
      break;
    }
  }
  co_return std::nullopt;
}

io::Task<void> DemoStory::note_shown(DemoStory* story) {
  // Named: g++ 12 destroys a closure that is made within a co_await twice.
  std::function<bool()> seen = [story] {
    return story->stage_.watch().status_of(kKilledService, story->victim_) != "healthy";
  };
  story->shown_at_ =
      co_await story->stage_.watch().wait_until(std::move(seen), story->killed_at_ + 3s);
}

io::Task<Told<std::string>> DemoStory::shown() {
  if (!shown_at_) {
    co_return tell(
        fmt::format("expected a frame on /ws/ui without a healthy {}, saw none", victim_));
  }
  const base::Nanos took = *shown_at_ - killed_at_;
  if (took >= kShownMax) {
    co_return tell(
        fmt::format("expected it on /ws/ui within {}, saw {}", show(kShownMax), show(took)));
  }
  co_return fmt::format("the page hears of it on /ws/ui after {}", show(took));
}

io::Task<Told<std::string>> DemoStory::hung() {
  DemoLoad load(stage_.loop(), load_on(stage_.node(), kHungService, kHangRate));
  const base::MonoTime begun = stage_.loop().now();
  load.start();
  base::ignore(co_await stage_.loop().sleep_for(500ms), "cancelled: the steps below end at once");
  const std::string victim = busiest(load.report(), kHungService);
  const auto signalled = stage_.fleet().signal(victim, SIGSTOP);
  base::ignore(co_await stage_.loop().sleep_for(5s), "cancelled: as above");
  co_await load.finish();
  base::ignore(stage_.fleet().signal(victim, SIGCONT), "checked below");
  const base::Nanos lasted = stage_.loop().now() - begun;
  std::function<bool()> healthy = [this, &victim] {
    return stage_.watch().status_of(kHungService, victim) == "healthy";
  };
  const auto back =
      co_await stage_.watch().wait_until(std::move(healthy), stage_.loop().now() + 5s);
  const LoadReport& report = load.report();
  if (!signalled) {
    co_return tell(signalled.error());
  }
  if (!sent_enough(report, kHangRate, lasted)) {
    co_return tell(fmt::format("expected {} requests/s, could send only {}", kHangRate,
                               count_requests(report.requests())));
  }
  if (report.failures() > 0 || report.slowest() > kHungAnswerMax) {
    co_return tell(fmt::format("expected no failed request and none above {}, saw {}, slowest {}",
                               show(kHungAnswerMax), failures_of(report), show(report.slowest())));
  }
  if (!back) {
    co_return tell(fmt::format("expected {} healthy within 5 s of SIGCONT, it is not", victim));
  }
  co_return fmt::format("{} by SIGSTOP under {} requests/s: {}, slowest answer {}", victim,
                        kHangRate, count_failures(report), show(report.slowest()));
}

io::Task<Told<std::string>> DemoStory::taken_back() {
  DemoLoad load(stage_.loop(), load_on(stage_.node(), kKilledService, 100));
  load.start();
  const base::MonoTime begun = stage_.loop().now();
  const auto started = co_await stage_.fleet().start_again(victim_);
  while (started && load.report().answers_of(victim_) == 0 && stage_.loop().now() < begun + 10s) {
    if (const auto slept = co_await stage_.loop().sleep_for(5ms); !slept) {
      break;
    }
  }
  const base::MonoTime taken = load.report().last_answer_of(victim_);
  co_await load.finish();
  if (!started) {
    co_return tell(started.error());
  }
  if (load.report().answers_of(victim_) == 0) {
    co_return tell(
        fmt::format("expected {} to answer again within 10 s of its start, it did not", victim_));
  }
  if (load.report().failures() > 0) {
    co_return tell(
        fmt::format("expected no failed request meanwhile, saw {}", failures_of(load.report())));
  }
  co_return fmt::format("{} was started again and answers after {}, {}", victim_,
                        show(taken - begun), count_failures(load.report()));
}

// The instance of a service that gave most answers so far: what is done to it hurts most.
std::string DemoStory::busiest(const LoadReport& report, std::string_view service) const {
  const std::vector<std::string> ids = stage_.fleet().instances_of(service);
  return *std::ranges::max_element(ids, {},
                                   [&](const std::string& id) { return report.answers_of(id); });
}

// Requests that take a while are under way when the node is told to stop.
io::Task<Told<std::string>> DemoStory::stopped() {
  for (const std::string& instance : stage_.fleet().instances_of(kKilledService)) {
    if (const auto slow = co_await stage_.fleet().misbehave(instance, 400, 0); !slow) {
      co_return tell(slow.error());
    }
  }
  std::size_t answered = 0;
  io::TaskScope asking;
  for (std::size_t i = 0; i < kUnderWayAtStop; ++i) {
    asking.spawn("demo request", ask_slowly(&stage_, &answered));
  }
  base::ignore(co_await stage_.loop().sleep_for(100ms), "cancelled: the steps below end at once");
  const base::MonoTime told_to = stage_.loop().now();
  const auto ended = co_await stage_.node().stop(10s);
  const base::Nanos took = stage_.loop().now() - told_to;
  co_await asking.join();
  co_await stage_.watch().stop();
  const std::size_t bad = co_await stage_.fleet().stop();
  if (!ended) {
    co_return tell(ended.error());
  }
  if (!ended->is_success() || answered != kUnderWayAtStop || bad > 0) {
    co_return tell(fmt::format(
        "expected exit 0 and {} answers, saw exit {} (signal {}), {} answers, {} services that "
        "ended badly",
        kUnderWayAtStop, ended->code, ended->signal, answered, bad));
  }
  co_return fmt::format("{} requests under way were answered, the node exited 0 after {}", answered,
                        show(took));
}

io::Task<void> DemoStory::ask_slowly(DemoStage* stage, std::size_t* answered) {
  const auto answer = co_await stage->gateway().fetch(fmt::format("/svc/{}/", kKilledService));
  *answered += answer ? 1 : 0;
}

}  // namespace weft::node
