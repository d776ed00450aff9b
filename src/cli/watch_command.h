// `weft watch ...` and `weft kv watch`: what changes, as it changes, by blocking queries of
// Consul's API. Source: contract/consul.md §1.1; `consul watch`.
#pragma once

#include "base/time.h"
#include "cli/command.h"

namespace weft::cli {

Command watch_command();
Command kv_watch_command();

// How long to wait before the next try when `tries` have failed in a row: 1 s, doubled each time,
// 30 s at most. Thread: any; pure.
base::Nanos watch_pause(int tries);

}  // namespace weft::cli
