#include "node/demo_command.h"

#include "cli/options.h"
#include "io/descriptor_table.h"
#include "io/event.h"
#include "io/real_clock.h"
#include "io/signals.h"
#include "io/terminal.h"
#include "node/demo_chaos.h"
#include "node/demo_load.h"
#include "node/demo_screen.h"
#include "node/demo_stage.h"
#include "node/demo_story.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr double kSteadyRate = 50;
constexpr base::Nanos kRestartAfter = 10s;

struct DemoFlags {
  bool check = false;
  bool chaos = false;
  bool json = false;
};

// What the tasks of a demo share. Lifetime: outlives them.
struct Demo {
  io::Loop& loop;
  const DemoFlags& flags;
  DemoStage& stage;
  DemoScreen& screen;
  io::Signals& signals;
  io::Event& finished;  // notified by finish()
  bool is_finished = false;
  int exit_code = 0;

  // The demo is over, by itself or by a signal; the first word counts.
  void finish(int code) {
    if (!is_finished) {
      is_finished = true;
      exit_code = code;
      finished.notify_all();
    }
  }
};

LoadOptions steady_load(DemoStage& stage) {
  LoadOptions options;
  options.to = stage.node().gateway();
  options.requests_per_second = kSteadyRate;
  for (const DemoService& service : stage.fleet().services()) {
    options.targets.push_back(fmt::format("/svc/{}/", service.name));
  }
  return options;
}

void introduce(Demo& demo, const std::vector<std::string>& notes) {
  constexpr const char* kVictim = "discovery-2";
  DemoStage& stage = demo.stage;
  demo.screen.say(
      introduction({stage.node().control(), stage.node().gateway(), stage.fleet().services().size(),
                    stage.fleet().size(), kVictim, stage.fleet().pid(kVictim)}));
  for (const std::string& note : notes) {
    demo.screen.say(note);
  }
}

io::Task<void> show_figures(Demo* demo, const DemoLoad* load) {
  base::HistogramCounts before = load->report().latency();
  base::MonoTime since = demo->loop.now();
  for (;;) {
    if (const auto slept = co_await demo->loop.sleep_for(demo->screen.pace()); !slept) {
      co_return;
    }
    const base::HistogramCounts now = load->report().latency();
    const DemoWatch& watch = demo->stage.watch();
    demo->screen.show_live(
        live_line({demo->loop.now() - since, now.since(before), load->report().failures(),
                   load->report().requests(), watch.services(), watch.services_healthy()}));
    if (demo->screen.is_lost()) {
      demo->finish(0);
      co_return;
    }
    before = now;
    since = demo->loop.now();
  }
}

// The show: until somebody stops it or the node dies.
io::Task<void> run_show(Demo* demo) {
  std::vector<std::string> notes;
  if (const auto started = co_await demo->stage.start(&notes); !started) {
    const io::TaskContext& context = co_await io::current_context();
    if (!context.cancelled) {
      fmt::print(stderr, "weft demo: {}\n", started.error());
      demo->finish(1);
    }
    co_return;
  }
  introduce(*demo, notes);
  DemoLoad load(demo->loop, steady_load(demo->stage));
  io::TaskScope acts;
  load.start();
  acts.spawn("demo figures", show_figures(demo, &load));
  if (demo->flags.chaos) {
    acts.spawn("demo chaos", cause_chaos(&demo->stage, &demo->screen));
  }
  const auto ended = co_await demo->stage.node().wait();
  co_await acts.stop();
  co_await load.stop();
  if (ended) {
    demo->screen.close();
    fmt::print(stderr, "weft demo: the node ended by itself; it said:\n{}",
               demo->stage.node().log_tail());
    demo->finish(1);
  }
}

io::Task<void> run_check(Demo* demo) {
  DemoStory story(demo->stage, cli::form_of(demo->flags.json));
  const bool passed = co_await story.run();
  const io::TaskContext& context = co_await io::current_context();
  if (context.cancelled) {
    co_return;
  }
  if (!passed) {
    fmt::print(stderr, "The node said last:\n{}", demo->stage.node().log_tail());
  }
  demo->finish(passed ? 0 : 1);
}

io::Task<void> await_signal(Demo* demo) {
  if (const auto signal = co_await demo->signals.next(base::kNever); signal) {
    demo->finish(demo->flags.check ? 1 : 0);  // a check that was cut short has shown nothing
  }
}

io::Task<void> conduct(Demo* demo) {
  io::TaskScope tasks;
  tasks.spawn("demo signals", await_signal(demo));
  tasks.spawn("demo", demo->flags.check ? run_check(demo) : run_show(demo));
  if (!demo->is_finished) {
    base::ignore(co_await demo->finished.wait(), "nobody cancels this");
  }
  co_await tasks.stop();
  demo->screen.close();
  if (!demo->flags.check) {
    demo->screen.say("Stopping the node and its services.");
  }
  co_await demo->stage.stop();
}

int fail_start(const DemoFlags& flags, const std::string& what) {
  return cli::fail("demo", {what, 1}, cli::form_of(flags.json));
}

int run_demo(const DemoFlags& flags) {
  io::prepare_descriptors();
  auto driver = io::make_driver(io::DriverKind::kEpoll);
  if (!driver) {
    return fail_start(flags, base::describe(driver.error()));
  }
  io::Loop loop(std::move(*driver), "demo", io::entropy_seed());
  constexpr std::array<int, 3> kStopSignals{SIGTERM, SIGINT, SIGHUP};
  auto signals = io::Signals::make(loop, kStopSignals);
  if (!signals) {
    return fail_start(flags, base::describe(signals.error()));
  }
  static_cast<void>(
      std::signal(SIGPIPE, SIG_IGN));  // a reader that goes ends the demo in an orderly way
  auto directory = DemoDirectory::make();
  if (!directory) {
    return fail_start(flags, directory.error());
  }
  DemoScreen screen(io::is_terminal(io::StandardStream::kOut) ? DemoScreen::Kind::kTerminal
                                                              : DemoScreen::Kind::kPlain);
  DemoStageOptions options;
  if (flags.check) {
    options.ports = DemoPorts::kFree;
  } else {
    options.restart_after = kRestartAfter;
  }
  DemoStage stage(loop, std::move(*directory), options,
                  [&screen](const std::string& line) { screen.say(line); });
  io::Event finished(loop);
  Demo demo{loop, flags, stage, screen, *signals, finished};
  loop.run_until_done(conduct(&demo));
  return demo.exit_code;
}

}  // namespace

cli::Command demo_command() {
  auto flags = std::make_shared<DemoFlags>();
  return {.name = "demo",
          .about = "Run a node with a fleet of sample services, to look at",
          .options = {{.name = "--check",
                       .about = "Tell the story unattended, measure it, exit 0 or 1",
                       .into = &flags->check},
                      {.name = "--chaos",
                       .about = "Slow, break or kill an instance now and then",
                       .into = &flags->chaos,
                       .excludes = {"--check"}},
                      {.name = "--json",
                       .about = "With --check: one JSON object per step, and a summary",
                       .into = &flags->json,
                       .needs = {"--check"}}},
          .run = [flags](const cli::Command&) { return run_demo(*flags); }};
}

}  // namespace weft::node
