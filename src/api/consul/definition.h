// What is registered: bodies become nouns. Source: contract/consul.md §2.1.
#pragma once

#include "api/consul/body.h"
#include "api/consul/face.h"
#include "api/consul/refusal.h"
#include "base/json.h"
#include "model/instance.h"
#include "model/node.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

// A check and where it is to be.
struct CheckDefinition {
  model::CheckSpec spec;
  std::string instance;  // what its owner calls the instance; empty: a check of the node
  // Told in so many words; otherwise a check that exists keeps its status.
  std::optional<model::CheckStatus> status;
  std::string output;
};

// How a body says that nothing is wrong with leaving the kind out.
enum class CheckUse : std::uint8_t {
  kAgent,    // somebody has to look, or to report
  kCatalog,  // the status is told; `Definition` says what others may look at
};

// The body of /agent/check/register, or one of Check and Checks, or of a catalogue's registration.
// An id that is missing is left empty. Errors: 400.
Judged<CheckDefinition> parse_check(const json::value& value, CheckUse use, const Face& face);

// The way back: what parse_check reads as this check, of this instance or, null, of the node.
// Headers and bodies are left out, for they may carry secrets.
json::object encode_definition(const model::CheckSpec& spec, const model::Instance* instance);

// "passing", "warning", "critical". Errors: 400.
Judged<model::CheckStatus> parse_status(std::string_view text);

// A service as registered: its checks have ids, it has no id in the mesh yet (see keys.h).
struct ServiceDefinition {
  model::Instance instance;  // id: what its owner calls it
  std::vector<CheckDefinition> checks;
};

// The body of /agent/service/register. Errors: 400.
Judged<ServiceDefinition> parse_service(const json::value& value, const Face& face);
// `Service` of a catalogue's registration: its name may be called Service.
Judged<model::Instance> parse_catalog_service(const json::value& value);
// The node of a catalogue's registration. Errors: 400.
Judged<model::Node> parse_catalog_node(const Body& body);

// What is wrong with it by the rules of the catalogue; nothing when it may be stored.
template <class T>
Judged<void> check_rules(const T& object);

}  // namespace weft::api::consul
