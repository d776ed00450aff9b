#include "health/check_kinds.h"

#include "base/check.h"

namespace weft::health {

Check& CheckKinds::of(model::CheckKind kind) {
  switch (kind) {
    case model::CheckKind::kHttp:
      return http_;
    case model::CheckKind::kTcp:
      return tcp_;
    case model::CheckKind::kTtl:
      return ttl_;
    case model::CheckKind::kUdp:
      return udp_;
    case model::CheckKind::kGrpc:
      return grpc_;
    case model::CheckKind::kH2ping:
      return h2ping_;
    case model::CheckKind::kScript:
    case model::CheckKind::kDocker:
      return script_;
    case model::CheckKind::kAlias:
    case model::CheckKind::kTold:
      break;
  }
  WEFT_ASSERT(false && "a check that is never probed");
}

}  // namespace weft::health
