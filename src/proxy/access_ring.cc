#include "proxy/access_ring.h"

#include <algorithm>

namespace weft::proxy {
namespace {

constexpr std::size_t kRingBytesMin = 16 * 1024;  // the longest entry fits twice

}  // namespace

AccessRing::AccessRing(std::size_t bytes, base::MeterRegistry& registry,
                       std::function<void()> ask_reader)
    : ring_(std::max(bytes, kRingBytesMin)),
      meter_group_(registry),
      dropped_(meter_group_.counter(kAccessLinesDropped, {{"reason", "ring_full"}})),
      limits_(registry),
      ask_reader_(std::move(ask_reader)) {}

void AccessRing::write(const AccessFacts& facts) {
  char* room = ring_.try_begin(encoded_bytes(facts));
  if (room == nullptr) [[unlikely]] {
    dropped_.add();
    limits_.reached(base::Limit::kAccessLogRingBytes);
    ask_for_a_reader();
    return;
  }
  encode_entry(facts, room);
  ring_.publish();
  if (ring_.is_half_full()) [[unlikely]] {
    ask_for_a_reader();
  }
}

void AccessRing::ask_for_a_reader() {
  if (!reader_asked_.load(std::memory_order_relaxed)) {
    reader_asked_.store(true, std::memory_order_relaxed);
    ask_reader_();
  }
}

}  // namespace weft::proxy
