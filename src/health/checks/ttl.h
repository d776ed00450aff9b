// The instance reports by itself, at least every `interval`; a probe finds that it did not.
#pragma once

#include "health/check.h"

namespace weft::health {

// Run only when the time of the last report has expired: each report puts the next probe off.
// Thread: its loop.
class TtlCheck final : public Check {
 public:
  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;
};

}  // namespace weft::health
