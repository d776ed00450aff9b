// What a Consul answers, as far as it matters here. Everything of the wrong kind is as if it were
// not there: a Consul of any version, or another weft, may be on the other side.
// Source: Consul HTTP API, /v1/catalog and /v1/health; contract/consul.md §3, §4.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/check.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sync {

// What an answer may weigh: the checks of a large cluster in one list.
inline constexpr std::size_t kAnswerBytesMax = 64 * 1024 * 1024;

// One check and how it is, as told. Thread: any (a value).
struct ToldCheck {
  std::string id{};
  std::string name{};
  std::string notes{};
  std::string output{};  // at most model::CheckState::kOutputBytesMax
  model::CheckStatus status = model::CheckStatus::kCritical;

  bool operator==(const ToldCheck&) const = default;
};

struct RemoteNode {
  std::string name;
  std::string id;
  std::string address;
  std::string datacenter;
  json::object metadata;  // text only
  json::object tagged_addresses;
  std::vector<ToldCheck> checks;  // of the node itself
};

struct RemoteInstance {
  std::string id;  // unique on its node
  std::string service;
  std::string kind;     // empty: an ordinary one; else a part of Consul's own mesh
  std::string address;  // empty: the node's
  std::int64_t port = 0;
  std::int64_t weight_passing = 1;
  std::int64_t weight_warning = 1;
  std::vector<std::string> tags;
  json::object metadata;          // text only
  json::object tagged_addresses;  // name -> {"Address", "Port"}
  std::vector<ToldCheck> checks;
};

// An instance of a service with the node it is on.
struct RemoteEntry {
  RemoteNode node;
  RemoteInstance instance;
};

// The names of /v1/catalog/services. Errors: kInvalid, kBodyTooLarge. Thread of all: any; pure.
base::Result<std::vector<std::string>> parse_service_names(std::string_view body);

// What /v1/health/state/any says, as a number per service, and per node whose own checks these are:
// another number, something is different.
struct CheckDigests {
  std::map<std::string, std::uint64_t, std::less<>> services;
  std::map<std::string, std::uint64_t, std::less<>> nodes;
};
base::Result<CheckDigests> parse_check_digests(std::string_view body);

// The answer of /v1/health/service/NAME. An entry without a node, an id or a name is left out.
base::Result<std::vector<RemoteEntry>> parse_entries(std::string_view body);

// The services of /v1/catalog/node/NAME; none when there is no such node.
struct NodeAnswer {
  bool exists = false;
  std::vector<RemoteInstance> instances;  // without their checks
};
base::Result<NodeAnswer> parse_node(std::string_view body);

// The checks of /v1/health/node/NAME with the instances they are of (empty: of the node).
struct OwnedCheck {
  std::string instance;
  ToldCheck check;
};
base::Result<std::vector<OwnedCheck>> parse_node_checks(std::string_view body);

// "passing", "warning", "critical"; what else Consul may say is critical.
model::CheckStatus status_of(std::string_view text);
std::string_view status_text(model::CheckStatus status);

// At most so many bytes, cut between two characters.
std::string cut_text(std::string_view text, std::size_t bytes_max);

}  // namespace weft::sync
