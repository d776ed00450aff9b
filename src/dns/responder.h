// Responder: one query in, one answer out. All rules of contract/consul.md §8 meet here; nothing
// waits, and a usual answer allocates nothing.
#pragma once

#include "base/address.h"
#include "base/random.h"
#include "dns/asked_name.h"
#include "dns/service_answer.h"
#include "dns/zone.h"
#include "wire/dns.h"
#include "wire/dns_query.h"
#include "wire/dns_writer.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace weft::dns {

enum class Transport : std::uint8_t { kUdp, kTcp };

// What a lookup of a Reply's host has brought. Lifetime: borrowed.
struct ResolvedHost {
  std::string_view name;
  std::span<const base::IpAddress> addresses;
};

struct RespondOptions {
  Transport transport = Transport::kUdp;
  bool has_recursors = false;
  const ResolvedHost* resolved = nullptr;  // the second time
};

struct Reply {
  enum class Action : std::uint8_t {
    kDrop,     // no answer at all
    kAnswer,   // `bytes` of one
    kForward,  // the recursors know, if anybody
  };
  Action action = Action::kDrop;
  wire::DnsRcode rcode = wire::DnsRcode::kNoError;
  bool is_truncated = false;  // records were left out
  bool has_question = false;  // `type` is known
  std::uint16_t type = 0;
  std::size_t bytes = 0;
  // The answer is an alias of this host (a whole name) of another domain, whose addresses would
  // make it complete. Lifetime: the zone's.
  std::string_view host;
};

// How many bytes an answer may need: by UDP, and at all.
inline constexpr std::size_t kUdpAnswerBytesMax = 4096;
inline constexpr std::size_t kTcpAnswerBytesMax = wire::kDnsMessageBytesMax;

// Its memory is kept from answer to answer. Thread: its owner's.
class Responder final {
 public:
  // Lifetime: `random` outlives it.
  explicit Responder(base::Random& random) : random_(random), service_answer_(random) {}

  // `out`: at least wire::kDnsUdpBytes; an answer is no longer than it.
  Reply respond(std::string_view message, const Zone& zone, const RespondOptions& options,
                std::span<char> out);

  // SERVFAIL for a message that respond() wanted forwarded.
  Reply fail(std::string_view message, const RespondOptions& options, std::span<char> out);

 private:
  struct Work;

  void answer(Work& work);
  void answer_domain(Work& work);
  void answer_service(Work& work);
  void answer_node(Work& work);
  void answer_address(Work& work);
  void answer_reverse(Work& work);
  bool find_service(const Zone& zone, const wire::DnsName& name, const AskedName& asked);
  bool find_by_rfc(const Zone& zone, const wire::DnsName& name);
  bool take_parts(const ServiceEntry* entry, std::string_view tag);
  void add_service_addresses(Work& work, std::size_t owner);
  void add_node_address(Work& work, const NodeEntry& node, std::size_t owner);
  void follow(Work& work, std::string_view host, std::size_t owner);
  static void add_resolved(Work& work, std::string_view host, std::size_t owner);
  std::string_view choose_host(const Work& work);
  std::size_t count(Pickable what) const;
  std::string_view host_record(std::size_t at) const;

  base::Random& random_;
  ServiceAnswer service_answer_;
  wire::DnsQuery query_;          // of the answer being made
  std::vector<ShardPart> parts_;  // of the service it is about
};

}  // namespace weft::dns
