// `weft nodes`: who makes up the mesh.
#pragma once

#include "base/json.h"
#include "cli/command.h"
#include "cli/paint.h"

#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

struct MeshNode {
  std::string name;
  std::string status;  // alive, left, failed; unknown
  std::string address;
  std::string version;
  std::string id;
  bool is_asked = false;  // it answered
};

// From the answers of /v1/agent/members and /v1/agent/self. Thread: any; pure.
std::vector<MeshNode> parse_nodes(const json::value& members, const json::value& self);

// A table. Thread: any; pure.
std::string nodes_text(const std::vector<MeshNode>& nodes, const Paint& paint);

Command nodes_command();

}  // namespace weft::cli
