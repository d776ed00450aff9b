// What the commands below `weft kv` do, but locks (kv_lock.h) and what follows changes (watched.h).
// Source: contract/consul.md §5.
#pragma once

#include "cli/consul_session.h"
#include "cli/kv_entry.h"

#include <string>
#include <vector>

namespace weft::cli {

struct KvOptions {
  ConsulOptions consul;
  std::string key;
  std::string value;  // as word_input.h reads it; a file of keys
  std::string flags;
  std::string cas;  // empty: whatever its index
  std::string separator;
  bool recurse = false;
};

// Each asks the node, prints what it said, and returns what a person is told when it said no.
using KvAction = Outcome<void> (*)(ConsulSession&, const KvOptions&);
Outcome<void> show_keys(ConsulSession& session, const KvOptions& options);
Outcome<void> put_key(ConsulSession& session, const KvOptions& options);
Outcome<void> delete_keys(ConsulSession& session, const KvOptions& options);
Outcome<void> list_keys(ConsulSession& session, const KvOptions& options);
Outcome<void> export_keys(ConsulSession& session, const KvOptions& options);
// Nothing is stored of a file with a mistake; a key that the node refuses keeps no other out.
Outcome<void> import_keys(ConsulSession& session, const KvOptions& options);

// What `weft kv get --recurse` prints: a line "key:value" for each. Thread: any; pure.
std::string kv_text(const std::vector<KvEntry>& entries);

}  // namespace weft::cli
