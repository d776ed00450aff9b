#include "node/dns_part.h"

#include "api/consul/entries.h"
#include "base/text.h"
#include "io/cross_loop.h"
#include "model/labels.h"
#include "node/listening.h"

#include <algorithm>
#include <limits>
#include <map>

namespace weft::node {
namespace {

using model::Instance;
using model::View;

std::uint16_t to_weight(std::int64_t weight) {
  return static_cast<std::uint16_t>(
      std::clamp<std::int64_t>(weight, 0, std::numeric_limits<std::uint16_t>::max()));
}

// No result yet is not well, as Consul sees it.
dns::InstanceHealth dns_health(model::Health health) {
  switch (health) {
    case model::Health::kPassing:
      return dns::InstanceHealth::kPassing;
    case model::Health::kWarning:
      return dns::InstanceHealth::kWarning;
    default:
      return dns::InstanceHealth::kCritical;
  }
}

dns::InstanceFacts facts_of(const api::consul::ServiceEntry& entry, model::Health health) {
  const Instance& instance = entry.instance();
  const api::consul::Weights weights = api::consul::weights_of(instance);
  return {.id = instance.id,
          .address = instance.address,
          .port = model::is_port(instance.port) ? static_cast<std::uint16_t>(instance.port)
                                                : std::uint16_t{0},
          .weight_passing = to_weight(weights.passing),
          .weight_warning = to_weight(weights.warning),
          .health = dns_health(health),
          .tags = instance.tags,
          .node = entry.node.node->name,
          .node_address = entry.node.node->address};
}

dns::ZoneOptions zone_options(const Settings& settings, const std::string& node) {
  dns::ZoneOptions options;
  options.domain = settings.dns_domain;
  options.alt_domain = settings.dns_alt_domain;
  options.datacenter = settings.datacenter;
  options.node_name = node;
  options.only_passing = settings.dns_only_passing;
  options.node_ttl = std::chrono::duration_cast<base::Seconds>(settings.dns_node_ttl);
  for (const auto& [name, ttl] : settings.dns_service_ttl.list) {
    options.service_ttl.emplace_back(name, std::chrono::duration_cast<base::Seconds>(ttl));
  }
  options.a_record_limit = settings.dns_a_record_limit;
  options.udp_answer_limit = settings.dns_udp_answer_limit;
  options.enable_truncate = settings.dns_enable_truncate;
  return options;
}

dns::ServerOptions server_options(const Settings& settings) {
  dns::ServerOptions options;
  options.forwarder.recursors = settings.dns_recursors.list;
  return options;
}

constexpr base::Nanos kPostAgain = base::Millis(10);

io::Task<bool> stop_server(dns::Server* server, io::Resolver* resolver) {
  co_await server->stop();
  if (resolver != nullptr) {
    co_await resolver->stop();
  }
  co_return true;
}

// On a loop whose thread never ran.
io::Task<void> stop_here(dns::Server* server, io::Resolver* resolver) {
  co_await stop_server(server, resolver);
}

}  // namespace

DnsPart::DnsPart(const Parts& parts, std::unique_ptr<io::LoopThread> thread)
    : parts_(parts), thread_(std::move(thread)) {}

DnsPart::~DnsPart() = default;

std::unique_ptr<DnsPart> DnsPart::open(const Parts& parts, Takeover* takeover,
                                       std::vector<BoundListener>& bound,
                                       std::vector<std::string>& warnings) {
  if (parts.settings.dns_listen.is_off()) {
    return nullptr;
  }
  const auto warn = [&](const std::string& why) {
    parts.log.warning("names are not answered", {{"role", "dns"}, {"why", why}});
    warnings.push_back("dns: " + why + ". The rest goes on without it.");
  };
  auto settings = dns::compile_zone_settings(zone_options(parts.settings, parts.face.own_node()));
  auto thread = parts.ground.make_loop(parts.settings.io_driver, "dns");
  if (!settings || !thread) {
    warn(settings ? base::describe(thread.error())
                  : "dns.domain, dns.alt_domain or consul.datacenter is no name");
    return nullptr;
  }
  // house(new): the constructor is private.
  std::unique_ptr<DnsPart> part(new DnsPart(parts, std::move(*thread)));
  if (const auto made = part->make_server(*std::move(settings)); !made) {
    warn(base::describe(made.error()));
    return nullptr;
  }
  bool listens = false;
  for (const base::SocketAddress& address : parts.settings.dns_listen.list) {
    if (const auto listening = part->listen(address, takeover)) {
      bound.push_back({"dns", listening->to_string(), address.to_string()});
      listens = true;
    } else {
      warn(why_not_listening(address, listening.error()));
    }
  }
  if (!listens) {
    part->stop_unstarted();
    return nullptr;
  }
  return part;
}

base::Result<base::SocketAddress> DnsPart::listen(const base::SocketAddress& address,
                                                  Takeover* takeover) {
  if (takeover != nullptr) {
    InheritedListeners udp = takeover->take(kUdpRole, address.to_string());
    InheritedListeners tcp = takeover->take(kTcpRole, address.to_string());
    if (!udp.descriptors.empty() && !tcp.descriptors.empty()) {
      return server_->inherit(std::move(udp.descriptors.front()),
                              std::move(tcp.descriptors.front()));
    }
  }
  return server_->listen(address);
}

void DnsPart::stop_unstarted() {
  thread_->loop().run_until_done(stop_here(server_.get(), resolver_.get()));
}

base::Result<void> DnsPart::make_server(std::shared_ptr<const dns::ZoneSettings> settings) {
  editor_ = std::make_unique<dns::ZoneEditor>(std::move(settings));
  // Without one, hosts that services have as address are answered without theirs.
  if (auto resolver = parts_.ground.make_resolver(thread_->loop())) {
    resolver_ = std::move(*resolver);
  }
  server_ = std::make_unique<dns::Server>(
      dns::ServerParts{thread_->loop(), parts_.meters, resolver_.get()},
      server_options(parts_.settings), editor_->freeze(0));
  return {};
}

void DnsPart::start(const View& view) {
  fill(view);
  server_->set_zone(editor_->freeze(view.index()));
  thread_->start();
}

void DnsPart::fill(const View& view) {
  for (const auto& row : view.all<model::Node>()) {
    put_node(view, row->object.name);
  }
  std::map<std::string_view, dns::ServiceFacts> services;
  for (const auto& row : view.tables().instances_by_service) {
    dns::ServiceFacts& facts = services[row->object.service];
    facts.name = row->object.service;
    facts.instances.push_back(
        facts_of(api::consul::service_entry(parts_.face, view, row), view.health_of(row->object)));
  }
  for (const auto& [name, facts] : services) {
    editor_->put_service(facts);
  }
  put_own_services(view);
}

// What every process of the mesh has by itself.
void DnsPart::put_own_services(const View& view) {
  std::map<std::string, dns::ServiceFacts> services;
  for (const api::consul::ServiceEntry& own : api::consul::own_entries(parts_.face, view)) {
    dns::ServiceFacts& facts = services[own.instance().service];
    facts.name = own.instance().service;
    facts.instances.push_back(facts_of(own, model::Health::kPassing));
    facts.instances.back().id += "@" + own.node.node->name;
  }
  for (auto& [name, facts] : services) {
    for (const auto& row : view.instances_of(name)) {
      facts.instances.push_back(facts_of(api::consul::service_entry(parts_.face, view, row),
                                         view.health_of(row->object)));
    }
    editor_->put_service(facts);
  }
}

void DnsPart::put_node(const View& view, std::string_view name) {
  const auto* row = view.find<model::Node>(name);
  if (row == nullptr) {
    editor_->erase_node(name);
    return;
  }
  dns::NodeFacts facts{.name = row->object.name, .address = row->object.address, .meta = {}};
  for (const auto& entry : row->object.metadata) {
    facts.meta.emplace_back(entry.key(), model::text_of(row->object.metadata, entry.key()));
  }
  editor_->put_node(facts);
}

void DnsPart::put_instance(const View& view, std::string_view id) {
  const auto row = view.all<Instance>().find_shared(id);
  if (row == nullptr) {
    return;
  }
  if (api::consul::is_own_service(row->object.service)) {
    put_own_services(view);
    return;
  }
  editor_->put_instance(
      row->object.service,
      facts_of(api::consul::service_entry(parts_.face, view, row), view.health_of(row->object)));
}

void DnsPart::on_changes(std::span<const model::Change> changes, std::shared_ptr<const View> view) {
  for (const model::Change& change : changes) {
    note(change);
  }
  view_ = std::move(view);
  const bool has_news = !instances_.empty() || !nodes_.empty() || !gone_.empty();
  if (has_news && !is_posted_) {
    is_posted_ = true;
    parts_.loop.post([this] {
      is_posted_ = false;
      publish();
    });
  }
}

void DnsPart::note(const model::Change& change) {
  const auto before = change.before_as<Instance>();
  const auto after = change.after_as<Instance>();
  if (before && (!after || before->object.service != after->object.service)) {
    gone_.emplace_back(before->object.service, before->object.id);
  }
  if (after) {
    instances_.insert(after->object.id);
  } else if (change.table() == model::Table::kCheckStatus) {
    const auto state = change.after_as<model::CheckState>() ? change.after_as<model::CheckState>()
                                                            : change.before_as<model::CheckState>();
    if (state->object.node.empty()) {
      instances_.insert(state->object.instance);
    }
  }
  if (const std::string_view node = model::node_of(change.row()); !node.empty()) {
    nodes_.emplace(node);
  }
}

void DnsPart::publish() {
  const View& view = *view_;
  for (const auto& [service, id] : gone_) {
    editor_->erase_instance(service, id);
  }
  for (const std::string& node : nodes_) {
    put_node(view, node);
    for (const auto& row : view.instances_on(node)) {
      instances_.insert(row->object.id);
    }
  }
  if (!nodes_.empty()) {
    put_own_services(view);
  }
  for (const std::string& id : instances_) {
    put_instance(view, id);
  }
  gone_.clear();
  nodes_.clear();
  instances_.clear();
  post();
}

// A box that is full belongs to a loop that is far behind.
void DnsPart::post() {
  if (!server_->zones().try_post(editor_->freeze(view_->index())) && retries_.size() == 0) {
    retries_.spawn("zone again", post_again(this));
  }
}

io::Task<void> DnsPart::post_again(DnsPart* part) {
  if (const auto slept = co_await part->parts_.loop.sleep_for(kPostAgain); !slept) {
    co_return;
  }
  part->parts_.loop.post([part] { part->post(); });
}

io::Task<void> DnsPart::stop() {
  co_await retries_.stop();
  if (thread_->is_running()) {
    co_await io::run_on(parts_.loop, thread_->loop(), tasks_,
                        stop_server(server_.get(), resolver_.get()));
  } else {
    stop_unstarted();
  }
  thread_->stop();
}

}  // namespace weft::node
