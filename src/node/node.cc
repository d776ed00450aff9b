#include "node/node.h"

#include "api/mesh/face.h"
#include "api/pages/pages.h"
#include "api/ui/face.h"
#include "base/uuid.h"
#include "http/openapi.h"
#include "io/host.h"
#include "node/listening.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace weft::node {
namespace {

using namespace std::chrono_literals;

// Which role is named when a listener cannot bind.
constexpr std::string_view kControl = "control";
constexpr std::string_view kConsul = "consul";
constexpr std::string_view kProxy = "proxy";

model::ClusterSettings cluster_defaults(const Settings& settings) {
  model::ClusterSettings out;
  out.service = model::kEveryService;
  out.timeouts.per_try = settings.per_try_timeout;
  out.breaker.recovery = settings.breaker_recovery;
  out.breaker.consecutive_failures = static_cast<std::uint32_t>(settings.breaker_failures);
  out.limits = model::limit_settings(settings.limits);
  out.adaptive.limit_max =
      static_cast<std::uint32_t>(settings.limits[base::Limit::kAdaptiveRequests]);
  return out;
}

proxy::DataPlaneOptions plane_options(Ground& ground, const Settings& settings) {
  proxy::DataPlaneOptions options;
  options.worker = proxy::worker_options(settings.limits);
  options.loops = settings.proxy_loops;
  options.make_loop = [&ground, driver = settings.io_driver](std::string name) {
    return ground.make_loop(driver, std::move(name));
  };
  return options;
}

state::State::Options state_options(const base::Limits& limits) {
  state::State::Options options;
  options.limits.services_max = limits[base::Limit::kServices];
  options.limits.instances_max = limits[base::Limit::kInstances];
  // A snapshot is restored by one command, however much is in it.
  options.limits.steps_max = 2 * options.limits.rows_max;
  options.feed.waiters_max = limits[base::Limit::kWatchers];
  return options;
}

// Where others reach this node: what somebody said, else the first address it listens on that is
// not of the machine alone.
std::string node_address(const Settings& settings) {
  if (!settings.node_address.empty()) {
    return settings.node_address;
  }
  for (const ListenAddresses* listeners :
       {&settings.consul_listen, &settings.control_listen, &settings.proxy_listen}) {
    for (const base::SocketAddress& address : listeners->list) {
      if (!address.is_unix() && !address.ip.is_loopback() && !address.ip.is_unspecified()) {
        return address.ip.to_string();
      }
    }
  }
  return "127.0.0.1";
}

StartFailure cannot_listen(std::string_view role, const std::string& why) {
  const std::string key = fmt::format("listeners.{}", role);
  const auto facts = std::ranges::find(setting_table(), key, &SettingFacts::key);
  return {fmt::format("{}; set {} ({}) to another address or port", why, key, facts->env)};
}

}  // namespace

Node::Node(io::Loop& loop, base::Log& log, Ground& ground, LoadedSettings settings,
           std::function<void()> taken_over)
    : loop_(loop),
      log_(log),
      ground_(ground),
      loaded_(std::move(settings)),
      settings_(loaded_.settings),
      watchdog_(loop, log, meters_),
      plane_(loop, plane_options(ground, settings_),
             {[this](std::vector<model::Record> records) { on_records(std::move(records)); },
              [this](proxy::BreakerEvent event) { on_breaker(event); },
              [this](std::uint32_t instance) { passive_->suspect(instance); }, &meters_, &log_}),
      compiler_(cluster_defaults(settings_), settings_.zone),
      taken_over_(std::move(taken_over)),
      control_({loop, log, meters_}, std::string(kControl), FaceServer::WhenTaken::kFail, style_),
      consul_({loop, log, meters_}, std::string(kConsul), FaceServer::WhenTaken::kWarn,
              consul_style_) {
  facts_.name = settings_.node_name.empty() ? io::host_name() : settings_.node_name;
  facts_.version = WEFT_VERSION;
  facts_.started = loop.wall_now();
  facts_.epoch = fmt::format("{:016x}", loop.random().next());
  facts_.health_interval = settings_.health_interval;
  facts_.health_timeout = settings_.health_timeout;
  facts_.cluster_defaults = cluster_defaults(settings_);
}

Node::~Node() = default;

io::Task<std::optional<StartFailure>> Node::start(Beginning beginning) {
  for (const std::string& warning : loaded_.warnings) {
    log_.warning("config", {{"problem", warning}});
  }
  for (const std::string& name : loaded_.without_effect) {
    log_.warning("this setting has no effect yet: its part does not exist", {{"setting", name}});
  }
  if (auto failure = check_exposure()) {
    co_return failure;
  }
  if (auto failure = open_access_log()) {
    co_return failure;
  }
  if (beginning == Beginning::kTakeover) {
    auto begun = co_await Takeover::begin(&loop_, settings_.data_dir);
    if (!begun) {
      co_return StartFailure{begun.error()};
    }
    takeover_ = std::move(*begun);
  }
  auto failure = co_await check_addresses();
  if (!failure) {
    failure = co_await start_state();
  }
  if (failure) {
    co_return failure;
  }
  if (auto resolver = ground_.make_resolver(loop_)) {
    resolver_ = std::move(*resolver);
  } else {
    log_.warning("names are not resolved", {{"error", base::describe(resolver.error())}});
    resolver_ = std::make_unique<io::FixedResolver>();
  }
  wire();
  add_routes();
  failure = open_listeners();
  if (failure) {
    co_return failure;
  }
  publish_snapshot();
  if (takeover_) {
    failure = co_await finish_takeover();
  }
  if (failure) {
    co_return failure;
  }
  co_await begin_work();
  co_return std::nullopt;
}

std::optional<StartFailure> Node::read_node_id() {
  const auto id =
      ground_.keep_file(settings_.data_dir + "/node-id", base::make_uuid(loop_.random()));
  if (!id || !base::is_uuid(*id)) {
    return StartFailure{fmt::format(
        "data_dir {}: node-id: {}", settings_.data_dir,
        id ? "is not a UUID; remove the file to get a new one" : base::describe(id.error()))};
  }
  node_id_ = *id;
  return std::nullopt;
}

io::Task<std::optional<StartFailure>> Node::start_state() {
  std::uint64_t index_expected = 0;
  if (takeover_) {
    const auto index = co_await takeover_->ask_for_store();
    if (!index) {
      co_return StartFailure{index.error()};
    }
    index_expected = *index;
  }
  auto failure = co_await open_store();
  if (!failure) {
    failure = read_node_id();
  }
  if (failure) {
    co_return failure;
  }
  make_state();
  if (takeover_) {
    state_->hold_commands();
  }
  if (const auto started = co_await state_->start(); !started) {
    co_return StartFailure{
        fmt::format("{}: {}", describe(store_choice()), base::describe(started.error()))};
  }
  if (state_->view()->index() < index_expected) {
    co_return StartFailure{
        fmt::format("{}: the store is not the running server's: its newest change is {}, not {}",
                    describe(store_choice()), state_->view()->index(), index_expected)};
  }
  failure = co_await join_others();
  co_return failure;
}

// From here on it serves. Whoever took over has everything by now.
io::Task<void> Node::begin_work() {
  if (access_log_) {
    access_log_->start();
  }
  plane_.start();
  sessions_->start();
  is_serving_ = true;
  tasks_.spawn("node housekeeping", keep_house(this));  // asks the loops, so they must run
  if (takeover_) {
    control_.accept();
    consul_.accept();
    base::ignore(co_await state_->take_back_store(), "the state has logged it and tries again");
    co_await plane_.open_missing();
    takeover_.reset();
  }
  co_await write_down_node();
  membership_->start([this] { return write_down_node(); });
  if (dns_) {
    dns_->start(*state_->view());
  }
  start_consul_sync();
  write_listeners_file();
  offer_takeover();
}

// An admin-type listener beyond loopback without access control is refused, or shown as a warning
// when somebody wrote down that it may be. Source: contract/README.md "Listeners".
std::optional<StartFailure> Node::check_exposure() {
  const std::pair<std::string_view, const ListenAddresses*> roles[] = {
      {kControl, &settings_.control_listen}, {kConsul, &settings_.consul_listen}};
  for (const auto& [role, listeners] : roles) {
    if (role == kConsul && settings_.protect.has(kConsul)) {
      continue;  // it asks for a token
    }
    for (const base::SocketAddress& address : listeners->list) {
      if (auto failure = check_exposure(role, address)) {
        return failure;
      }
    }
  }
  return std::nullopt;
}

std::optional<StartFailure> Node::check_exposure(std::string_view role,
                                                 const base::SocketAddress& address) {
  if (address.is_unix() || address.ip.is_loopback()) {
    return std::nullopt;
  }
  if (!settings_.allow_unauthenticated) {
    return StartFailure{
        fmt::format("listeners.{}: {} is reachable from other machines and no access control is "
                    "configured; bind 127.0.0.1, or set security.allow_unauthenticated: true if "
                    "the network is trusted",
                    role, address.to_string()),
        2};
  }
  facts_.warnings.push_back(
      fmt::format("Everybody who reaches {} may change this mesh: "
                  "security.allow_unauthenticated is on and it is not bound to loopback.",
                  address.to_string()));
  log_.warning("a listener beyond loopback has no access control",
               {{"role", role},
                {"address", address.to_string()},
                {"because", "security.allow_unauthenticated"}});
  return std::nullopt;
}

std::optional<StartFailure> Node::open_access_log() {
  const std::string& path = settings_.access_log;
  if (is_off(path)) {
    return std::nullopt;
  }
  auto opened = proxy::AccessLog::open(
      {loop_, log_, meters_},
      {.path = path, .ring_bytes = settings_.limits[base::Limit::kAccessLogRingBytes]});
  if (!opened) {
    return StartFailure{
        fmt::format("proxy.access_log: {}: {}", path, base::describe(opened.error())), 2};
  }
  access_log_ = std::move(*opened);
  return std::nullopt;
}

void Node::make_state() {
  state::State::Options options = state_options(settings_.limits);
  options.cluster_defaults = facts_.cluster_defaults;
  state::StateParts parts{loop_, ground_.disk_pool(), *store_, log_, meters_};
  parts.heard = [this](std::string_view word) {
    if (talk_) {
      talk_->hear(word);
    }
  };
  state_ = std::make_unique<state::State>(parts, options);
  past_ = std::make_unique<state::Past>(parts, *state_);
}

// The gateway's addresses are asked for first: a node that cannot start answers nothing. What the
// running process has is free for who takes over from it.
io::Task<std::optional<StartFailure>> Node::check_addresses() {
  std::vector<base::SocketAddress> own;
  for (const base::SocketAddress& address : settings_.proxy_listen.list) {
    if (!takeover_ || !takeover_->has(kProxy, address.to_string())) {
      own.push_back(address);
    }
  }
  const auto why = co_await ground_.first_not_free(&loop_, own);
  if (why) {
    co_return cannot_listen(kProxy, *why);
  }
  co_return std::nullopt;
}

std::optional<StartFailure> Node::open_faces() {
  const http::ServerOptions options = http::server_options(settings_.limits);
  if (const auto why = control_.listen(settings_.control_listen, options, takeover_.get(), bound_,
                                       facts_.warnings)) {
    return cannot_listen(kControl, *why);
  }
  if (const auto why = consul_.listen(settings_.consul_listen, options, takeover_.get(), bound_,
                                      facts_.warnings)) {
    return cannot_listen(kConsul, *why);
  }
  dns_ = DnsPart::open({loop_, log_, meters_, ground_, settings_, *consul_face_}, takeover_.get(),
                       bound_, facts_.warnings);
  return std::nullopt;
}

std::optional<StartFailure> Node::open_listeners() {
  if (auto failure = open_faces()) {
    return failure;
  }
  proxy::DataPlane::Inherited inherited;
  for (const base::SocketAddress& address : settings_.proxy_listen.list) {
    inherited.push_back(takeover_ ? takeover_->take(kProxy, address.to_string()).descriptors
                                  : std::vector<io::UniqueFd>());
  }
  const auto bound =
      plane_.open(settings_.proxy_listen.list, access_log_.get(), std::move(inherited));
  if (!bound) {
    return cannot_listen(kProxy, why_not_open(settings_.proxy_listen.list, bound.error()));
  }
  for (std::size_t i = 0; i < bound->size(); ++i) {
    bound_.push_back(
        {std::string(kProxy), (*bound)[i].to_string(), settings_.proxy_listen.list[i].to_string()});
  }
  return std::nullopt;
}

void Node::add_routes() {
  http::Router& router = control_.router();
  api::pages::add_routes(router, style_);
  api::mesh::add_routes(router, style_, *parts_, *streams_);
  api::ui::add_routes(router, style_, *parts_, *ui_);
  router.add(style_, http::raw_route("GET", "/api/openapi.json", {"This document", "meta"},
                                     [this](http::Context&) -> io::Task<http::Response> {
                                       return openapi_answer(this);
                                     }));
  control_.dispatcher().add_gate(host_check());
  add_consul_routes();
}

void Node::add_consul_routes() {
  api::consul::FaceOptions options{.datacenter = settings_.datacenter,
                                   .allow_scripts = settings_.consul_scripts};
  if (settings_.protect.has(kConsul)) {
    options.acl = std::make_shared<const api::consul::Acl>(settings_.tokens);
  }
  for (const auto& [name, to] : settings_.wan_peers.list) {
    options.peers.push_back({name, to});
  }
  if (!options.peers.empty()) {
    wan_ = std::make_unique<http::Client>(loop_, resolver_.get(), http::Client::Reuse::kKeepAlive);
  }
  consul_face_ = std::make_unique<api::consul::Face>(
      api::consul::Face{*parts_, std::move(options), wan_.get(), &ground_.disk_pool()});
  api::pages::add_consul_routes(consul_.router(), consul_style_);
  api::consul::add_routes(consul_.router(), consul_style_, *consul_face_);
  consul_.dispatcher().add_gate(host_check());
  api::consul::add_gates(consul_.dispatcher(), *consul_face_);
}

http::HostCheck Node::host_check() const {
  http::HostCheckOptions hosts{.names = io::host_names(),
                               .cors_origins = settings_.cors_origins.list};
  hosts.names.insert(hosts.names.end(), settings_.security_hosts.list.begin(),
                     settings_.security_hosts.list.end());
  return http::HostCheck(std::move(hosts));
}

// The node as the catalogue has it. Where its name or its address is another one than before, what
// it had stays its own.
io::Task<void> Node::write_down_node() {
  model::Node self;
  self.name = facts_.name;
  self.id = node_id_;
  self.address = node_address(settings_);
  self.is_weft = true;
  self.version = facts_.version;
  self.listeners = listeners_json(bound_);
  model::Command command;
  command.actor = "node";
  command.steps.emplace_back(
      model::Edit<model::Node>{.key = self.name,
                               .change = [self](model::Node& known) -> base::Result<void> {
                                 model::Node next = self;
                                 next.checks = std::move(known.checks);
                                 next.metadata = std::move(known.metadata);
                                 known = std::move(next);
                                 return {};
                               },
                               .if_absent = model::Edit<model::Node>::IfAbsent::kCreate});
  const auto applied = co_await state_->apply(std::move(command));
  if (!applied) {
    log_.warning("the node could not be written into the catalogue",
                 {{"error", base::describe(applied.error())}});
  }
}

io::Task<http::Response> Node::openapi_answer(Node* node) {
  co_return http::json_response(http::openapi_document(
      node->control_.router(), {"weft", WEFT_VERSION, "Service mesh in one binary."}));
}

json::object listeners_json(const std::vector<BoundListener>& listeners) {
  json::object by_role;
  for (const BoundListener& listener : listeners) {
    json::value& list = by_role[listener.role];
    if (!list.is_array()) {
      list = json::array();
    }
    list.get_array().push_back(json::value(listener.address));
  }
  return by_role;
}

void Node::write_listeners_file() const {
  const std::string path = settings_.data_dir + "/listeners.json";
  const auto written = ground_.write_file(path, json::serialize(listeners_json(bound_)) + "\n");
  if (!written) {
    log_.warning("listeners.json was not written",
                 {{"path", path}, {"error", base::describe(written.error())}});
  }
}

void Node::reopen_access_log() {
  if (access_log_) {
    access_log_->reopen();
  }
}

io::Task<void> Node::stop_faces(base::MonoTime deadline) {
  io::TaskScope stopping;
  stopping.spawn("consul", consul_.stop(deadline));
  stopping.spawn("control", control_.stop(deadline));
  co_await stopping.join();
}

io::Task<void> Node::stop() {
  const base::MonoTime deadline = loop_.now() + settings_.drain_timeout;
  const base::MonoTime control_deadline = std::min(deadline, loop_.now() + 5s);
  io::TaskScope leaving;
  if (has_left_) {  // the other process answers and checks now; what is known here grows old
    leaving.spawn("faces", stop_faces(control_deadline));
    leaving.spawn("health", health_->stop());
    if (dns_) {
      leaving.spawn("dns", dns_->stop());
    }
  }
  co_await tasks_.stop();
  if (consul_sync_) {
    co_await consul_sync_->stop();
  }
  if (membership_ && is_serving_ && !has_left_) {
    co_await membership_->leave();  // others take over what it did while it drains
  } else if (membership_) {
    co_await membership_->stop();
  }
  offer_.reset();  // who asks now hears at once that nobody answers
  if (ui_) {
    co_await ui_->stop();
    streams_->stop();
  }
  if (is_serving_) {  // loops that never ran have nobody to wait for, and nobody to answer
    co_await plane_.drain(deadline);
  }
  co_await leaving.join();
  if (!has_left_) {
    co_await stop_faces(std::min(deadline, loop_.now() + 5s));
  }
  co_await plane_.stop();
  if (access_log_) {
    co_await access_log_->stop();
  }
  if (health_ && !has_left_) {
    co_await health_->stop();
  }
  if (sessions_) {
    co_await sessions_->stop();
  }
  if (talk_) {
    co_await talk_->stop();
  }
  if (dns_ && !has_left_) {
    co_await dns_->stop();
  }
  subscription_.end();
  if (state_) {
    co_await state_->stop();
  }
  if (resolver_) {
    co_await resolver_->stop();
  }
  if (takeover_) {  // it failed: the running process gets its store back, and then learns of it
    store_.reset();
    takeover_.reset();
  }
}

}  // namespace weft::node
