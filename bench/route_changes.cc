// A gateway with a large route table, and how long a change of it takes to reach every loop.
//
//   bench_route_changes serve SHAPE ROUTES CLUSTERS PORT BACKEND_PORT
//     One loop on 127.0.0.1:PORT, every route to one service. Ends on SIGTERM by dying.
//   bench_route_changes change SHAPE ROUTES CLUSTERS PORT BACKEND_PORT ROUNDS FOLDER
//     Two loops, fed by a State with its SQLite file in FOLDER. Prints a line when it serves, waits
//     for one, then adds, changes and removes a route, changes an instance, adds and removes a
//     service, ROUNDS times. Milliseconds from the command to the moment when the last loop has
//     adopted; turns of the loops meanwhile, and for as long again without changes. Prints one line
//     of JSON, ends after another line.
#include "base/address.h"
#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "base/text.h"
#include "io/blocking_pool.h"
#include "io/descriptor_table.h"
#include "io/driver.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/real_clock.h"
#include "io/task.h"
#include "io/watchdog.h"
#include "model/command.h"
#include "model/snapshot.h"
#include "proxy/compile.h"
#include "proxy/data_plane.h"
#include "proxy/route_index.h"
#include "route_shapes.h"
#include "state/state.h"
#include "state/store_sqlite.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace weft;

constexpr std::size_t kStepsPerCommand = 5'000;
constexpr base::Nanos kPause = base::Millis(5);  // between two changes

struct Wanted {
  bench::Shape shape = bench::Shape::kHosts;
  std::size_t routes = 0;
  std::size_t clusters = 0;
  base::SocketAddress address;
  std::uint16_t backend_port = 0;
  std::size_t rounds = 0;
  std::string folder;
};

template <class T>
T or_die(base::Result<T> result, const char* what) {
  if (!result) {
    std::cerr << what << ": " << base::describe(result.error()) << '\n';
    std::_Exit(1);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*result);
  }
}

std::unique_ptr<io::Driver> make_epoll() {
  return or_die(io::make_driver(io::DriverKind::kEpoll), "epoll");
}

// An address each, as services have: to one alone the ports of a machine would soon run out.
std::string address_of(std::size_t service) {
  return fmt::format("127.{}.{}.{}", 1 + (service >> 16U), service >> 8U & 0xffU, service & 0xffU);
}

model::Instance make_instance(const Wanted& wanted, std::size_t service) {
  model::Instance instance;
  instance.service = bench::service_name(service);
  instance.id = instance.service + "-1";
  instance.address = address_of(service);
  instance.port = wanted.backend_port;
  return instance;
}

int serve(const Wanted& wanted) {
  io::Loop loop(make_epoll(), "control", 1);
  std::vector<model::Cluster> clusters;
  for (std::size_t i = 0; i < wanted.clusters; ++i) {
    model::Cluster& cluster = clusters.emplace_back();
    cluster.number = static_cast<std::uint32_t>(i + 1);
    cluster.service = bench::service_name(i);
    cluster.endpoints.push_back({cluster.number, cluster.service, address_of(i),
                                 wanted.backend_port, 100, model::Health::kPassing});
  }
  std::vector<model::Route> routes;
  routes.reserve(wanted.routes);
  for (std::size_t i = 0; i < wanted.routes; ++i) {
    routes.push_back(bench::make_route(wanted.shape, i, bench::service_name(0)));
  }
  proxy::DataPlane plane(
      loop, {.worker = {}, .loops = 1, .make_loop = io::loop_threads(io::DriverKind::kAuto)},
      {[](const auto&) {}, [](const auto&) {}, [](auto) {}});
  or_die(plane.open(std::array{wanted.address}, nullptr), "listen");
  plane.publish(std::make_shared<proxy::RouteIndex>(
      model::make_snapshot(std::move(clusters), std::move(routes))));
  plane.start();
  loop.run();
  return 0;
}

// Turns longer than Watchdog::kSlowTurn, and the longest, by the name of the loop.
struct Turns {
  std::map<std::string, std::uint64_t> slow;
  std::map<std::string, double> longest_ms;
};

Turns read_turns(const base::MeterRegistry& meters) {
  Turns turns;
  for (const base::MeterFamily& family : meters.collect()) {
    for (const base::MeterSample& sample : family.samples) {
      const auto loop =
          std::ranges::find(sample.labels, "loop", [](const auto& l) { return l.first; });
      if (family.info.name == "weft_loop_slow_turns_total") {
        turns.slow[loop->second] = std::get<std::uint64_t>(sample.value);
      } else if (family.info.name == "weft_loop_turn_max_seconds") {
        turns.longest_ms[loop->second] =
            static_cast<double>(std::get<std::int64_t>(sample.value)) / 1e6;
      }
    }
  }
  return turns;
}

double ms_since(base::MonoTime then) {
  return static_cast<double>((io::real_now() - then).count()) / 1e6;
}

// Of ascending samples.
double at_share(const std::vector<double>& samples, double share) {
  return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
}

// What this thread has used of its processor, which does not depend on who else wants it.
double thread_cpu_ms() {
  timespec used{};
  static_cast<void>(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used));
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

// The node as far as a route is concerned: state, compiler, data plane, wired as node/wiring.cc
// does it.
class Gateway final {
 public:
  Gateway(io::Loop& loop, const Wanted& wanted)
      : loop_(loop),
        wanted_(wanted),
        pool_(2),
        store_(or_die(state::StoreSqlite::open({.path = wanted.folder + "/weft.db"}), "store")),
        state_({loop, pool_, *store_, log_, meters_}, {}),
        compiler_({}, ""),
        plane_(loop,
               {.worker = {}, .loops = 2, .make_loop = io::loop_threads(io::DriverKind::kAuto)},
               {[](const auto&) {}, [](const auto&) {}, [](auto) {}, &meters_, &log_}),
        published_(loop) {}

  io::Task<void> run() {
    const auto started = co_await state_.start();
    or_die(started, "state");
    co_await load();
    index_ = std::make_shared<const proxy::RouteIndex>(compiler_.compile_all(*state_.view()));
    or_die(plane_.open(std::array{wanted_.address}, nullptr), "listen");
    plane_.publish(index_);
    plane_.start();
    subscription_ =
        state_.feed().subscribe([this](const state::FeedBatch& batch) { on_changes(batch); });
    fmt::print("serving {} routes\n", wanted_.routes);
    static_cast<void>(std::fflush(stdout));
    co_await wait_for_line();
    co_await measure();
    co_await wait_for_line();
    co_await plane_.stop();
    co_await state_.stop();
    loop_.stop_soon();
  }

 private:
  io::Task<void> wait_for_line() {
    const auto read = [] {
      std::string line;
      return static_cast<bool>(std::getline(std::cin, line));
    };
    base::ignore(co_await pool_.run(loop_, read), "its end is a line as well");
  }

  void on_changes(const state::FeedBatch& batch) {
    for (const model::Change& change : batch.changes) {
      compiler_.note(change);
    }
    if (compiler_.is_dirty() && !publish_posted_) {
      publish_posted_ = true;
      loop_.post([this] { publish(); });
    }
  }

  void publish() {
    publish_posted_ = false;
    index_ = std::make_shared<const proxy::RouteIndex>(*index_, compiler_.compile(*state_.view()));
    plane_.publish(index_);
    published_.notify_all();
  }

  io::Task<void> load() {
    model::Command command{.actor = "bench", .steps = {}};
    for (std::size_t i = 0; i < wanted_.clusters + wanted_.routes; ++i) {
      if (i < wanted_.clusters) {
        command.steps.emplace_back(model::Put{make_instance(wanted_, i), {}});
      } else {
        const std::size_t route = i - wanted_.clusters;
        const std::string service = bench::service_name(route % wanted_.clusters);
        command.steps.emplace_back(
            model::Put{bench::make_route(wanted_.shape, route, service), {}});
      }
      if (command.steps.size() == kStepsPerCommand || i + 1 == wanted_.clusters + wanted_.routes) {
        const auto applied = co_await state_.apply(std::move(command));
        or_die(applied, "loading");
        command = {.actor = "bench", .steps = {}};
      }
    }
  }

  // One change, from the command to its adoption by the last loop.
  io::Task<void> change(const char* what, model::Step step) {
    model::Command command{.actor = "bench", .steps = {}};
    command.steps.push_back(std::move(step));
    const base::MonoTime began = io::real_now();
    const double cpu_began = thread_cpu_ms();
    const auto applied = co_await state_.apply(std::move(command));
    const std::uint64_t wanted = or_die(applied, what).index;
    took_[what].durable_ms.push_back(ms_since(began));
    while (index_->snapshot().index < wanted) {
      base::ignore(co_await published_.wait(), "looks again");
    }
    for (const auto& loop : co_await plane_.report({})) {
      if (loop.index < wanted) {
        std::cerr << what << ": a loop has not adopted it\n";
        std::_Exit(1);
      }
    }
    took_[what].ms.push_back(ms_since(began));
    took_[what].cpu_ms.push_back(thread_cpu_ms() - cpu_began);
    base::ignore(co_await loop_.sleep_for(kPause), "nobody cancels it");
  }

  io::Task<void> measure() {
    const io::Watchdog watchdog(loop_, log_, meters_);
    const Turns first = read_turns(meters_);
    const base::MonoTime began = io::real_now();
    for (std::size_t round = 0; round < wanted_.rounds; ++round) {
      co_await change_once(round);
    }
    const base::Nanos lasted = io::real_now() - began;
    const Turns second = read_turns(meters_);
    base::ignore(co_await loop_.sleep_for(lasted), "nobody cancels it");
    const Turns third = read_turns(meters_);
    print(first, second, third);
  }

  io::Task<void> change_once(std::size_t round) {
    const std::size_t service = round * 7 % wanted_.clusters;
    model::Route route =
        bench::make_route(wanted_.shape, wanted_.routes + round, bench::service_name(service));
    model::Step step = model::Put{route, {}};
    co_await change("add a route", step);
    route.priority = 7;
    route.path += "x/";
    step = model::Put{route, {}};
    co_await change("change a route", step);
    step = model::Delete{model::Table::kRoutes, route.id};
    co_await change("remove a route", step);
    model::Instance instance = make_instance(wanted_, service);
    instance.weight = static_cast<std::uint16_t>(101 + round);
    step = model::Put{instance, {}};
    co_await change("change an instance", step);
    instance = make_instance(wanted_, wanted_.clusters + round);
    step = model::Put{instance, {}};
    co_await change("add a service", step);
    step = model::Delete{model::Table::kInstances, instance.id};
    co_await change("remove a service", step);
  }

  void print(const Turns& first, const Turns& second, const Turns& third) {
    fmt::print("{{\"changes\": {{");
    const char* comma = "";
    for (auto& [what, took] : took_) {
      std::vector<double>& samples = took.ms;
      std::ranges::sort(samples);
      std::ranges::sort(took.durable_ms);
      std::ranges::sort(took.cpu_ms);
      fmt::print(R"({}"{}": {{"p50": {:.3f}, "p99": {:.3f}, "max": {:.3f}, "durable_p50": {:.3f}, )"
                 R"("durable_p99": {:.3f}, "cpu_p50": {:.3f}}})",
                 comma, what, at_share(samples, 0.5), at_share(samples, 0.99), samples.back(),
                 at_share(took.durable_ms, 0.5), at_share(took.durable_ms, 0.99),
                 at_share(took.cpu_ms, 0.5));
      comma = ", ";
    }
    fmt::print("}}, \"loops\": {{");
    comma = "";
    for (const auto& [loop, slow] : second.slow) {
      const std::uint64_t before = first.slow.contains(loop) ? first.slow.at(loop) : 0;
      fmt::print(R"({}"{}": {{"slow_turns": {}, "slow_turns_at_rest": {}, "longest_ms": {:.3f}}})",
                 comma, loop, slow - before, third.slow.at(loop) - slow,
                 second.longest_ms.at(loop));
      comma = ", ";
    }
    fmt::print("}}}}\n");
    static_cast<void>(std::fflush(stdout));
  }

  io::Loop& loop_;
  const Wanted& wanted_;
  base::Log log_{{.level = base::LogLevel::kWarning}};
  base::MeterRegistry meters_;
  io::BlockingPool pool_;
  std::unique_ptr<state::StoreSqlite> store_;
  state::State state_;
  state::Feed::Subscription subscription_;
  proxy::SnapshotCompiler compiler_;
  proxy::DataPlane plane_;
  std::shared_ptr<const proxy::RouteIndex> index_;
  io::Event published_;
  bool publish_posted_ = false;
  struct Took {
    std::vector<double> ms;
    std::vector<double> durable_ms;  // of these: until it was on the disk
    std::vector<double> cpu_ms;      // of the control loop
  };
  std::map<std::string, Took> took_;
};

int measure_changes(const Wanted& wanted) {
  io::prepare_descriptors();
  io::Loop loop(make_epoll(), "control", 1);
  Gateway gateway(loop, wanted);
  io::TaskScope scope;
  scope.spawn("bench", gateway.run());
  loop.run();
  return 0;
}

std::optional<Wanted> read_arguments(const std::vector<std::string>& arguments) {
  Wanted wanted;
  const auto shape = bench::parse_shape(arguments[2]);
  std::array<std::uint64_t, 5> numbers{};
  for (std::size_t i = 0; i < numbers.size() && i + 3 < arguments.size(); ++i) {
    const auto number = base::parse_u64(arguments[i + 3]);
    if (!number || *number == 0) {
      return std::nullopt;
    }
    numbers[i] = *number;
  }
  if (!shape) {
    return std::nullopt;
  }
  wanted.shape = *shape;
  wanted.routes = numbers[0];
  wanted.clusters = numbers[1];
  wanted.address = {base::IpAddress::loopback(), static_cast<std::uint16_t>(numbers[2]), {}};
  wanted.backend_port = static_cast<std::uint16_t>(numbers[3]);
  wanted.rounds = numbers[4];
  wanted.folder = arguments.back();
  return wanted;
}

}  // namespace

int main(int count, char** texts) {
  const std::vector<std::string> arguments(texts, texts + count);
  const bool serves = count == 7 && arguments[1] == "serve";
  const bool changes = count == 9 && arguments[1] == "change";
  const auto wanted = serves || changes ? read_arguments(arguments) : std::nullopt;
  if (!wanted) {
    std::cerr << "bench_route_changes serve SHAPE ROUTES CLUSTERS PORT BACKEND_PORT\n"
                 "bench_route_changes change SHAPE ROUTES CLUSTERS PORT BACKEND_PORT ROUNDS "
                 "FOLDER\n";
    return 2;
  }
  return serves ? serve(*wanted) : measure_changes(*wanted);
}
