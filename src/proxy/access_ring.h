// AccessRing: a loop's end of the access log. One line costs the loop a few copies into memory.
#pragma once

#include "base/limit_meters.h"
#include "base/meters.h"
#include "io/byte_ring.h"
#include "proxy/access_entry.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <string_view>

namespace weft::proxy {

inline constexpr base::MeterInfo kAccessLinesDropped{
    "weft_access_log_lines_dropped_total",
    "Access log lines that were lost because the ring was full or could not be written"};

// Thread: one loop writes, the log's thread drains (synchronised).
class AccessRing final {
 public:
  // `ask_reader` is called on the loop when the ring gets half full, at most once per drain; it
  // must not block. `bytes` is rounded up.
  AccessRing(std::size_t bytes, base::MeterRegistry& registry, std::function<void()> ask_reader);
  AccessRing(const AccessRing&) = delete;
  AccessRing& operator=(const AccessRing&) = delete;

  // Loop. A line that does not fit is dropped and counted.
  void write(const AccessFacts& facts);

  // Log's thread. Calls `sink` with what lies in the ring now, oldest first.
  template <class Sink>
  void drain(Sink&& sink) {
    reader_asked_.store(false, std::memory_order_relaxed);
    ring_.drain([&](std::string_view bytes) { sink(decode_entry(bytes)); });
  }

 private:
  void ask_for_a_reader();

  io::ByteRing ring_;
  base::MeterGroup meter_group_;
  base::Counter& dropped_;
  base::LimitMeters limits_;
  std::function<void()> ask_reader_;
  std::atomic<bool> reader_asked_{false};
};

}  // namespace weft::proxy
