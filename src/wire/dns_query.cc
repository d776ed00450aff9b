#include "wire/dns_query.h"

#include "base/text.h"

namespace weft::wire {
namespace {

constexpr std::size_t kQuestionTailBytes = 4;  // type and class
constexpr std::size_t kRecordHeadBytes = 10;   // type, class, TTL, length
constexpr std::size_t kOptionHeadBytes = 4;    // code and length
constexpr std::uint16_t kSubnetOption = 8;     // RFC 7871 §6
constexpr std::size_t kSubnetHeadBytes = 4;    // family, source and scope prefix lengths
constexpr std::size_t kSubnetBitsMax = 128;
constexpr std::uint32_t kDnssecOk = 0x8000;

struct Counts {
  std::uint16_t questions;
  std::uint16_t answers;
  std::uint16_t authorities;
  std::uint16_t additionals;
};

Counts read_counts(std::string_view message) {
  const char* at = message.data() + 4;
  return {read_u16(at), read_u16(at + 2), read_u16(at + 4), read_u16(at + 6)};
}

// As many bytes of an address as its prefix length says. Source: RFC 7871 §6.
bool is_subnet(std::string_view content) {
  if (content.size() < kSubnetHeadBytes) {
    return false;
  }
  const auto source_bits = static_cast<unsigned char>(content[2]);
  return source_bits <= kSubnetBitsMax && content[3] == 0 &&
         content.size() == kSubnetHeadBytes + (source_bits + 7U) / 8U;
}

// Returns: false when the options are malformed, or a client subnet comes twice.
bool read_options(std::string_view options, DnsEdns& edns) {
  while (!options.empty()) {
    if (options.size() < kOptionHeadBytes) {
      return false;
    }
    const std::uint16_t code = read_u16(options.data());
    const std::size_t bytes = kOptionHeadBytes + read_u16(options.data() + 2);
    if (bytes > options.size()) {
      return false;
    }
    if (code == kSubnetOption) {
      if (!edns.subnet.empty() ||
          !is_subnet(options.substr(kOptionHeadBytes, bytes - kOptionHeadBytes))) {
        return false;
      }
      edns.subnet = options.substr(0, bytes);
    }
    options.remove_prefix(bytes);
  }
  return true;
}

// The one record behind the question. Returns: false when it is no well-formed OPT at the end.
bool read_opt(std::string_view record, DnsEdns& edns) {
  constexpr std::size_t kOwnerBytes = 1;  // the root
  if (record.size() < kOwnerBytes + kRecordHeadBytes || record.front() != 0) {
    return false;
  }
  const char* at = record.data() + kOwnerBytes;
  if (read_u16(at) != static_cast<std::uint16_t>(DnsType::kOpt)) {
    return false;
  }
  const std::uint32_t bits = read_u32(at + 4);
  edns.udp_bytes = read_u16(at + 2);
  edns.version = static_cast<std::uint8_t>(bits >> 16);
  edns.wants_dnssec = (bits & kDnssecOk) != 0;
  const std::string_view options = record.substr(kOwnerBytes + kRecordHeadBytes);
  if (options.size() != read_u16(at + 8)) {
    return false;
  }
  return edns.version != 0 || read_options(options, edns);  // another version's mean anything
}

// Returns: where what follows the question begins; 0 when it is malformed.
std::size_t read_question(std::string_view message, DnsQuery& out) {
  const auto end = parse_dns_name(message, kDnsHeaderBytes, out.name);
  if (!end || message.size() - *end < kQuestionTailBytes) {
    return 0;
  }
  out.type = read_u16(message.data() + *end);
  out.dns_class = read_u16(message.data() + *end + 2);
  out.question = message.substr(kDnsHeaderBytes, *end + kQuestionTailBytes - kDnsHeaderBytes);
  return *end + kQuestionTailBytes;
}

}  // namespace

DnsVerdict parse_dns_query(std::string_view message, DnsQuery& out) {
  if (message.size() < kDnsHeaderBytes) {
    return DnsVerdict::kDrop;
  }
  out.id = read_u16(message.data());
  out.flags = read_u16(message.data() + 2);
  out.question = {};
  out.has_edns = false;
  out.edns = {};
  if ((out.flags & kDnsResponse) != 0) {
    return DnsVerdict::kDrop;
  }
  if ((out.flags & kDnsOpcodeMask) != 0) {
    return DnsVerdict::kNotImp;
  }
  const Counts counts = read_counts(message);
  if (counts.questions != 1) {
    return DnsVerdict::kFormErr;
  }
  const std::size_t end = read_question(message, out);
  if (end == 0 || counts.answers != 0 || counts.authorities != 0 || counts.additionals > 1) {
    return DnsVerdict::kFormErr;
  }
  if (counts.additionals == 1) {
    if (!read_opt(message.substr(end), out.edns)) {
      return DnsVerdict::kFormErr;
    }
    out.has_edns = true;
    if (out.edns.version != 0) {
      return DnsVerdict::kBadVers;
    }
  } else if (end != message.size()) {
    return DnsVerdict::kFormErr;
  }
  if (out.dns_class != kDnsClassIn && out.dns_class != kDnsClassAny) {
    return DnsVerdict::kNotImp;
  }
  return DnsVerdict::kAnswer;
}

base::Result<DnsAnswerHead> parse_dns_answer_head(std::string_view message) {
  constexpr std::uint16_t kKind = kDnsResponse | kDnsOpcodeMask;
  if (message.size() < kDnsHeaderBytes || (read_u16(message.data() + 2) & kKind) != kDnsResponse ||
      read_counts(message).questions != 1) {
    return base::fail(base::Code::kBadMessage, "no answer to a query", base::Side::kBackend);
  }
  DnsName name;
  WEFT_TRY(const std::size_t end, parse_dns_name(message, kDnsHeaderBytes, name));
  if (message.size() - end < kQuestionTailBytes) {
    return base::fail(base::Code::kBadMessage, "a question is cut short", base::Side::kBackend);
  }
  return DnsAnswerHead{
      .id = read_u16(message.data()),
      .flags = read_u16(message.data() + 2),
      .question = message.substr(kDnsHeaderBytes, end + kQuestionTailBytes - kDnsHeaderBytes)};
}

bool is_same_dns_question(std::string_view a, std::string_view b) {
  if (a.size() != b.size() || a.size() < kQuestionTailBytes) {
    return false;
  }
  const std::size_t name = a.size() - kQuestionTailBytes;
  return base::iequals(a.substr(0, name), b.substr(0, name)) && a.substr(name) == b.substr(name);
}

}  // namespace weft::wire
