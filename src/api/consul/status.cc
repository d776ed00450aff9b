#include "api/consul/status.h"

#include "api/consul/entries.h"
#include "api/consul/reading.h"
#include "api/consul/style.h"
#include "api/consul/writing.h"
#include "base/address.h"
#include "io/host.h"

#include <fmt/format.h>

#include <string>

namespace weft::api::consul {
namespace {

using http::Response;
using model::Node;
using model::NodeLife;
using model::View;

constexpr std::uint16_t kGossipPort = 8301;

std::string server_address(const Node& node) {
  return base::HostPort{node.address, kServerPort}.to_string();
}

const Node& own_node(const Question& question, const View& view) {
  return *node_entry(question.face, view, question.face.own_node()).node;
}

// Of several nodes none leads: the database decides. The first by name stands for it, so that all
// of them say the same. chosen: clients want one address.
Judged<Reply> leader(const Question& /*question*/, const View& view) {
  for (const auto& row : view.all<Node>()) {
    if (row->object.is_weft_alive()) {
      return Reply{.value = json::value(server_address(row->object))};
    }
  }
  return Reply{.value = json::value("")};
}

Judged<Reply> peers(const Question& /*question*/, const View& view) {
  json::array out;
  for (const auto& row : view.all<Node>()) {
    if (row->object.is_weft_alive()) {
      out.emplace_back(server_address(row->object));
    }
  }
  return Reply{.value = std::move(out)};
}

// Source: serf's MemberStatus.
int status_of(NodeLife life) {
  switch (life) {
    case NodeLife::kAlive:
      return 1;
    case NodeLife::kLeft:
      return 3;
    case NodeLife::kFailed:
      return 4;
  }
  return 0;
}

std::string_view serf_status_of(NodeLife life) {
  return life == NodeLife::kAlive ? "alive" : life == NodeLife::kLeft ? "left" : "failed";
}

json::object member_of(const Question& question, const Node& node) {
  return {{"Name", node.name},
          {"Addr", node.address},
          {"Port", kGossipPort},
          {"Tags", json::object{{"acls", "0"},
                                {"build", "1.17.0:weft"},
                                {"dc", question.face.options.datacenter},
                                {"id", node.id},
                                {"port", std::to_string(kServerPort)},
                                {"raft_vsn", "3"},
                                {"role", "consul"},
                                {"segment", ""},
                                {"vsn", "2"},
                                {"vsn_max", "3"},
                                {"vsn_min", "2"},
                                {"weft", node.version}}},
          {"Status", status_of(node.life)},
          {"ProtocolMin", 1},
          {"ProtocolMax", 5},
          {"ProtocolCur", 2},
          {"DelegateMin", 2},
          {"DelegateMax", 5},
          {"DelegateCur", 4}};
}

Judged<Reply> mesh_members(const Question& question, const View& view) {
  json::array out;
  for (const auto& row : view.all<Node>()) {
    if (row->object.is_weft) {
      out.push_back(member_of(question, row->object));
    }
  }
  return Reply{.value = std::move(out)};
}

json::object coordinate() {
  return {{"Vec", json::array{0, 0, 0, 0, 0, 0, 0, 0}},
          {"Error", 1.5},
          {"Adjustment", 0},
          {"Height", 0.00001}};
}

Judged<Reply> self(const Question& question, const View& view) {
  const Face& face = question.face;
  const Node& node = own_node(question, view);
  return Reply{
      .value = json::object{{"Config", json::object{{"Datacenter", face.options.datacenter},
                                                    {"PrimaryDatacenter", face.options.datacenter},
                                                    {"NodeName", face.own_node()},
                                                    {"NodeID", node.id},
                                                    {"AdvertiseAddr", node.address},
                                                    {"Server", true},
                                                    {"Revision", "weft-" + face.parts.node.version},
                                                    {"Version", "1.17.0"},
                                                    {"BuildDate", "1970-01-01T00:00:01Z"}}},
                            {"DebugConfig", json::object()},
                            {"Coord", coordinate()},
                            {"Member", member_of(question, node)},
                            {"Stats", json::object()},
                            {"Meta", node.metadata}}};
}

Judged<Reply> version(const Question& question, const View& /*view*/) {
  return Reply{.value = json::object{{"SHA", "weft-" + question.face.parts.node.version},
                                     {"BuildDate", "1970-01-01T00:00:01Z"},
                                     {"HumanVersion", "1.17.0"},
                                     {"FIPS", ""}}};
}

Judged<Reply> host(const Question& question, const View& /*view*/) {
  const base::WallTime now = question.context.loop.wall_now();
  return Reply{.value = json::object{{"CollectionTime", now.time_since_epoch().count()},
                                     {"Host", json::object{{"hostname", io::host_name()}}},
                                     {"CPU", json::array()},
                                     {"Memory", json::object()},
                                     {"Disk", json::object()},
                                     {"Errors", nullptr}}};
}

Judged<Reply> coordinate_nodes(const Question& /*question*/, const View& view) {
  json::array out;
  for (const auto& row : view.all<Node>()) {
    if (row->object.is_weft) {
      out.push_back(
          json::object{{"Node", row->object.name}, {"Segment", ""}, {"Coord", coordinate()}});
    }
  }
  return Reply{.value = std::move(out)};
}

Judged<Reply> coordinate_datacenters(const Question& question, const View& view) {
  WEFT_TRY(Reply nodes, coordinate_nodes(question, view));
  return Reply{.value = json::array{json::object{{"Datacenter", question.face.options.datacenter},
                                                 {"AreaID", "wan"},
                                                 {"Coordinates", std::move(nodes.value)}}}};
}

Judged<Reply> raft_configuration(const Question& question, const View& view) {
  json::array servers;
  for (const auto& row : view.all<Node>()) {
    if (row->object.is_weft_alive()) {
      servers.push_back(json::object{{"ID", row->object.id},
                                     {"Node", row->object.name},
                                     {"Address", server_address(row->object)},
                                     {"Leader", servers.empty()},
                                     {"ProtocolVersion", "3"},
                                     {"Voter", true}});
    }
  }
  return Reply{.value = json::object{{"Servers", std::move(servers)},
                                     {"Index", question.face.parts.state.feed().index()}}};
}

Judged<Reply> autopilot_health(const Question& question, const View& view) {
  json::array servers;
  bool are_all_alive = true;
  bool has_leader = false;
  std::size_t alive = 0;
  for (const auto& row : view.all<Node>()) {
    const Node& node = row->object;
    if (!node.is_weft || node.life == NodeLife::kLeft) {
      continue;
    }
    const bool is_alive = node.is_weft_alive();
    servers.push_back(json::object{{"ID", node.id},
                                   {"Name", node.name},
                                   {"Address", server_address(node)},
                                   {"SerfStatus", serf_status_of(node.life)},
                                   {"Version", "1.17.0"},
                                   {"Leader", is_alive && !has_leader},
                                   {"LastIndex", question.face.parts.state.feed().index()},
                                   {"Healthy", is_alive},
                                   {"Voter", true}});
    has_leader = has_leader || is_alive;
    are_all_alive = are_all_alive && is_alive;
    alive += is_alive ? 1 : 0;
  }
  // Any one that is left carries on, as long as the database is there.
  return Reply{.value = json::object{{"Healthy", are_all_alive},
                                     {"FailureTolerance", alive > 0 ? alive - 1 : 0},
                                     {"Servers", std::move(servers)}}};
}

Judged<Reply> no_acl(const Question& /*question*/, const View& /*view*/) {
  return refuse(401, "ACL support disabled");
}

io::Task<Judged<Response>> no_acl_either(Request* /*request*/) {
  co_return refuse(401, "ACL support disabled");
}

Judged<Reply> no_queries(const Question& /*question*/, const View& /*view*/) {
  return refuse(404, "weft: prepared queries are not offered");
}

io::Task<Judged<Response>> no_queries_either(Request* /*request*/) {
  co_return refuse(404, "weft: prepared queries are not offered");
}

// There is nothing to join or leave: the nodes of a mesh share a database. Said as done.
io::Task<Judged<Response>> nothing_to_do(Request* /*request*/) { co_return done(); }

io::Task<Judged<Response>> leave(Request* /*request*/) {
  co_return refuse(400, "weft: a node leaves when it is stopped (SIGTERM)");
}

// Source: contract/consul.md §1 "internal".
Judged<Reply> ui_services(const Question& question, const View& view) {
  json::array out;
  for (const auto& row : view.all<model::Service>()) {
    std::size_t passing = 0;
    std::size_t warning = 0;
    std::size_t critical = 0;
    const auto entries = entries_of_service(question.face, view, row->object.name);
    for (const ServiceEntry& entry : entries) {
      for (const CheckEntry& check : health_entry(view, entry).checks) {
        ++(check.status == "passing" ? passing : check.status == "warning" ? warning : critical);
      }
    }
    out.push_back(json::object{{"Name", row->object.name},
                               {"Datacenter", question.face.options.datacenter},
                               {"InstanceCount", entries.size()},
                               {"ChecksPassing", passing},
                               {"ChecksWarning", warning},
                               {"ChecksCritical", critical}});
  }
  return Reply{.value = std::move(out)};
}

constexpr Reading kLeader{nullptr, leader};
constexpr Reading kPeers{nullptr, peers};
constexpr Reading kMembers{nullptr, mesh_members};
constexpr Reading kSelf{nullptr, self};
constexpr Reading kVersion{nullptr, version};
constexpr Reading kHost{nullptr, host};
constexpr Reading kCoordinateNodes{nullptr, coordinate_nodes};
constexpr Reading kCoordinateDatacenters{nullptr, coordinate_datacenters};
constexpr Reading kRaft{nullptr, raft_configuration};
constexpr Reading kAutopilot{nullptr, autopilot_health};
constexpr Reading kNoAcl{nullptr, no_acl};
constexpr Reading kNoQueries{nullptr, no_queries};
constexpr Reading kUiServices{nullptr, ui_services};

}  // namespace

void add_status_routes(http::Router& router, const http::FaceStyle& style, const Face& face) {
  add_reading(router, style, face, "/v1/status/leader", kLeader);
  add_reading(router, style, face, "/v1/status/peers", kPeers);
  add_reading(router, style, face, "/v1/agent/members", kMembers);
  add_reading(router, style, face, "/v1/agent/self", kSelf);
  add_reading(router, style, face, "/v1/agent/version", kVersion);
  add_reading(router, style, face, "/v1/agent/host", kHost);
  add_reading(router, style, face, "/v1/coordinate/nodes", kCoordinateNodes);
  add_reading(router, style, face, "/v1/coordinate/datacenters", kCoordinateDatacenters);
  add_reading(router, style, face, "/v1/operator/raft/configuration", kRaft);
  add_reading(router, style, face, "/v1/operator/autopilot/health", kAutopilot);
  add_reading(router, style, face, "/v1/internal/ui/services", kUiServices);
  add_reading(router, style, face, "/v1/acl/{rest...}", kNoAcl);
  add_writing(router, style, face, "PUT", "/v1/acl/{rest...}", no_acl_either);
  add_reading(router, style, face, "/v1/query", kNoQueries);
  add_reading(router, style, face, "/v1/query/{rest...}", kNoQueries);
  add_writing(router, style, face, "POST", "/v1/query", no_queries_either);
  add_writing(router, style, face, "PUT", "/v1/query/{rest...}", no_queries_either);
  add_writing(router, style, face, "PUT", "/v1/agent/reload", nothing_to_do);
  add_old_writing(router, style, face, "/v1/agent/join/{address}", nothing_to_do);
  add_old_writing(router, style, face, "/v1/agent/force-leave/{node}", nothing_to_do);
  add_writing(router, style, face, "PUT", "/v1/agent/leave", leave);
  add_agent_metrics_route(router, style, face);
}

}  // namespace weft::api::consul
