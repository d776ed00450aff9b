// What State counts about itself.
#pragma once

#include "base/error.h"
#include "base/limit_meters.h"
#include "base/meters.h"
#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <map>

namespace weft::state {

// Thread: its loop.
class StateMeters final {
 public:
  explicit StateMeters(base::MeterRegistry& registry);

  void note_command(const base::Result<>& outcome);
  void note_commit(std::size_t changes, base::Nanos duration);
  // Of a store that is shared: commands that another node's write made judge anew, and changes that
  // others wrote.
  void note_judged_again(std::size_t commands);
  void note_followed(std::size_t changes);
  base::LimitMeters& limits() { return limits_; }

 private:
  base::MeterGroup group_;
  base::LimitMeters limits_;
  base::Counter& changes_;
  base::Histogram& commit_duration_;
  base::Counter& applied_;
  base::Counter* judged_again_ = nullptr;  // made when it is needed
  base::Counter* followed_ = nullptr;
  std::map<base::Code, base::Counter*> refused_;
};

}  // namespace weft::state
