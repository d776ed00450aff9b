#include "health/checks/ttl.h"

namespace weft::health {

// Source: contract/consul.md §2.1 (critical with Output "TTL expired").
io::Task<ProbeResult> TtlCheck::probe(CheckTarget /*target*/, base::MonoTime /*deadline*/) {
  co_return ProbeResult{model::CheckStatus::kCritical, true, {}, "TTL expired"};
}

}  // namespace weft::health
