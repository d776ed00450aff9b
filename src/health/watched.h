// What this room knows of each check and its owner. Private to the monitor and its parts.
#pragma once

#include "base/time.h"
#include "health/beats.h"
#include "health/check_owner.h"
#include "health/scheduler.h"
#include "health/thresholds.h"
#include "io/timer_wheel.h"
#include "model/check.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {

class Deregistrar;
struct WatchedOwner;

// Ten thousand of them are ordinary: less than 400 bytes each, with an output.
// Thread: its loop. Lifetime: its owner's.
struct WatchedCheck final : ProbeSlot {
  struct Deregistration : io::Timer {
    WatchedCheck* check = nullptr;
    Deregistrar* by = nullptr;
  };

  WatchedOwner* owner = nullptr;
  std::uint16_t position = 0;  // in the owner's checks
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
  model::CheckKey key() const;
  // Is it as the registry says, whatever we think?
  bool follows_registry() const;
  bool has_result() const { return last.status != model::CheckStatus::kNone; }
};

// Thread: its loop.
struct WatchedOwner {
  explicit WatchedOwner(CheckOwner is) : row(std::move(is)) {}

  CheckOwner row;
  std::uint32_t service_number = 0;  // Row::number of an instance's service
  bool is_ours = true;               // else another process of the mesh looks after its checks
  std::vector<std::unique_ptr<WatchedCheck>> checks;
};

inline const model::CheckSpec& WatchedCheck::spec() const { return owner->row.checks()[position]; }

inline bool WatchedCheck::follows_registry() const {
  return !owner->is_ours || spec().kind == model::CheckKind::kTold;
}

inline model::CheckKey WatchedCheck::key() const { return owner->row.key_of(spec()); }

}  // namespace weft::health
