#include "node/demo_fleet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kSampleStartPatience = 10s;
constexpr base::Nanos kStopPatience = 2s;

json::object registration(const DemoInstance& instance, const DemoService& service,
                          std::uint16_t port) {
  return {{"service_name", instance.service},
          {"address", "127.0.0.1"},
          {"port", port},
          {"service_id", instance.id},
          {"tags", {"demo"}},
          {"metadata",
           {{"title", service.title},
            {"description", service.description},
            {"version", WEFT_VERSION},
            {"icon", service.icon}}},
          {"health_check", {{"path", "/health"}, {"deregister_after", "off"}}}};
}

std::string how_it_ended(const io::ProcessExit& exit) {
  return exit.signal == SIGKILL ? "was killed"
         : exit.signal != 0     ? fmt::format("ended by signal {}", exit.signal)
                                : fmt::format("ended with exit code {}", exit.code);
}

}  // namespace

DemoFleet::DemoFleet(io::Loop& loop, DemoFleetOptions options, std::function<void(std::string)> say)
    : loop_(loop), options_(std::move(options)), say_(std::move(say)) {
  for (DemoInstance& plan : demo_instances(services_)) {
    const auto service = std::ranges::find(services_, plan.service, &DemoService::name);
    instances_.push_back({std::move(plan), &*service, {}});
  }
}

io::Task<Told<>> DemoFleet::start(std::vector<std::string>* notes) {
  for (Instance& instance : instances_) {
    std::uint16_t port = options_.ports == DemoPorts::kUsual ? instance.plan.port : 0;
    if (port != 0 && !is_free(loop_, local_address(port))) {
      notes->push_back(fmt::format("Port {} is taken: {} gets another.", port, instance.plan.id));
      port = 0;
    }
    instance.address = local_address(port);
    if (auto spawned = spawn(instance); !spawned) {
      co_return spawned;
    }
  }
  for (Instance& instance : instances_) {
    if (auto listening = co_await wait_until_listening(&instance); !listening) {
      co_return listening;
    }
    supervision_.spawn("demo instance", supervise(this, &instance));
  }
  co_return Told<>();
}

Told<> DemoFleet::spawn(Instance& instance) {
  io::ProcessOptions options;
  options.argv = {own_program(),
                  "sample",
                  "--name",
                  instance.plan.service,
                  "--description",
                  fmt::format("{}: {}", instance.service->title, instance.service->description),
                  "--port",
                  std::to_string(instance.address.port),
                  "--gateway",
                  options_.gateway.to_string()};
  if (!instance.service->calls.empty()) {
    options.argv.push_back("--calls");
    options.argv.push_back(fmt::format("{}", fmt::join(instance.service->calls, ",")));
  }
  options.out.kind = io::ProcessOutput::Kind::kPipe;
  options.err = {.kind = io::ProcessOutput::Kind::kFile, .path = options_.log_path};
  auto process = io::Process::spawn(loop_, options);
  if (!process) {
    return tell(
        fmt::format("{} cannot be started: {}", instance.plan.id, base::describe(process.error())));
  }
  instance.process.emplace(std::move(*process));
  return {};
}

// A sample says "listening on ADDRESS" when it does.
io::Task<Told<>> DemoFleet::wait_until_listening(Instance* instance) {
  constexpr std::string_view kPhrase = "listening on ";
  const base::MonoTime deadline = loop_.now() + kSampleStartPatience;
  std::string said;
  std::array<char, 256> piece{};
  while (!said.ends_with('\n')) {
    const auto count = co_await instance->process->read(io::Process::Stream::kOut, piece, deadline);
    if (!count || *count == 0) {
      co_return tell(fmt::format("{} did not start; it said:\n{}", instance->plan.id,
                                 tail_of(options_.log_path, 5)));
    }
    said.append(piece.data(), *count);
  }
  const std::string_view line = std::string_view(said).substr(0, said.find('\n'));
  const auto address =
      base::parse_socket_address(line.starts_with(kPhrase) ? line.substr(kPhrase.size()) : "");
  if (!address) {
    co_return tell(fmt::format("{} said something unexpected: {}", instance->plan.id, line));
  }
  instance->address = *address;
  co_return Told<>();
}

io::Task<Told<>> DemoFleet::enrol(DemoApi& api) {
  for (const Instance& instance : instances_) {
    const auto answer =
        co_await api.post("/api/v1/mesh/v2/register",
                          registration(instance.plan, *instance.service, instance.address.port));
    if (!answer) {
      co_return tell(answer.error());
    }
  }
  co_return Told<>();
}

io::Task<void> DemoFleet::supervise(DemoFleet* fleet, Instance* instance) {
  for (;;) {
    const auto ended = co_await instance->process->wait(base::kNever);
    if (!ended) {
      co_return;  // the fleet stops
    }
    instance->process.reset();
    if (!fleet->options_.restart_after) {
      co_return;
    }
    fleet->say_(fmt::format("{} {}; it comes back in {}", instance->plan.id, how_it_ended(*ended),
                            base::format_duration(*fleet->options_.restart_after)));
    if (const auto slept = co_await fleet->loop_.sleep_for(*fleet->options_.restart_after);
        !slept) {
      co_return;
    }
    auto started = fleet->spawn(*instance);
    if (started) {
      started = co_await fleet->wait_until_listening(instance);
    }
    if (!started) {
      fleet->say_(started.error());
      co_return;
    }
    fleet->say_(fmt::format("{} is back", instance->plan.id));
  }
}

io::Task<std::size_t> DemoFleet::stop() {
  co_await supervision_.stop();
  for (Instance& instance : instances_) {
    if (instance.process) {
      // One that is frozen would not hear the other.
      base::ignore(instance.process->send_signal(SIGTERM), "it may have ended");
      base::ignore(instance.process->send_signal(SIGCONT), "it may have ended");
    }
  }
  const base::MonoTime deadline = loop_.now() + kStopPatience;
  std::size_t bad = 0;
  for (Instance& instance : instances_) {
    if (instance.process) {
      const auto ended = co_await instance.process->wait(deadline);
      bad += ended && ended->is_success() ? 0 : 1;
      instance.process.reset();
    }
  }
  co_return bad;
}

DemoFleet::Instance& DemoFleet::find(const std::string& id) {
  const auto found =
      std::ranges::find_if(instances_, [&](const Instance& one) { return one.plan.id == id; });
  WEFT_ASSERT(found != instances_.end());
  return *found;
}

std::vector<std::string> DemoFleet::instances_of(std::string_view service) const {
  std::vector<std::string> out;
  for (const Instance& instance : instances_) {
    if (instance.plan.service == service) {
      out.push_back(instance.plan.id);
    }
  }
  return out;
}

std::vector<std::string> DemoFleet::running() const {
  std::vector<std::string> out;
  for (const Instance& instance : instances_) {
    if (instance.process) {
      out.push_back(instance.plan.id);
    }
  }
  return out;
}

pid_t DemoFleet::pid(const std::string& id) const {
  for (const Instance& instance : instances_) {
    if (instance.plan.id == id && instance.process) {
      return instance.process->pid();
    }
  }
  return 0;
}

Told<> DemoFleet::signal(const std::string& id, int number) {
  const Instance& instance = find(id);
  if (!instance.process || !instance.process->send_signal(number)) {
    return tell(fmt::format("{} does not run", id));
  }
  return {};
}

io::Task<Told<>> DemoFleet::start_again(std::string id) {
  Instance& instance = find(id);
  if (instance.process) {
    co_return tell(fmt::format("{} still runs", id));
  }
  if (auto spawned = spawn(instance); !spawned) {
    co_return spawned;
  }
  if (auto listening = co_await wait_until_listening(&instance); !listening) {
    co_return listening;
  }
  supervision_.spawn("demo instance", supervise(this, &instance));
  co_return Told<>();
}

io::Task<Told<>> DemoFleet::misbehave(std::string id, double latency_ms, double error_ratio) {
  const Instance& instance = find(id);
  DemoApi direct(loop_, {"127.0.0.1", instance.address.port});
  json::object chaos{{"latency_ms", latency_ms}, {"error_ratio", error_ratio}};
  const auto answer = co_await direct.post("/chaos", std::move(chaos));
  if (!answer) {
    co_return tell(answer.error());
  }
  co_return Told<>();
}

}  // namespace weft::node
