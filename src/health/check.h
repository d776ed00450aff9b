// Check: one kind of probe. An extension point: a new kind adds its files under checks/ and a line
// in check_kinds.h.
#pragma once

#include "base/time.h"
#include "health/probe_result.h"
#include "io/task.h"
#include "model/instance.h"
#include "model/row.h"

#include <cstdint>
#include <utility>

namespace weft::health {

// Which check of which instance. Shares the row with the registry, so it stays valid whatever the
// registry becomes meanwhile. Thread: its loop.
class CheckTarget final {
 public:
  // `position` is within row->object.checks.
  CheckTarget(model::RowPtr<model::Instance> row, std::size_t position)
      : row_(std::move(row)), position_(static_cast<std::uint16_t>(position)) {}

  const model::Instance& instance() const { return row_->object; }
  const model::CheckSpec& spec() const { return row_->object.checks[position_]; }

 private:
  model::RowPtr<model::Instance> row_;
  std::uint16_t position_;
};

// Thread: its loop. Lifetime: outlives its probes.
class Check {
 public:
  virtual ~Check() = default;

  // Asks once, until `deadline` at the latest. Whatever goes wrong is a result, never an error.
  virtual io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) = 0;
};

}  // namespace weft::health
