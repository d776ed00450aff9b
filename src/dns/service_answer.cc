#include "dns/service_answer.h"

#include "base/hash.h"
#include "wire/dns_record.h"

#include <algorithm>
#include <string>

namespace weft::dns {
namespace {

using wire::DnsSection;

constexpr std::size_t kTargetAt = wire::kDnsRecordHeadBytes + wire::kDnsSrvHeadBytes;

// More records than an answer has room for, by any transport.
constexpr std::size_t kRecordsMax = wire::kDnsMessageBytesMax / RecordShard::kABytes + 1;

// A record that ends with the first domain's name, in a zone that is asked by another one.
bool is_told_otherwise(const RecordShard& shard, const RecordSpan& span, const ZoneDomain& domain) {
  return span.domain_bytes > 0 && !shard.record(span).ends_with(std::string_view(domain.name));
}

// The name of an SRV record's target.
std::string target_name(const RecordShard& shard, const RecordSpan& srv, const ZoneDomain& domain) {
  std::string_view target = shard.record(srv).substr(kTargetAt);
  if (!is_told_otherwise(shard, srv, domain)) {
    return std::string(target);
  }
  target.remove_suffix(srv.domain_bytes);
  return std::string(target) + domain.name;
}

}  // namespace

// `count(part)`: how much of it there is to choose from.
template <class Count>
void ServiceAnswer::begin(ServiceParts parts, Count count) {
  if (parts.size() == 1) {
    shuffle_.begin(count(parts.front()));
    return;
  }
  std::size_t all = 0;
  ends_.clear();
  for (const ShardPart& part : parts) {
    all += count(part);
    ends_.push_back(all);
  }
  shuffle_.begin(all);
  seen_.begin(kRecordsMax);
}

ServiceAnswer::Chosen ServiceAnswer::choose(ServiceParts parts) {
  const std::size_t chosen = shuffle_.next(random_);
  if (parts.size() == 1) {
    return {.part = parts.data(), .at = chosen};
  }
  const auto end = std::ranges::upper_bound(ends_, chosen);
  const auto at = static_cast<std::size_t>(end - ends_.begin());
  return {.part = &parts[at], .at = chosen - (at == 0 ? 0 : ends_[at - 1])};
}

// Records are distinct within a shard only.
bool ServiceAnswer::is_repeated(ServiceParts parts, std::string_view record) {
  return parts.size() > 1 &&
         !seen_.find_or_add(base::hash64(record), [](std::uint32_t) { return true; }).is_fresh;
}

bool ServiceAnswer::add_addresses(wire::DnsWriter& writer, ServiceParts parts, Wanted wanted,
                                  std::size_t owner, std::size_t limit) {
  const auto a_count = [&](const ShardPart& part) {
    return wanted.a ? part.count(Pickable::kA) : 0;
  };
  begin(parts, [&](const ShardPart& part) {
    return a_count(part) + (wanted.aaaa ? part.count(Pickable::kAaaa) : 0);
  });
  std::size_t added = 0;
  while (shuffle_.left() > 0 && added < limit) {
    const auto [part, at] = choose(parts);
    const std::size_t a = a_count(*part);
    const std::size_t number =
        at < a ? part->number(Pickable::kA, at)
               : part->shard->count(Pickable::kA) + part->number(Pickable::kAaaa, at - a);
    const std::string_view record = part->shard->address_record(number);
    if (is_repeated(parts, record)) {
      continue;
    }
    if (!writer.add(DnsSection::kAnswer, owner, record)) {
      break;
    }
    ++added;
  }
  const bool is_more = shuffle_.left() > 0;
  shuffle_.end();
  return is_more;
}

bool ServiceAnswer::add_srvs(wire::DnsWriter& writer, ServiceParts parts, const ZoneDomain& domain,
                             std::size_t limit) {
  sent_.clear();
  begin(parts, [](const ShardPart& part) { return part.count(Pickable::kSrv); });
  while (shuffle_.left() > 0 && sent_.size() < limit) {
    const auto [part, at] = choose(parts);
    const std::size_t number = part->number(Pickable::kSrv, at);
    const auto target_at = static_cast<std::uint32_t>(writer.size() + kTargetAt);
    if (is_repeated(parts, part->shard->record(part->shard->srv(number)))) {
      continue;
    }
    if (!add_srv(writer, *part, number, domain)) {
      break;
    }
    sent_.push_back({part->shard, static_cast<std::uint32_t>(number), target_at});
  }
  const bool is_more = shuffle_.left() > 0;
  shuffle_.end();
  if (!writer.is_cut()) {
    add_targets(writer, parts, domain);
  }
  return is_more;
}

bool ServiceAnswer::add_srv(wire::DnsWriter& writer, const ShardPart& part, std::size_t number,
                            const ZoneDomain& domain) {
  const RecordSpan& span = part.shard->srv(number);
  const std::string_view record = part.shard->record(span);
  if (!is_told_otherwise(*part.shard, span, domain)) {
    return writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes, record);
  }
  return writer.add_spliced(DnsSection::kAnswer, wire::kDnsHeaderBytes,
                            record.substr(0, record.size() - span.domain_bytes), domain.name);
}

void ServiceAnswer::add_targets(wire::DnsWriter& writer, ServiceParts parts,
                                const ZoneDomain& domain) {
  seen_.begin(sent_.size());
  for (const Sent& sent : sent_) {
    const RecordSpan& srv = sent.shard->srv(sent.number);
    if (srv.address == RecordSpan::kNoAddress || is_told(parts, *sent.shard, srv)) {
      continue;
    }
    const std::string_view record = sent.shard->address_record(srv.address);
    const bool fits = sent.target_at <= wire::kDnsPointerMax
                          ? writer.add(DnsSection::kAdditional, sent.target_at, record)
                          : writer.add_named(DnsSection::kAdditional,
                                             target_name(*sent.shard, srv, domain), record);
    if (!fits) {
      return;
    }
  }
}

// Was the address of the record's target added in this answer? From now on it was.
bool ServiceAnswer::is_told(ServiceParts parts, const RecordShard& shard, const RecordSpan& srv) {
  if (parts.size() == 1 && shard.targets() == shard.count(Pickable::kSrv)) {
    return false;  // each has a target of its own
  }
  const std::string_view target = shard.record(srv).substr(kTargetAt);
  return !seen_.find_or_add(base::hash64(target), [](std::uint32_t) { return true; }).is_fresh;
}

}  // namespace weft::dns
