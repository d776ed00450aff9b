// Answerer: what both transports of a server share: the zone of the moment, and what is done about
// names that are not in it.
#pragma once

#include "base/result.h"
#include "dns/dns_meters.h"
#include "dns/forwarder.h"
#include "dns/responder.h"
#include "dns/zone.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::dns {

// Thread: its loop. Lifetime: its tasks have ended before it is destroyed.
class Answerer final {
 public:
  struct Parts {
    io::Loop& loop;
    DnsMeters& meters;
    io::Resolver* resolver;  // for the addresses of hosts; null: an alias is answered alone
  };
  // `later_max`: queries that wait for others at a time; further ones are answered without.
  Answerer(const Parts& parts, ForwarderOptions forwarder, std::size_t later_max,
           std::shared_ptr<const Zone> zone);
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

  using ZonePointer = std::shared_ptr<const Zone>;
  void set_zone(ZonePointer zone) { *zone_ = std::move(zone); }
  const Zone& zone() const { return **zone_; }
  // Where the zone is kept, for messages that may come when the answerer has gone.
  std::shared_ptr<ZonePointer> zone_holder() const { return zone_; }

  enum class When : std::uint8_t {
    kNow,    // the answer was written
    kLater,  // answer_later() will have it
    kNever,
  };
  struct Answer {
    When when = When::kNever;
    std::size_t bytes = 0;
  };
  // Counts the query, and its answer when that is there.
  Answer answer(std::string_view message, Transport transport, std::span<char> out);

  // The answer to a message of which answer() said kLater; empty: cancelled.
  io::Task<std::string> answer_later(std::string message, Transport transport);

 private:
  struct Later;  // one of later_max
  bool is_answered_later(const Reply& reply) const;
  io::Task<std::string> answer_alias(std::string message, Transport transport, std::string host);
  std::string copy_of_answer(std::string_view message, const RespondOptions& options);
  std::string failure(std::string_view message, Transport transport);

  Parts parts_;
  Forwarder forwarder_;
  Responder responder_;
  const std::shared_ptr<ZonePointer> zone_;
  const std::size_t later_max_;
  std::size_t later_ = 0;
  std::vector<char> room_;  // an answer on its way into a text
};

}  // namespace weft::dns
