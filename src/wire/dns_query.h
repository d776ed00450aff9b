// A question as a client sends it, read strictly: one question, perhaps an OPT record, nothing
// else.
#pragma once

#include "base/result.h"
#include "wire/dns.h"
#include "wire/dns_name.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft::wire {

// What an OPT record says. Source: RFC 6891 §6.1.2, RFC 7871 §6.
struct DnsEdns {
  std::uint16_t udp_bytes = 0;  // what its sender can take
  std::uint8_t version = 0;
  bool wants_dnssec = false;
  // The client subnet option as it came, its code and length included; empty: there was none.
  std::string_view subnet;
};

// Lifetime: its views point into the message.
struct DnsQuery {
  std::uint16_t id;
  std::uint16_t flags;
  std::uint16_t type;  // a DnsType, or another number
  std::uint16_t dns_class;
  DnsName name;
  std::string_view question;  // as it was spelled, with type and class; empty: it was not read
  bool has_edns;
  DnsEdns edns;
};

// What is to be done with a message.
enum class DnsVerdict : std::uint8_t {
  kAnswer,   // it is a query that may be answered
  kDrop,     // not even a header, or an answer itself: whoever answers that may answer forever
  kFormErr,  // to be told the client, as the next two; id and flags of the query are known
  kNotImp,   // another opcode than QUERY, or another class than IN and ANY
  kBadVers,  // a version of EDNS that nobody knows
};

// Source: RFC 1035 §4.1, RFC 6891 §6, RFC 9619 (one question); contract/consul.md §8.
// Input:   one message, borrowed. `out`: what of it is known with every verdict but kDrop.
// Thread:  any; pure, one pass, no allocation.
DnsVerdict parse_dns_query(std::string_view message, DnsQuery& out);

// The head of an answer, as far as a forwarder must know it.
struct DnsAnswerHead {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  std::string_view question;  // with type and class

  DnsRcode rcode() const { return static_cast<DnsRcode>(flags & kDnsRcodeMask); }
  bool is_truncated() const { return (flags & kDnsTruncated) != 0; }
};

// Errors: kBadMessage (no header, no answer to a QUERY, not one question).
base::Result<DnsAnswerHead> parse_dns_answer_head(std::string_view message);

// The same question, whatever the case of its letters? Source: RFC 5452 §9.1.
bool is_same_dns_question(std::string_view a, std::string_view b);

}  // namespace weft::wire
