// A session: somebody who holds locks as long as he is well. Source: contract/consul.md §6.
#pragma once

#include "base/described.h"
#include "base/time.h"
#include "model/names.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::model {

// What becomes of the entries a lost session holds.
enum class SessionBehavior : std::uint8_t { kRelease, kDelete };
BOOST_DESCRIBE_ENUM(SessionBehavior, kRelease, kDelete)

// Thread: any (a value).
struct Session {
  std::string id{};  // a UUID
  std::string name{};
  std::string node{};
  base::Nanos lock_delay = base::Seconds(15);
  SessionBehavior behavior = SessionBehavior::kRelease;
  base::Nanos ttl{0};                         // 0: it does not run out
  std::vector<std::string> node_checks{};     // ids of checks of `node`; it falls with any of them
  std::vector<std::string> service_checks{};  // the same of instances on `node`

  bool operator==(const Session&) const = default;

  static constexpr auto kFields = base::fields(
      base::field("id").required().length(1, 64), base::field("name").length(0, 512),
      base::field("node").required().length(1, kNameLengthMax),
      base::field("node_checks").length(0, 64), base::field("service_checks").length(0, 64));
};
BOOST_DESCRIBE_STRUCT(Session, (),
                      (id, name, node, lock_delay, behavior, ttl, node_checks, service_checks))

inline std::string key_of(const Session& session) { return session.id; }

// The check that every node has and that always passes: the node answers. It has no row.
inline constexpr const char* kAliveCheck = "serfHealth";

}  // namespace weft::model
