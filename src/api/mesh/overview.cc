#include "api/mesh/overview.h"

#include "api/kit/roll_up.h"
#include "api/mesh/words.h"
#include "http/endpoint.h"

#include <map>

namespace weft::api::mesh {
namespace {

using base::Result;
using http::Context;

struct TopologyInstance {
  std::string id;
  std::string address;  // host:port
  std::string state;
  std::uint32_t connections = 0;
  bool circuit_breaker = false;  // open

  static constexpr auto kFields =
      base::fields(base::field("connections").about("requests under way through this node"));
};
BOOST_DESCRIBE_STRUCT(TopologyInstance, (), (id, address, state, connections, circuit_breaker))

struct TopologyService {
  std::vector<TopologyInstance> instances;
  std::size_t total = 0;
  std::size_t healthy = 0;
};
BOOST_DESCRIBE_STRUCT(TopologyService, (), (instances, total, healthy))

struct Topology {
  std::map<std::string, TopologyService> services;
  std::size_t total_services = 0;
  std::size_t total_instances = 0;
  std::size_t healthy_instances = 0;
  std::map<std::string, std::string> circuit_breakers;
};
BOOST_DESCRIBE_STRUCT(Topology, (),
                      (services, total_services, total_instances, healthy_instances,
                       circuit_breakers))

struct ServiceHealth {
  std::size_t total = 0;
  std::size_t healthy = 0;
  std::string status;
};
BOOST_DESCRIBE_STRUCT(ServiceHealth, (), (total, healthy, status))

struct QueueStats {
  std::size_t pending_tasks = 0;
  std::size_t total_services = 0;
  std::size_t healthy_services = 0;
};
BOOST_DESCRIBE_STRUCT(QueueStats, (), (pending_tasks, total_services, healthy_services))

struct MeshHealth {
  std::string status;
  double health_score = 1;  // 0..1
  std::size_t total_services = 0;
  std::size_t total_instances = 0;
  std::size_t healthy_instances = 0;
  std::size_t open_circuit_breakers = 0;
  bool consul_connected = true;
  std::map<std::string, ServiceHealth> services;
  QueueStats queue_stats;
  std::string timestamp;
};
BOOST_DESCRIBE_STRUCT(MeshHealth, (),
                      (status, health_score, total_services, total_instances, healthy_instances,
                       open_circuit_breakers, consul_connected, services, queue_stats, timestamp))

struct MeshStatus {
  std::string status;
  std::size_t services_count = 0;
  std::vector<std::string> services;
  QueueStats queue_stats;
  std::string timestamp;
};
BOOST_DESCRIBE_STRUCT(MeshStatus, (), (status, services_count, services, queue_stats, timestamp))

struct NodeHealth {
  std::string status = "healthy";
  std::string service = "service-mesh";
  std::string version;
  std::string timestamp;
  std::uint64_t index = 0;
  std::string weft_version;
  std::vector<std::string> features;

  static constexpr auto kFields =
      base::fields(base::field("version").about("of this API"),
                   base::field("index").about("of the newest durable change"));
};
BOOST_DESCRIBE_STRUCT(NodeHealth, (),
                      (status, service, version, timestamp, index, weft_version, features))

bool is_open(std::optional<balance::BreakerState> state) {
  return state && *state == balance::BreakerState::kOpen;
}

Topology topology_of(const kit::Parts& parts) {
  Topology out;
  const auto view = parts.state.view();
  for (const auto& row : view->all<model::Service>()) {
    TopologyService& service = out.services[row->object.name];
    for (const kit::InstanceState& state : kit::instances_of(*view, row->object.name)) {
      const std::uint32_t number = state.row->number;
      const auto breaker = parts.data_plane.breaker(number);
      service.instances.push_back({state.row->object.id, kit::address_of(state.row->object),
                                   std::string(state_name(state.health)),
                                   parts.data_plane.active(number).value_or(0), is_open(breaker)});
      service.healthy += state.health == model::Health::kPassing ? 1 : 0;
      out.circuit_breakers[state.row->object.id] =
          balance::breaker_state_name(breaker.value_or(balance::BreakerState::kClosed));
    }
    service.total = service.instances.size();
    out.total_instances += service.total;
    out.healthy_instances += service.healthy;
  }
  out.total_services = out.services.size();
  return out;
}

// Source: contract/sutazai.md §6: healthy ratio >= 0.8 healthy, >= 0.5 degraded.
std::string_view status_of(std::size_t healthy, std::size_t total) {
  if (total == 0) {
    return "unknown";
  }
  const double ratio = static_cast<double>(healthy) / static_cast<double>(total);
  return ratio >= 0.8 ? "healthy" : ratio >= 0.5 ? "degraded" : "unhealthy";
}

MeshHealth health_of(const kit::Parts& parts) {
  MeshHealth out;
  const Topology topology = topology_of(parts);
  out.total_services = topology.total_services;
  out.total_instances = topology.total_instances;
  out.healthy_instances = topology.healthy_instances;
  for (const auto& [name, service] : topology.services) {
    out.services[name] = {service.total, service.healthy,
                          std::string(status_of(service.healthy, service.total))};
    out.queue_stats.healthy_services +=
        service.total > 0 && service.healthy == service.total ? 1 : 0;
    for (const TopologyInstance& instance : service.instances) {
      out.open_circuit_breakers += instance.circuit_breaker ? 1 : 0;
    }
  }
  out.queue_stats.total_services = out.total_services;
  if (out.total_instances > 0) {
    out.health_score =
        static_cast<double>(out.healthy_instances) / static_cast<double>(out.total_instances);
  }
  out.status = out.health_score < 0.5                                    ? "unhealthy"
               : out.health_score < 0.8 || out.open_circuit_breakers > 0 ? "degraded"
                                                                         : "healthy";
  out.timestamp = base::format_rfc3339(parts.loop.wall_now());
  return out;
}

// Features are those that exist. Source: contract/ose.md §3 `/health`.
NodeHealth node_health(const kit::Parts& parts) {
  NodeHealth out;
  out.version = "2.5.0";
  out.weft_version = parts.node.version;
  out.timestamp = base::format_rfc3339_offset(parts.loop.wall_now());
  out.index = parts.state.view()->index();
  out.features = {"service_discovery", "health_checks", "gateway", "circuit_breaking", "metrics"};
  return out;
}

MeshStatus mesh_status(const kit::Parts& parts) {
  const MeshHealth health = health_of(parts);
  MeshStatus out;
  out.status = health.status == "healthy" ? "operational" : "degraded";
  out.services_count = health.total_services;
  for (const auto& [name, service] : health.services) {
    out.services.push_back(name);
  }
  out.queue_stats = health.queue_stats;
  out.timestamp = health.timestamp;
  return out;
}

}  // namespace

void add_overview_routes(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  router.add(style, http::endpoint<http::Nothing, Topology>(
                        "GET", "/api/v1/mesh/v2/topology",
                        {"Services, instances, states and breakers", "mesh v2"},
                        [p](Context&, const http::Nothing&) -> Result<Topology> {
                          return topology_of(*p);
                        }));
  router.add(style, http::endpoint<http::Nothing, MeshHealth>(
                        "GET", "/api/v1/mesh/v2/health", {"Health of the whole mesh", "mesh v2"},
                        [p](Context&, const http::Nothing&) -> Result<MeshHealth> {
                          return health_of(*p);
                        }));
  router.add(style, http::endpoint<http::Nothing, MeshStatus>(
                        "GET", "/api/v1/mesh/status", {"Status of the mesh", "mesh"},
                        [p](Context&, const http::Nothing&) -> Result<MeshStatus> {
                          return mesh_status(*p);
                        }));
  router.add(style, http::endpoint<http::Nothing, NodeHealth>(
                        "GET", "/health", {"Is this node serving", "node"},
                        [p](Context&, const http::Nothing&) -> Result<NodeHealth> {
                          return node_health(*p);
                        }));
}

}  // namespace weft::api::mesh
