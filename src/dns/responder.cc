#include "dns/responder.h"

#include "wire/dns_record.h"

#include <algorithm>
#include <array>
#include <string>

namespace weft::dns {
namespace {

using wire::DnsRcode;
using wire::DnsSection;
using wire::DnsType;

constexpr int kAliasesMax = 3;  // that lead to one another

// What this message may be answered with.
std::size_t most_bytes(const wire::DnsQuery& query, Transport transport, std::size_t room) {
  if (transport == Transport::kTcp) {
    return std::min(room, kTcpAnswerBytesMax);
  }
  const std::size_t offered = query.has_edns ? query.edns.udp_bytes : 0;
  return std::min(room, std::clamp(offered, wire::kDnsUdpBytes, kUdpAnswerBytesMax));
}

DnsRcode rcode_of(wire::DnsVerdict verdict) {
  switch (verdict) {
    case wire::DnsVerdict::kFormErr:
      return DnsRcode::kFormErr;
    case wire::DnsVerdict::kNotImp:
      return DnsRcode::kNotImp;
    case wire::DnsVerdict::kBadVers:
      return DnsRcode::kBadVers;
    case wire::DnsVerdict::kAnswer:
    case wire::DnsVerdict::kDrop:
      break;
  }
  return DnsRcode::kNoError;
}

// A label without the first of its characters, as a name's key.
std::string_view key_behind_underscore(std::string_view label, std::array<char, 64>& memory) {
  memory[0] = static_cast<char>(label.size() - 1);
  std::copy(label.begin() + 1, label.end(), memory.begin() + 1);
  return {memory.data(), label.size()};
}

}  // namespace

// One answer on its way.
struct Responder::Work {
  const wire::DnsQuery& query;
  const Zone& zone;
  const RespondOptions& options;
  wire::DnsWriter writer;
  AskedName asked = {};
  Reply reply = {};
  std::uint16_t flags = 0;
  bool is_small_udp = false;  // its client takes 512 bytes
  bool is_limited = false;    // udp_answer_limit left records out
  int aliases = 0;

  bool asks(DnsType type) const { return query.type == static_cast<std::uint16_t>(type); }
  bool asks_any() const { return asks(DnsType::kAny); }
  bool wants(DnsType type) const { return asks(type) || asks_any(); }
  bool is_whole_reverse() const { return asked.kind == AskedKind::kReverse; }

  // How many records of one answer are wanted.
  std::size_t record_limit(bool are_addresses) const {
    const ZoneOptions& of_zone = zone.settings().options;
    std::size_t limit = kNoRecordLimit;
    if (are_addresses && of_zone.a_record_limit > 0) {
      limit = of_zone.a_record_limit;
    }
    if (is_small_udp && of_zone.udp_answer_limit > 0) {
      limit = std::min(limit, of_zone.udp_answer_limit);
    }
    return limit;
  }
  // Of a limit on answers by UDP the client learns by TC, so that it may come by TCP.
  void note_limited(bool is_more, std::size_t limit) {
    is_limited |= is_more && is_small_udp && limit == zone.settings().options.udp_answer_limit;
  }

  // There is nothing, or nothing of this type. The SOA says how long that may be kept.
  void deny(DnsRcode rcode) {
    reply.rcode = rcode;
    const std::string_view soa = zone.soa_record(asked.domain);
    if (is_whole_reverse()) {
      writer.add_named(DnsSection::kAuthority, zone.settings().domains.front().name, soa);
    } else {
      writer.add(DnsSection::kAuthority, wire::kDnsHeaderBytes + asked.domain_at, soa);
    }
  }
  void deny_if_empty() {
    if (writer.count(DnsSection::kAnswer) == 0 && !writer.is_cut()) {
      deny(DnsRcode::kNoError);
    }
  }
  const ZoneDomain& domain() const { return zone.settings().domains[asked.domain]; }
};

Reply Responder::respond(std::string_view message, const Zone& zone, const RespondOptions& options,
                         std::span<char> out) {
  const wire::DnsVerdict verdict = wire::parse_dns_query(message, query_);
  if (verdict == wire::DnsVerdict::kDrop) {
    return {};
  }
  const std::size_t most = most_bytes(query_, options.transport, out.size());
  Work work{.query = query_,
            .zone = zone,
            .options = options,
            .writer = wire::DnsWriter(query_, out, most)};
  work.is_small_udp = options.transport == Transport::kUdp && most == wire::kDnsUdpBytes;
  work.reply.action = Reply::Action::kAnswer;
  work.reply.rcode = rcode_of(verdict);
  work.reply.has_question = !query_.question.empty();
  work.reply.type = work.reply.has_question ? query_.type : 0;
  if (verdict == wire::DnsVerdict::kAnswer) {
    answer(work);
  }
  if (work.reply.action != Reply::Action::kAnswer) {
    return work.reply;
  }
  work.reply.is_truncated = work.writer.is_cut() || work.is_limited;
  if (work.reply.is_truncated && zone.settings().options.enable_truncate) {
    work.flags |= wire::kDnsTruncated;
  }
  if (options.has_recursors) {
    work.flags |= wire::kDnsRecursionAvailable;
  }
  work.reply.bytes = work.writer.finish(work.flags, work.reply.rcode);
  return work.reply;
}

Reply Responder::fail(std::string_view message, const RespondOptions& options,
                      std::span<char> out) {
  if (wire::parse_dns_query(message, query_) == wire::DnsVerdict::kDrop) {
    return {};
  }
  wire::DnsWriter writer(query_, out, most_bytes(query_, options.transport, out.size()));
  const std::uint16_t flags = options.has_recursors ? wire::kDnsRecursionAvailable : 0;
  return {.action = Reply::Action::kAnswer,
          .rcode = DnsRcode::kServFail,
          .has_question = !query_.question.empty(),
          .type = query_.type,
          .bytes = writer.finish(flags, DnsRcode::kServFail),
          .host = {}};
}

void Responder::answer(Work& work) {
  work.asked = read_asked_name(work.query.name, work.zone.settings());
  const bool is_transfer = work.asks(DnsType::kAxfr) || work.asks(DnsType::kIxfr);
  if (is_transfer || work.asked.kind == AskedKind::kOutside) {
    const bool is_forwarded = !is_transfer && work.options.has_recursors;
    work.reply.action = is_forwarded ? Reply::Action::kForward : Reply::Action::kAnswer;
    work.reply.rcode = DnsRcode::kRefused;
    return;
  }
  work.flags |= wire::kDnsAuthoritative;
  switch (work.asked.kind) {
    case AskedKind::kDomain:
      return answer_domain(work);
    case AskedKind::kService:
    case AskedKind::kServiceRfc:
      return answer_service(work);
    case AskedKind::kNode:
      return answer_node(work);
    case AskedKind::kAddress:
      return answer_address(work);
    case AskedKind::kReverse:
      return answer_reverse(work);
    case AskedKind::kEmpty:
      return work.deny(DnsRcode::kNoError);
    case AskedKind::kUnknown:
    case AskedKind::kOutside:
      break;
  }
  work.deny(DnsRcode::kNxDomain);
}

void Responder::answer_domain(Work& work) {
  const ZoneDomain& domain = work.domain();
  if (work.wants(DnsType::kSoa)) {
    work.writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes,
                    work.zone.soa_record(work.asked.domain));
  }
  if (work.wants(DnsType::kNs)) {
    const std::size_t at = work.writer.size() + wire::kDnsRecordHeadBytes;
    work.writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes, domain.server_record);
    const std::string_view server = domain.server;
    const bool is_node = server.ends_with(domain.node);
    const NodeEntry* node =
        is_node ? work.zone.node(server.substr(0, server.size() - domain.node.size())) : nullptr;
    if (node != nullptr && node->ip) {
      work.writer.add(DnsSection::kAdditional, at, node->address_record);
    }
  }
  work.deny_if_empty();
}

void Responder::answer_service(Work& work) {
  if (!find_service(work.zone, work.query.name, work.asked)) {
    return work.deny(DnsRcode::kNxDomain);
  }
  if (work.asks(DnsType::kSrv)) {
    const std::size_t limit = work.record_limit(false);
    work.note_limited(service_answer_.add_srvs(work.writer, parts_, work.domain(), limit), limit);
    return;
  }
  add_service_addresses(work, wire::kDnsHeaderBytes);
  work.deny_if_empty();
}

// The longest end of the labels that is a service is it; what stands before is a tag.
// chosen: so names and tags with dots are found (Consul takes the last label for the name).
// Returns: false when there is none; otherwise parts_ are what is meant.
bool Responder::find_service(const Zone& zone, const wire::DnsName& name, const AskedName& asked) {
  if (asked.kind == AskedKind::kServiceRfc) {
    return find_by_rfc(zone, name);
  }
  for (std::size_t from = 0; from < asked.labels; ++from) {
    if (take_parts(zone.service(name.slice(from, asked.labels)), name.slice(0, from))) {
      return true;
    }
  }
  return false;
}

// Source: RFC 2782; tcp and udp stand for every instance.
bool Responder::find_by_rfc(const Zone& zone, const wire::DnsName& name) {
  std::array<char, 64> memory;
  const ServiceEntry* entry = zone.service(key_behind_underscore(name.label(0), memory));
  const std::string_view tag = name.label(1);
  const bool means_all = tag == "_tcp" || tag == "_udp";
  return take_parts(entry, means_all ? std::string_view() : key_behind_underscore(tag, memory));
}

bool Responder::take_parts(const ServiceEntry* entry, std::string_view tag) {
  parts_.clear();
  if (entry != nullptr) {
    entry->append_parts(tag, parts_);
  }
  return !parts_.empty();
}

std::size_t Responder::count(Pickable what) const {
  std::size_t out = 0;
  for (const ShardPart& part : parts_) {
    out += part.count(what);
  }
  return out;
}

// The CNAME record at `at` < count(kHost).
std::string_view Responder::host_record(std::size_t at) const {
  for (const ShardPart& part : parts_) {
    const std::size_t hosts = part.count(Pickable::kHost);
    if (at < hosts) {
      return part.shard->record(part.shard->host(part.number(Pickable::kHost, at)));
    }
    at -= hosts;
  }
  return {};
}

// Adds A and AAAA of parts_, as they are asked for, or an alias and what it leads to.
void Responder::add_service_addresses(Work& work, std::size_t owner) {
  const ServiceAnswer::Wanted wanted{.a = work.wants(DnsType::kA),
                                     .aaaa = work.wants(DnsType::kAaaa)};
  if (const std::string_view alias = choose_host(work); !alias.empty()) {
    const std::size_t at = work.writer.size() + wire::kDnsRecordHeadBytes;
    if (work.writer.add(DnsSection::kAnswer, owner, alias)) {
      follow(work, alias.substr(wire::kDnsRecordHeadBytes), at);
    }
  } else if (wanted.a || wanted.aaaa) {
    const std::size_t limit = work.record_limit(true);
    work.note_limited(service_answer_.add_addresses(work.writer, parts_, wanted, owner, limit),
                      limit);
  }
}

// A name that is an alias has nothing else (RFC 1034 §3.6.2), so a service of addresses and host
// names is answered by its addresses, or by one of the host names, each as often as it is there.
// Returns: the alias; empty: by its addresses.
std::string_view Responder::choose_host(const Work& work) {
  const std::size_t hosts = count(Pickable::kHost);
  const bool asks_addresses = work.wants(DnsType::kA) || work.wants(DnsType::kAaaa);
  if (hosts == 0 || (!asks_addresses && !work.asks(DnsType::kCname))) {
    return {};
  }
  for (std::size_t i = 0; i < hosts && work.options.resolved != nullptr; ++i) {
    const std::string_view record = host_record(i);
    if (record.substr(wire::kDnsRecordHeadBytes) == work.options.resolved->name) {
      return record;
    }
  }
  const std::size_t others = asks_addresses ? count(Pickable::kA) + count(Pickable::kAaaa) : 0;
  const std::uint64_t chosen = random_.below(others + hosts);
  return chosen < others ? std::string_view() : host_record(chosen - others);
}

// Adds the addresses of the host that an alias leads to; its name stands at `owner`.
void Responder::follow(Work& work, std::string_view host, std::size_t owner) {
  if (work.asks(DnsType::kCname) || ++work.aliases > kAliasesMax) {
    return;
  }
  wire::DnsName name;
  if (!wire::parse_dns_name(host, 0, name)) {
    return;
  }
  const AskedName asked = read_asked_name(name, work.zone.settings());
  const bool is_service = asked.kind == AskedKind::kService || asked.kind == AskedKind::kServiceRfc;
  if (is_service) {
    if (find_service(work.zone, name, asked)) {
      add_service_addresses(work, owner);
    }
  } else if (asked.kind == AskedKind::kNode) {
    const NodeEntry* node = work.zone.node(name.slice(0, asked.labels));
    if (node != nullptr) {
      add_node_address(work, *node, owner);
    }
  } else if (asked.kind == AskedKind::kOutside) {
    add_resolved(work, host, owner);
  }
}

void Responder::add_resolved(Work& work, std::string_view host, std::size_t owner) {
  const ResolvedHost* resolved = work.options.resolved;
  if (resolved == nullptr || resolved->name != host) {
    work.reply.host = host;
    return;
  }
  for (const base::IpAddress& ip : resolved->addresses) {
    const DnsType type = ip.is_v4() ? DnsType::kA : DnsType::kAaaa;
    if (!work.wants(type)) {
      continue;
    }
    std::string record;
    wire::append_dns_record(record, type, 0, wire::dns_address_data(ip));
    if (!work.writer.add(DnsSection::kAnswer, owner, record)) {
      return;
    }
  }
}

void Responder::answer_node(Work& work) {
  const NodeEntry* node = work.zone.node(work.query.name.slice(0, work.asked.labels));
  if (node == nullptr) {
    return work.deny(DnsRcode::kNxDomain);
  }
  if (work.asks(DnsType::kTxt)) {
    for (const std::string& record : node->text_records) {
      work.writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes, record);
    }
  } else {
    add_node_address(work, *node, wire::kDnsHeaderBytes);
  }
  work.deny_if_empty();
}

void Responder::add_node_address(Work& work, const NodeEntry& node, std::size_t owner) {
  const bool is_alias = node.address_type == DnsType::kCname;
  const bool asks_address = work.wants(DnsType::kA) || work.wants(DnsType::kAaaa);
  if (is_alias ? !asks_address && !work.asks(DnsType::kCname) : !work.wants(node.address_type)) {
    return;
  }
  const std::size_t at = work.writer.size() + wire::kDnsRecordHeadBytes;
  if (work.writer.add(DnsSection::kAnswer, owner, node.address_record) && is_alias) {
    follow(work, std::string_view(node.address_record).substr(wire::kDnsRecordHeadBytes), at);
  }
}

void Responder::answer_address(Work& work) {
  const DnsType type = work.asked.is_v4 ? DnsType::kA : DnsType::kAaaa;
  if (work.wants(type)) {
    const auto* bytes = reinterpret_cast<const char*>(work.asked.ip.bytes.data());
    const std::string_view whole(bytes, work.asked.ip.bytes.size());
    std::string record;
    wire::append_dns_record(record, type, work.zone.settings().node_ttl_seconds,
                            whole.substr(work.asked.is_v4 ? 12 : 0));
    work.writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes, record);
  }
  work.deny_if_empty();
}

// Source: contract/consul.md §8; Consul: services only where no node has the address.
void Responder::answer_reverse(Work& work) {
  const ZoneDomain& domain = work.domain();
  const Zone::Reverse& all = work.zone.reverse();
  auto at = all.lower_bound({work.asked.ip, false, {}});
  const bool is_known = at != all.end() && (*at)->ip == work.asked.ip;
  if (!is_known && work.options.has_recursors) {
    work.reply.action = Reply::Action::kForward;
    return;
  }
  if (!is_known) {
    return work.deny(DnsRcode::kNxDomain);
  }
  const bool are_services = (*at)->is_service;
  for (; work.wants(DnsType::kPtr) && at != all.end(); ++at) {
    const ReverseEntry& entry = **at;
    if (entry.ip != work.asked.ip || entry.is_service != are_services) {
      break;
    }
    const std::string& below = are_services ? domain.service : domain.node;
    if (entry.key.size() + below.size() > wire::kDnsNameBytesMax) {
      continue;
    }
    std::string record;
    wire::append_dns_record(record, DnsType::kPtr, 0, entry.key + below);
    if (!work.writer.add(DnsSection::kAnswer, wire::kDnsHeaderBytes, record)) {
      break;
    }
  }
  work.deny_if_empty();
}

}  // namespace weft::dns
