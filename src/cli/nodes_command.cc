#include "cli/nodes_command.h"

#include "cli/consul_session.h"
#include "cli/json_member.h"
#include "cli/table.h"
#include "io/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace weft::cli {
namespace {

// Source: serf's MemberStatus, contract/consul.md §1.
std::string status_name(std::uint64_t status) {
  switch (status) {
    case 1:
      return "alive";
    case 3:
      return "left";
    case 4:
      return "failed";
    default:
      return "unknown";
  }
}

Tone tone_of_status(std::string_view status) {
  return status == "alive" ? Tone::kGood : status == "failed" ? Tone::kBad : Tone::kDim;
}

Outcome<void> show_nodes(const ConsulOptions& options) {
  auto session = ConsulSession::open(options);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto members = (*session)->fetch("/v1/agent/members");
  if (!members) {
    return std::unexpected(members.error());
  }
  const auto self = (*session)->fetch("/v1/agent/self");
  if (!self) {
    return std::unexpected(self.error());
  }
  const std::vector<MeshNode> nodes = parse_nodes(*members, *self);
  if (options.json) {
    json::array list;
    for (const MeshNode& node : nodes) {
      list.push_back(json::object{{"name", node.name},
                                  {"status", node.status},
                                  {"address", node.address},
                                  {"version", node.version},
                                  {"id", node.id},
                                  {"asked", node.is_asked}});
    }
    print_json(list);
    return {};
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  fmt::print("{}", nodes_text(nodes, paint));
  return {};
}

}  // namespace

std::vector<MeshNode> parse_nodes(const json::value& members, const json::value& self) {
  std::vector<MeshNode> out;
  if (!members.is_array()) {
    return out;
  }
  const json::value* own = member(self, "Member");
  const std::string own_name = own != nullptr ? text_member(*own, "Name") : std::string();
  for (const json::value& each : members.get_array()) {
    MeshNode node;
    node.name = text_member(each, "Name");
    node.status = status_name(number_member(each, "Status").value_or(0));
    node.address = text_member(each, "Addr");
    if (const json::value* tags = member(each, "Tags"); tags != nullptr) {
      node.version = text_member(*tags, "weft");
      node.id = text_member(*tags, "id");
    }
    node.is_asked = node.name == own_name;
    out.push_back(std::move(node));
  }
  return out;
}

std::string nodes_text(const std::vector<MeshNode>& nodes, const Paint& paint) {
  Table table({{"NODE"}, {"STATUS"}, {"ADDRESS"}, {"VERSION"}, {"ID"}});
  for (const MeshNode& node : nodes) {
    table.add({{node.name + (node.is_asked ? " (asked)" : "")},
               {node.status, tone_of_status(node.status)},
               {node.address},
               {node.version},
               {node.id, Tone::kDim}});
  }
  return table.text(paint);
}

Command nodes_command() {
  auto options = std::make_shared<ConsulOptions>();
  Command command{.name = "nodes",
                  .about = "List the nodes of the mesh: who is there, who has left or failed",
                  .footer =
                      "A node is there as long as the database hears of it "
                      "(docs/several_nodes.md).",
                  .run = [options](const Command&) {
                    const Outcome<void> done = show_nodes(*options);
                    return done ? 0 : fail("nodes", done.error(), options->form());
                  }};
  add_consul_options(command, *options);
  return command;
}

}  // namespace weft::cli
