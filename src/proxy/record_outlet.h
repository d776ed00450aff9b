// Where the records of one loop leave it: a batch goes to the control loop, or is dropped and
// counted when that loop is too far behind. A request never waits for its record.
#pragma once

#include "base/meters.h"
#include "io/mailbox.h"
#include "model/record.h"

#include <optional>
#include <vector>

namespace weft::proxy {

// Thread: its loop. Lifetime: the box and the registry outlive it.
class RecordOutlet final {
 public:
  using Box = io::Mailbox<std::vector<model::Record>>;

  // `meters` may be null: then nothing is counted.
  RecordOutlet(Box& box, base::MeterRegistry* meters) : box_(box) {
    if (meters != nullptr) {
      group_.emplace(*meters);
      dropped_ = &group_->counter(kDropped);
    }
  }
  RecordOutlet(const RecordOutlet&) = delete;
  RecordOutlet& operator=(const RecordOutlet&) = delete;

  void send(std::vector<model::Record> batch) {
    const std::size_t records = batch.size();
    if (!box_.try_post(std::move(batch)) && dropped_ != nullptr) {
      dropped_->add(records);
    }
  }

 private:
  static constexpr base::MeterInfo kDropped{"weft_records_dropped_total",
                                            "Records of exchanges that nobody had time to take"};

  Box& box_;
  std::optional<base::MeterGroup> group_;
  base::Counter* dropped_ = nullptr;
};

}  // namespace weft::proxy
