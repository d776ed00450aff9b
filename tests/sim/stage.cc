#include "stage.h"

#include "backend.h"
#include "base/log.h"
#include "client.h"
#include "ground.h"
#include "io/sim_world.h"
#include "ledger.h"
#include "node/node.h"
#include "operator.h"
#include "plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <sstream>

namespace weft::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kControlPort = 8000;
constexpr std::uint16_t kGatewayPort = 10005;
constexpr base::Nanos kPoll = base::Millis(5);
// Checks see everybody well, breakers close, retry budgets fill, late segments arrive.
constexpr base::Nanos kRecovery = base::Seconds(20);
constexpr base::Nanos kPeace = base::Seconds(5);
constexpr base::Nanos kRunMax = base::Seconds(1800);

base::SocketAddress at_port(std::uint16_t port) { return {base::IpAddress::loopback(), port, {}}; }

node::LoadedSettings settings_for(const Plan& plan) {
  auto loaded =
      node::load_settings({{"listeners.consul", "off"},
                           {"listeners.dns", "off"},
                           {"listeners.control", fmt::format("127.0.0.1:{}", kControlPort)},
                           {"listeners.proxy", fmt::format("127.0.0.1:{}", kGatewayPort)},
                           {"data_dir", "/simulated"},
                           {"node.name", "simulated"},
                           {"proxy.loops", std::to_string(plan.loops)},
                           {"proxy.drain_timeout", "5s"},
                           {"cluster.breaker_recovery", "1s"},
                           {"health.interval", "1s"},
                           {"health.timeout", "500ms"}},
                          [](std::string_view) { return std::nullopt; });
  return std::move(loaded).value();
}

// A process of the node, from its start to the last of what it leaves behind.
struct NodeLife {
  NodeLife(io::SimWorld& world, Disk& disk, const Plan& plan, std::size_t number)
      : log({.level = base::LogLevel::kWarning, .queue_lines = 0}, said),
        ground(world, disk, fmt::format("node {}", number)),
        node(ground.control(), log, ground, settings_for(plan)) {}

  std::ostringstream said;
  base::Log log;
  Life ground;
  node::Node node;
  bool has_started = false;
  bool has_ended = false;
  io::TaskScope scope;
};

class Stage final {
 public:
  Stage(std::uint64_t seed, Telling telling)
      : plan_(draw_plan(seed)),
        world_(seed, io::SimWorld::Order::kDrawn),
        loop_(world_.add_loop("outside")),
        ledger_(loop_),
        disk_(world_, seed + 1, plan_.disk_latency) {
    if (telling == Telling::kEverything) {
      ledger_.tell_all();
    }
    for (std::size_t i = 0; i < plan_.backends.size(); ++i) {
      backends_.push_back(std::make_unique<Backend>(world_, ledger_, plan_, i));
    }
  }

  Outcome run();
  bool has_ended() const { return scope_.size() == 0; }

 private:
  static io::Task<void> direct(Stage* self);
  io::Task<void> make_trouble();
  io::Task<void> make_peace();
  io::Task<void> end();

  static io::Task<void> suffer(Stage* self, Event event);
  io::Task<void> suffer_backend(Event event);
  io::Task<void> suffer_node(Event event);

  io::Task<void> boot_node();
  static io::Task<void> start_node(Stage* self, NodeLife* life);
  static io::Task<void> stop_node(NodeLife* life);
  bool node_was_away(base::MonoTime since) const { return is_away_ || away_until_ >= since; }

  void set_links(bool bad);
  void let_clients_rest(bool rests);
  io::Task<void> wait_until(const std::function<bool()>& done);

  const Plan plan_;
  io::SimWorld world_;
  io::Loop& loop_;
  Ledger ledger_;
  Disk disk_;
  std::vector<std::unique_ptr<Backend>> backends_;
  std::deque<NodeLife> lives_;  // the last one is the present one
  bool is_away_ = true;
  base::MonoTime away_until_{};
  std::unique_ptr<Operator> operator_;
  std::vector<std::unique_ptr<GatewayClient>> clients_;
  io::TaskScope mishaps_;
  io::TaskScope scope_;
};

Outcome Stage::run() {
  ledger_.note(plan_.to_string());
  scope_.spawn("director", direct(this));
  if (!world_.run_until([this] { return scope_.size() == 0; }, kRunMax)) {
    ledger_.complain("the run came to no end");
  }
  return {ledger_.complaints(), ledger_.story(), ledger_.fingerprint(), ledger_.answered(),
          ledger_.unanswered()};
}

io::Task<void> Stage::wait_until(const std::function<bool()>& done) {
  while (!done()) {
    base::ignore(co_await loop_.sleep_for(kPoll), "asked again either way");
  }
}

void Stage::set_links(bool bad) {
  const io::SimLink good;
  world_.network().link(at_port(kGatewayPort)) = bad ? plan_.client_link : good;
  world_.network().link(at_port(kControlPort)) = bad ? plan_.control_link : good;
  for (const auto& backend : backends_) {
    world_.network().link(backend->address()) = bad ? plan_.backend_link : good;
  }
}

void Stage::let_clients_rest(bool rests) {
  for (const auto& client : clients_) {
    client->rest(rests);
  }
}

io::Task<void> Stage::direct(Stage* self) {
  std::vector<std::uint16_t> ports;
  for (const auto& backend : self->backends_) {
    backend->boot();
    ports.push_back(backend->address().port);
  }
  co_await self->boot_node();
  self->operator_ = std::make_unique<Operator>(
      Operator::Parts{self->loop_, self->ledger_, self->plan_,
                      base::HostPort{"127.0.0.1", kControlPort}, std::move(ports)});
  co_await self->operator_->register_all();
  base::ignore(co_await self->loop_.sleep_for(2s), "the checks have looked at everybody");
  co_await self->make_trouble();
  co_await self->make_peace();
  co_await self->end();
}

io::Task<void> Stage::make_trouble() {
  set_links(true);
  operator_->start();
  for (std::size_t i = 0; i < plan_.clients; ++i) {
    clients_.push_back(std::make_unique<GatewayClient>(
        GatewayClient::Parts{loop_, ledger_, plan_, at_port(kGatewayPort),
                             [this](base::MonoTime since) { return node_was_away(since); }},
        i));
  }
  const base::MonoTime begun = loop_.now();
  for (const Event& event : plan_.events) {
    base::ignore(co_await loop_.sleep_until(begun + event.at), "never cancelled");
    mishaps_.spawn("mishap", suffer(this, event));
  }
  base::ignore(co_await loop_.sleep_until(begun + plan_.trouble), "never cancelled");
  co_await mishaps_.join();
}

io::Task<void> Stage::make_peace() {
  set_links(false);
  for (const auto& backend : backends_) {
    backend->calm_down();
  }
  ledger_.note("peace");
  let_clients_rest(true);
  operator_->finish();
  Operator* const writer = operator_.get();
  co_await wait_until([writer] { return writer->has_ended(); });
  base::ignore(co_await loop_.sleep_for(kRecovery), "never cancelled");
  co_await operator_->check_all();
  co_await operator_->register_all();
  base::ignore(co_await loop_.sleep_for(kPeace), "the checks have looked at everybody");
  ledger_.note("everything must be well now");
  let_clients_rest(false);
  ledger_.expect_peace();
  base::ignore(co_await loop_.sleep_for(kPeace), "never cancelled");
}

io::Task<void> Stage::end() {
  for (const auto& client : clients_) {
    client->finish();
  }
  co_await wait_until([this] {
    return std::ranges::all_of(clients_, [](const auto& client) { return client->has_ended(); });
  });
  operator_.reset();  // and its connections
  NodeLife& life = lives_.back();
  life.scope.spawn("stop", stop_node(&life));
  co_await wait_until([this] {
    return std::ranges::all_of(lives_, [](const NodeLife& one) { return one.has_ended; });
  });
  for (const auto& backend : backends_) {
    co_await backend->stop();
  }
  base::ignore(co_await loop_.sleep_for(5s), "what is under way arrives");
  if (const std::size_t left = world_.network().open_sockets(); left != 0) {
    ledger_.complain(fmt::format("{} sockets are left", left));
  }
}

io::Task<void> Stage::suffer(Stage* self, Event event) {
  self->ledger_.note(event.to_string());
  switch (event.what) {
    case Mishap::kKillBackend:
    case Mishap::kPauseBackend:
    case Mishap::kResetBackend:
      co_await self->suffer_backend(event);
      break;
    case Mishap::kKillNode:
    case Mishap::kRestartNode:
      co_await self->suffer_node(event);
      break;
    case Mishap::kFailDisk:
      self->disk_.set_failing(true);
      base::ignore(co_await self->loop_.sleep_for(event.lasts), "never cancelled");
      self->disk_.set_failing(false);
      break;
  }
}

io::Task<void> Stage::suffer_backend(Event event) {
  Backend& backend = *backends_[event.backend];
  io::SimNetwork& network = world_.network();
  if (event.what == Mishap::kResetBackend) {
    network.reset_streams(backend.address());
    co_return;
  }
  if (event.what == Mishap::kPauseBackend) {
    network.pause(backend.address());
    base::ignore(co_await loop_.sleep_for(event.lasts), "never cancelled");
    network.resume(backend.address());
    co_return;
  }
  backend.kill();
  base::ignore(co_await loop_.sleep_for(event.lasts), "never cancelled");
  backend.boot();
}

io::Task<void> Stage::suffer_node(Event event) {
  if (is_away_) {
    co_return;  // already
  }
  is_away_ = true;
  NodeLife& life = lives_.back();
  if (event.what == Mishap::kKillNode) {
    life.ground.kill();
  }
  life.scope.spawn("stop", stop_node(&life));
  if (event.what == Mishap::kRestartNode) {
    co_await wait_until([&life] { return life.has_ended; });
  }
  base::ignore(co_await loop_.sleep_for(event.lasts / 4), "never cancelled");
  co_await boot_node();
}

// Tries until it starts: its disk may fail.
io::Task<void> Stage::boot_node() {
  for (;;) {
    NodeLife& life = lives_.emplace_back(world_, disk_, plan_, lives_.size());
    life.scope.spawn("start", start_node(this, &life));
    co_await wait_until([&life] { return life.has_started || life.has_ended; });
    if (life.has_started) {
      break;
    }
    base::ignore(co_await loop_.sleep_for(100ms), "tried again either way");
  }
  ledger_.note("the node has started");
  away_until_ = loop_.now();
  is_away_ = false;
}

io::Task<void> Stage::start_node(Stage* self, NodeLife* life) {
  const auto failure = co_await life->node.start();
  if (failure) {
    self->ledger_.note("the node does not start: " + failure->line);
    co_await life->node.stop();
    life->has_ended = true;
    co_return;
  }
  life->has_started = true;
}

io::Task<void> Stage::stop_node(NodeLife* life) {
  co_await life->node.stop();
  life->has_ended = true;
}

}  // namespace

Outcome perform(std::uint64_t seed, Telling telling) {
  auto stage = std::make_unique<Stage>(seed, telling);
  Outcome outcome = stage->run();
  if (!stage->has_ended()) {
    base::ignore(stage.release(), "what waits for ever cannot be taken down in order");
  }
  return outcome;
}

}  // namespace weft::sim
