#include "node/demo_fleet.h"

#include "base/json.h"
#include "base/text.h"
#include "io/socket.h"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace weft::node {
namespace {

using namespace std::chrono_literals;
using base::Code;
using base::Result;

constexpr base::Nanos kPatience = 10s;  // for a child to come up
constexpr std::uint16_t kControlPort = 8000;
constexpr std::uint16_t kGatewayPort = 10005;

constexpr std::array<DemoService, 6> kServices{{
    {"discovery", "Discovery Service", "system scanning", 8001, "", 2},
    {"factory-reset", "Factory Reset Service", "cleanup operations", 8002, "discovery", 1},
    {"reinstallation", "Reinstallation Service", "package management", 8003, "discovery", 1},
    {"optimization", "Optimization Service", "performance tuning", 8004,
     "discovery,metrics-collector", 2},
    {"terminal-config", "Terminal Config Service", "shell customization", 8005, "discovery", 1},
    {"metrics-collector", "Metrics Collector", "metrics collection", 8006, "", 2},
}};

// The wanted port when nobody has it, else 0, which lets the child pick one.
std::uint16_t port_if_free(io::Loop& loop, std::uint16_t wanted) {
  auto listener = io::listen(loop, {base::IpAddress::loopback(), wanted, {}}, {});
  if (listener) {
    return wanted;
  }
  fmt::print("port {} is taken; another one is used instead\n", wanted);
  return 0;
}

std::optional<base::HostPort> first_address(const json::value& listeners, std::string_view role) {
  const auto* list = listeners.is_object() ? listeners.get_object().if_contains(role) : nullptr;
  if (list == nullptr || !list->is_array() || list->get_array().empty()) {
    return std::nullopt;
  }
  const auto parsed = base::parse_host_port(list->get_array().front().get_string());
  return parsed ? std::optional(*parsed) : std::nullopt;
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

std::span<const DemoService> demo_services() { return kServices; }

DemoFleet::DemoFleet(io::Loop& loop)
    : loop_(loop),
      client_(loop, nullptr, http::Client::Reuse::kKeepAlive),
      directory_(fmt::format("{}/weft-demo-{:016x}",
                             std::filesystem::temp_directory_path().string(),
                             loop.random().next())) {}

DemoFleet::~DemoFleet() = default;

io::Task<Result<void>> DemoFleet::start() {
  std::filesystem::create_directories(directory_);
  WEFT_CO_TRY_VOID(co_await start_node());
  for (const DemoService& service : kServices) {
    for (int i = 0; i < service.instances; ++i) {
      const std::uint16_t port = i == 0 ? port_if_free(loop_, service.port) : std::uint16_t{0};
      WEFT_CO_TRY_VOID(co_await start_sample(service, port));
    }
  }
  co_return Result<void>();
}

io::Task<Result<void>> DemoFleet::start_node() {
  io::ProcessOptions options;
  options.argv = {"/proc/self/exe", "server"};
  options.environment = {
      "WEFT_DATA_DIR=" + directory_,
      fmt::format("WEFT_CONTROL_LISTEN=127.0.0.1:{}", port_if_free(loop_, kControlPort)),
      fmt::format("WEFT_PROXY_LISTEN=127.0.0.1:{}", port_if_free(loop_, kGatewayPort)),
      "WEFT_HEALTH_INTERVAL=1s",
      "WEFT_HEALTH_TIMEOUT=1s",
      "WEFT_CLUSTER_PER_TRY_TIMEOUT=1s",
      "WEFT_CLUSTER_BREAKER_RECOVERY=2s",
  };
  options.out = {io::ProcessOutput::Kind::kFile, directory_ + "/node.log"};
  options.err = {io::ProcessOutput::Kind::kMerge, {}};
  WEFT_CO_TRY(auto process, io::Process::spawn(loop_, options));
  node_ = std::make_unique<io::Process>(std::move(process));
  const base::MonoTime deadline = loop_.now() + kPatience;
  while (loop_.now() < deadline) {
    const auto listeners = base::parse_json(read_text(directory_ + "/listeners.json"));
    if (listeners) {
      const auto control = first_address(*listeners, "control");
      const auto gateway = first_address(*listeners, "proxy");
      if (control && gateway) {
        control_ = *control;
        gateway_ = *gateway;
        co_return Result<void>();
      }
    }
    WEFT_CO_TRY_VOID(co_await loop_.sleep_for(10ms));
  }
  fmt::print(stderr, "{}", read_text(directory_ + "/node.log"));
  co_return base::fail(Code::kTimeout, "the node does not come up");
}

io::Task<Result<void>> DemoFleet::start_sample(const DemoService& service, std::uint16_t port) {
  io::ProcessOptions options;
  options.argv = {"/proc/self/exe", "sample",
                  "--name",         std::string(service.name),
                  "--description",  std::string(service.description),
                  "--port",         std::to_string(port),
                  "--gateway",      gateway_.to_string()};
  if (!service.calls.empty()) {
    options.argv.emplace_back("--calls");
    options.argv.emplace_back(service.calls);
  }
  options.out.kind = io::ProcessOutput::Kind::kPipe;
  WEFT_CO_TRY(auto process, io::Process::spawn(loop_, options));
  samples_.push_back(std::make_unique<io::Process>(std::move(process)));
  std::string line;
  while (!line.ends_with('\n')) {
    std::array<char, 256> piece{};
    WEFT_CO_TRY(
        const std::size_t count,
        co_await samples_.back()->read(io::Process::Stream::kOut, piece, loop_.now() + kPatience));
    if (count == 0) {
      co_return base::fail(Code::kClosed, "a sample ended at once");
    }
    line.append(piece.data(), count);
  }
  const std::string_view address = std::string_view(line).substr(line.rfind(' ') + 1);
  WEFT_CO_TRY(const auto bound, base::parse_host_port(address.substr(0, address.size() - 1)));
  co_return co_await register_sample(service, bound.port);
}

io::Task<Result<void>> DemoFleet::register_sample(const DemoService& service, std::uint16_t port) {
  http::ClientRequest request;
  request.method = wire::Method::kPost;
  request.to = control_;
  request.target = "/api/v1/mesh/v2/register";
  request.fields.add("Content-Type", "application/json");
  request.deadline = loop_.now() + kPatience;
  request.body = json::serialize(json::object{
      {"service_name", service.name},
      {"address", "127.0.0.1"},
      {"port", port},
      {"metadata",
       {{"title", service.title}, {"description", service.description}, {"version", "1.0.0"}}}});
  WEFT_CO_TRY(const auto response, co_await client_.call(std::move(request)));
  if (response.status != 200) {
    co_return base::fail(Code::kUnavailable, "the node refuses a registration");
  }
  co_return Result<void>();
}

io::Task<void> DemoFleet::stop() {
  if (node_) {
    base::ignore(node_->send_signal(SIGTERM), "it may have ended already");
    base::ignore(co_await node_->wait(loop_.now() + kPatience), "its destructor kills it");
  }
  samples_.clear();
  node_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace weft::node
