// Tokens of the Consul face as a config file has them, below security.tokens. They are no rows of
// the table: what is shown of settings must not show secrets.
//
//   security:
//     protect: [consul]
//     tokens:
//       ops: {secret: "${OPS_TOKEN}", management: true}
//       web:
//         secret_file: /run/secrets/web
//         rules:
//           service: {web: write}
//           service_prefix: {"": read}
//           operator: read
//       anonymous: {rules: {node_prefix: {"": read}}}
//
// Source: contract/apg.md §9; the kinds of rules are Consul's (api/consul/acl_policy.h).
#pragma once

#include "api/consul/acl.h"
#include "node/settings.h"

#include <map>
#include <string>
#include <vector>

namespace weft::node {

// Takes what is about tokens out of `file`; WEFT_MANAGEMENT_TOKEN adds the one called "management".
// What is wrong is added to `errors`, without the secret. Secret files are read here.
// Thread: any.
std::vector<api::consul::AclToken> take_tokens(std::map<std::string, std::string>& file,
                                               const Environment& environment,
                                               SettingError& errors);

}  // namespace weft::node
