#include "node/demo_node.h"

#include "base/json.h"
#include "node/demo_api.h"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iterator>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kControlPort = 8000;
constexpr std::uint16_t kGatewayPort = 10005;
constexpr base::Nanos kNodeStartPatience = 10s;

// Takes the wanted port if it is free. Returns: "127.0.0.1:PORT", port 0 standing for any.
std::string listen_text(io::Loop& loop, std::uint16_t wanted, const char* who,
                        std::vector<std::string>* notes) {
  if (wanted != 0 && !is_free(loop, local_address(wanted))) {
    notes->push_back(fmt::format("Port {} is taken: {} gets another.", wanted, who));
    wanted = 0;
  }
  return local_address(wanted).to_string();
}

}  // namespace

io::ProcessOptions DemoNode::process_options(DemoPorts ports,
                                             std::vector<std::string>* notes) const {
  const bool usual = ports == DemoPorts::kUsual;
  io::ProcessOptions options;
  options.argv = {own_program(), "server"};
  options.directory = directory_.path();  // no config file of the user's is found from here
  options.out = {.kind = io::ProcessOutput::Kind::kFile, .path = log_path()};
  options.err.kind = io::ProcessOutput::Kind::kMerge;
  options.environment = {
      "WEFT_CONTROL_LISTEN=" +
          listen_text(loop_, usual ? kControlPort : std::uint16_t{0}, "the page", notes),
      "WEFT_PROXY_LISTEN=" +
          listen_text(loop_, usual ? kGatewayPort : std::uint16_t{0}, "the gateway", notes),
      "WEFT_DATA_DIR=" + directory_.path() + "/data",
      "WEFT_NODE_NAME=demo",
      "WEFT_HEALTH_INTERVAL=1s",
      "WEFT_CLUSTER_PER_TRY_TIMEOUT=1s",
      "WEFT_CLUSTER_BREAKER_RECOVERY=2s"};
  // Only what the demo shows listens; nothing of it collides with a real mesh on this machine.
  for (const char* role :
       {"PROXY_TLS", "ADMIN", "CONSUL", "DNS", "MONITOR", "AMQP", "BUS_ADMIN", "REDIS"}) {
    options.environment.push_back(fmt::format("WEFT_{}_LISTEN=off", role));
  }
  return options;
}

io::Task<Told<>> DemoNode::start(DemoPorts ports, std::vector<std::string>* notes) {
  auto process = io::Process::spawn(loop_, process_options(ports, notes));
  if (!process) {
    co_return tell(fmt::format("the node cannot be started: {}", base::describe(process.error())));
  }
  process_.emplace(std::move(*process));
  const base::MonoTime deadline = loop_.now() + kNodeStartPatience;
  while (!read_listeners()) {
    const auto ended = co_await process_->wait(loop_.now() + 10ms);
    if (ended) {
      co_return tell(fmt::format("the node ended at once; it said:\n{}", log_tail()));
    }
    if (ended.error().code == base::Code::kCancelled) {
      co_return tell("stopped");
    }
    if (loop_.now() > deadline) {
      co_return tell(fmt::format("the node does not listen after {}; it said:\n{}",
                                 base::format_duration(kNodeStartPatience), log_tail()));
    }
  }
  co_return Told<>();
}

// Source: contract/README.md "Listeners": data_dir/listeners.json lists what was bound.
bool DemoNode::read_listeners() {
  std::ifstream file(directory_.path() + "/data/listeners.json");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto listeners = base::parse_json(text);
  if (!listeners) {
    return false;
  }
  for (const auto& [role, out] : {std::pair{"control", &control_}, std::pair{"proxy", &gateway_}}) {
    const auto* list = at(*listeners, {role}).if_array();
    const auto address =
        base::parse_host_port(list == nullptr || list->empty() ? "" : text_at((*list)[0], {}));
    if (!address) {
      return false;
    }
    *out = *address;
  }
  return true;
}

io::Task<base::Result<io::ProcessExit>> DemoNode::wait() { return process_->wait(base::kNever); }

io::Task<Told<io::ProcessExit>> DemoNode::stop(base::Nanos patience) {
  if (!process_) {
    co_return tell("the node did not run");
  }
  base::ignore(process_->send_signal(SIGTERM), "it may have ended already");
  const auto ended = co_await process_->wait(loop_.now() + patience);
  if (!ended) {
    base::ignore(process_->send_signal(SIGKILL), "it may end now");
    co_return tell(fmt::format("the node did not stop within {}; it said:\n{}",
                               base::format_duration(patience), log_tail()));
  }
  co_return *ended;
}

}  // namespace weft::node
