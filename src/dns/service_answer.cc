#include "dns/service_answer.h"

#include "wire/dns_record.h"

#include <algorithm>
#include <string>

namespace weft::dns {
namespace {

using wire::DnsSection;

constexpr std::size_t kTargetAt = wire::kDnsRecordHeadBytes + wire::kDnsSrvHeadBytes;

// A record that ends with the first domain's name, in a zone that is asked by another one.
bool is_told_otherwise(const ServiceEntry& entry, const RecordSpan& span,
                       const ZoneDomain& domain) {
  return span.domain_bytes > 0 && !entry.record(span).ends_with(std::string_view(domain.name));
}

// The name of an SRV record's target.
std::string target_name(const ServiceEntry& entry, const RecordSpan& srv,
                        const ZoneDomain& domain) {
  std::string_view target = entry.record(srv).substr(kTargetAt);
  if (!is_told_otherwise(entry, srv, domain)) {
    return std::string(target);
  }
  target.remove_suffix(srv.domain_bytes);
  return std::string(target) + domain.name;
}

}  // namespace

bool ServiceAnswer::add_addresses(wire::DnsWriter& writer, const ServicePick& pick, Wanted wanted,
                                  std::size_t owner, std::size_t limit) {
  const std::size_t a_count = wanted.a ? pick.count(Pickable::kA) : 0;
  const std::size_t aaaa_count = wanted.aaaa ? pick.count(Pickable::kAaaa) : 0;
  const std::size_t all_a = pick.entry->count(Pickable::kA);
  const std::size_t most = std::min(limit, a_count + aaaa_count);
  shuffle_.begin(a_count + aaaa_count);
  for (std::size_t i = 0; i < most; ++i) {
    const std::uint32_t at = shuffle_.next(random_);
    const std::size_t number =
        at < a_count
            ? pick.number(Pickable::kA, at)
            : all_a + pick.number(Pickable::kAaaa, at - static_cast<std::uint32_t>(a_count));
    if (!writer.add(DnsSection::kAnswer, owner, pick.entry->address_record(number))) {
      break;
    }
  }
  shuffle_.end();
  return a_count + aaaa_count > limit;
}

bool ServiceAnswer::add_srvs(wire::DnsWriter& writer, const ServicePick& pick,
                             const ZoneDomain& domain, std::size_t limit) {
  const std::size_t count = pick.count(Pickable::kSrv);
  const std::size_t most = std::min(limit, count);
  sent_.clear();
  shuffle_.begin(count);
  for (std::size_t i = 0; i < most; ++i) {
    const std::uint32_t number = pick.number(Pickable::kSrv, shuffle_.next(random_));
    const auto target_at = static_cast<std::uint32_t>(writer.size() + kTargetAt);
    if (!add_srv(writer, *pick.entry, number, domain)) {
      break;
    }
    sent_.push_back({number, target_at});
  }
  shuffle_.end();
  if (!writer.is_cut()) {
    add_targets(writer, *pick.entry, domain);
  }
  return count > limit;
}

bool ServiceAnswer::add_srv(wire::DnsWriter& writer, const ServiceEntry& entry,
                            std::uint32_t number, const ZoneDomain& domain) {
  const RecordSpan& span = entry.srv(number);
  const std::string_view record = entry.record(span);
  if (!is_told_otherwise(entry, span, domain)) {
    return writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes, record);
  }
  return writer.add_spliced(DnsSection::kAnswer, wire::kDnsHeaderBytes,
                            record.substr(0, record.size() - span.domain_bytes), domain.name);
}

void ServiceAnswer::add_targets(wire::DnsWriter& writer, const ServiceEntry& entry,
                                const ZoneDomain& domain) {
  ++answer_;
  for (const Sent& sent : sent_) {
    const RecordSpan& srv = entry.srv(sent.number);
    if (srv.address == RecordSpan::kNoAddress || is_told(entry, srv)) {
      continue;
    }
    const std::string_view record = entry.address_record(srv.address);
    const bool fits =
        sent.target_at <= wire::kDnsPointerMax
            ? writer.add(DnsSection::kAdditional, sent.target_at, record)
            : writer.add_named(DnsSection::kAdditional, target_name(entry, srv, domain), record);
    if (!fits) {
      return;
    }
  }
}

// Was the target's address added in this answer? From now on it was.
bool ServiceAnswer::is_told(const ServiceEntry& entry, const RecordSpan& srv) {
  if (entry.targets() == entry.count(Pickable::kSrv)) {
    return false;  // each has a target of its own
  }
  if (told_.size() < entry.targets()) {
    told_.resize(entry.targets());
  }
  return std::exchange(told_[srv.target], answer_) == answer_;
}

}  // namespace weft::dns
