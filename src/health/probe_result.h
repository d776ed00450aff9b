// What one probe of one check came to.
#pragma once

#include "base/time.h"
#include "model/check.h"

#include <string>

namespace weft::health {

// Thread: its loop (a value).
struct ProbeResult {
  // kNone: inconclusive. We ourselves could not ask (out of descriptors, stopping), so it says
  // nothing about the instance and counts for nothing.
  model::CheckStatus status = model::CheckStatus::kNone;
  bool no_answer = false;        // critical because nothing came back, not because of what came
  base::Nanos response_time{0};  // until the answer's head, the connection or the failure
  std::string output;            // for people; UTF-8, at most CheckState::kOutputBytesMax
};

}  // namespace weft::health
