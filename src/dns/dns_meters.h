// What a DNS server counts about itself.
#pragma once

#include "base/meters.h"
#include "base/time.h"
#include "dns/responder.h"
#include "wire/dns.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::dns {

// Thread: its loop.
class DnsMeters final {
 public:
  explicit DnsMeters(base::MeterRegistry& registry);

  // A query that is answered now, and what it is answered with.
  void note(const Reply& reply) {
    note_query(reply);
    note_answer(reply.rcode);
    if (reply.is_truncated) {
      truncated_.add();
    }
  }
  // The two halves of one that is answered later. Of a query whose question was not read: no type.
  void note_query(const Reply& reply) {
    by_type_[reply.has_question && reply.type < kTypes ? reply.type : 0]->add();
  }
  void note_answer(wire::DnsRcode rcode) { by_rcode_[static_cast<std::size_t>(rcode)]->add(); }
  void note_duration(base::Nanos duration) { duration_.record(duration); }

  enum class Dropped : std::uint8_t {
    kRubbish,      // no header, or no query
    kSocket,       // the kernel did not take the answer
    kConnections,  // too many, of all or of one client
    kStalled,      // a connection whose query did not come in time
  };
  void note_dropped(Dropped why, std::size_t count = 1) {
    dropped_[static_cast<std::size_t>(why)]->add(count);
  }

  // What became of a query that recursors were asked, or of a host's lookup.
  void note_forwarded(bool is_answered) { (is_answered ? forwarded_ : failed_).add(); }
  base::Gauge& connections() { return connections_; }

 private:
  static constexpr std::size_t kTypes = 256;
  static constexpr std::size_t kRcodes = 17;
  static constexpr std::size_t kReasons = 4;

  base::MeterGroup group_;
  std::array<base::Counter*, kTypes> by_type_{};  // those without a name of their own share one
  std::array<base::Counter*, kRcodes> by_rcode_{};
  std::array<base::Counter*, kReasons> dropped_{};
  base::Counter& truncated_;
  base::Counter& forwarded_;
  base::Counter& failed_;
  base::Gauge& connections_;
  base::Histogram& duration_;
};

}  // namespace weft::dns
