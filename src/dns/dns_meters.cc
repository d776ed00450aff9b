#include "dns/dns_meters.h"

#include <string_view>
#include <utility>

namespace weft::dns {
namespace {

using wire::DnsRcode;
using wire::DnsType;

constexpr base::MeterInfo kQueries{"weft_dns_queries_total", "DNS queries by type"};
constexpr base::MeterInfo kAnswers{"weft_dns_answers_total", "DNS answers by response code"};
constexpr base::MeterInfo kTruncated{"weft_dns_truncated_total",
                                     "DNS answers that left records out for their size"};
constexpr base::MeterInfo kDroppedQueries{"weft_dns_dropped_total",
                                          "DNS messages and connections without an answer"};
constexpr base::MeterInfo kForwarded{"weft_dns_forwarded_total",
                                     "Lookups of names of elsewhere by what became of them"};
constexpr base::MeterInfo kConnections{"weft_dns_connections", "TCP connections open now"};
constexpr base::MeterInfo kDuration{"weft_dns_query_duration_seconds",
                                    "From taking a query off its socket to its answer being sent"};

constexpr std::pair<DnsType, std::string_view> kNamedTypes[] = {
    {DnsType::kA, "A"},     {DnsType::kAaaa, "AAAA"},   {DnsType::kAny, "ANY"},
    {DnsType::kSrv, "SRV"}, {DnsType::kCname, "CNAME"}, {DnsType::kPtr, "PTR"},
    {DnsType::kTxt, "TXT"}, {DnsType::kNs, "NS"},       {DnsType::kSoa, "SOA"},
};

constexpr std::pair<DnsRcode, std::string_view> kNamedRcodes[] = {
    {DnsRcode::kNoError, "NOERROR"},   {DnsRcode::kFormErr, "FORMERR"},
    {DnsRcode::kServFail, "SERVFAIL"}, {DnsRcode::kNxDomain, "NXDOMAIN"},
    {DnsRcode::kNotImp, "NOTIMP"},     {DnsRcode::kRefused, "REFUSED"},
    {DnsRcode::kBadVers, "BADVERS"},
};

}  // namespace

DnsMeters::DnsMeters(base::MeterRegistry& registry)
    : group_(registry),
      truncated_(group_.counter(kTruncated)),
      forwarded_(group_.counter(kForwarded, {{"result", "answered"}})),
      failed_(group_.counter(kForwarded, {{"result", "failed"}})),
      connections_(group_.gauge(kConnections)),
      duration_(group_.histogram(kDuration)) {
  by_type_.fill(&group_.counter(kQueries, {{"type", "other"}}));
  for (const auto& [type, name] : kNamedTypes) {
    by_type_[static_cast<std::size_t>(type)] =
        &group_.counter(kQueries, {{"type", std::string(name)}});
  }
  by_rcode_.fill(&group_.counter(kAnswers, {{"rcode", "other"}}));  // of recursors
  for (const auto& [rcode, name] : kNamedRcodes) {
    by_rcode_[static_cast<std::size_t>(rcode)] =
        &group_.counter(kAnswers, {{"rcode", std::string(name)}});
  }
  constexpr std::array<std::string_view, kReasons> kReasonNames = {"rubbish", "socket",
                                                                   "connections", "stalled"};
  for (std::size_t i = 0; i < kReasons; ++i) {
    dropped_[i] = &group_.counter(kDroppedQueries, {{"reason", std::string(kReasonNames[i])}});
  }
}

}  // namespace weft::dns
