// `weft register` and `weft deregister`: put an instance into the mesh, take it out.
#pragma once

#include "base/json.h"
#include "cli/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weft::cli {

Command register_command();
Command deregister_command();

struct Registration {
  std::string name;
  std::string address;
  std::uint16_t port = 0;
  std::string id = {};  // empty: made of name, address and port by the node
  std::vector<std::string> tags = {};
  std::vector<std::string> metadata = {};  // "key=value"
  std::optional<std::uint16_t> weight = {};
  std::string check_http = {};  // path; empty and no other check: /health
  bool check_tcp = false;
  std::string check_ttl = {};  // a duration
  std::string interval = {};
  std::string deregister_after = {};  // a duration or "off"
};

// The body of POST /register; durations go as they were written, the node judges them.
// Source: contract/sutazai.md §1 "register body". Thread: any; pure.
json::object register_body(const Registration& registration);

}  // namespace weft::cli
