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
  }
  WEFT_ASSERT(false && "a check kind without a class");
}

}  // namespace weft::health
