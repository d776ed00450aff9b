// What this room knows of each check and instance. Private to the monitor and its parts.
#pragma once

#include "base/time.h"
#include "health/beats.h"
#include "health/scheduler.h"
#include "health/thresholds.h"
#include "io/timer_wheel.h"
#include "model/instance.h"
#include "model/row.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::health {

class Deregistrar;
struct WatchedInstance;

// Ten thousand of them are ordinary: less than 400 bytes each, with an output.
// Thread: its loop. Lifetime: its instance's.
struct WatchedCheck final : ProbeSlot {
  struct Deregistration : io::Timer {
    WatchedCheck* check = nullptr;
    Deregistrar* by = nullptr;
  };

  WatchedInstance* instance = nullptr;
  std::uint16_t position = 0;  // in the instance's checks
  Beats beats;
  Thresholds thresholds;
  Verdict verdict;             // what we say now
  Verdict told;                // what the registry says
  Verdict last;                // the last result alone; kNone: none yet by this process
  base::WallTime since{};      // when `verdict` took its status
  base::WallTime last_time{};  // of the last result
  base::Nanos response_time{0};
  std::string output;
  Deregistration deregistration;  // linked while the instance's time is running out

  const model::CheckSpec& spec() const;
  bool has_result() const { return last.status != model::CheckStatus::kNone; }
};

// Thread: its loop.
struct WatchedInstance {
  model::RowPtr<model::Instance> row;
  std::uint32_t service_number = 0;  // Row::number of its service
  std::vector<std::unique_ptr<WatchedCheck>> checks;

  const model::Instance& object() const { return row->object; }
};

inline const model::CheckSpec& WatchedCheck::spec() const {
  return instance->object().checks[position];
}

}  // namespace weft::health
