#include "dns/shard_compiler.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "wire/dns_name.h"
#include "wire/dns_record.h"

#include <algorithm>

namespace weft::dns {
namespace {

// "0a000001" of 10.0.0.1, as a label.
void append_hex_label(std::string& out, const base::IpAddress& ip) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t from = ip.is_v4() ? 12 : 0;
  out += static_cast<char>(2 * (ip.bytes.size() - from));
  for (std::size_t i = from; i < ip.bytes.size(); ++i) {
    out += kDigits[ip.bytes[i] >> 4];
    out += kDigits[ip.bytes[i] & 15U];
  }
}

std::uint64_t hash_of(const base::IpAddress& ip) {
  return base::hash64({reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size()});
}

std::uint16_t narrow(std::size_t number) { return static_cast<std::uint16_t>(number); }

}  // namespace

std::shared_ptr<const RecordShard> ShardCompiler::compile(std::span<const InstanceFacts> instances,
                                                          std::uint32_t ttl_seconds) {
  WEFT_ASSERT(instances.size() <= RecordShard::kInstancesMax);
  ttl_seconds_ = ttl_seconds;
  begin(instances);
  for (const InstanceFacts& instance : instances) {
    if (is_usable(instance)) {
      add(instance);
    }
  }
  if (srvs_.empty()) {
    return nullptr;
  }
  const auto shard = lay_out();
  add_tagged(*shard);
  return shard;
}

bool ShardCompiler::is_usable(const InstanceFacts& instance) const {
  switch (instance.health) {
    case InstanceHealth::kPassing:
      return true;
    case InstanceHealth::kWarning:
      return !settings_.options.only_passing;
    case InstanceHealth::kCritical:
      return false;
  }
  return false;
}

void ShardCompiler::begin(std::span<const InstanceFacts> instances) {
  a_records_.clear();
  aaaa_records_.clear();
  other_records_.clear();
  srvs_.clear();
  hosts_.clear();
  srv_places_.clear();
  ips_.clear();
  targets_.clear();
  tags_.clear();
  spellings_.clear();
  std::size_t tags = 0;
  for (const InstanceFacts& instance : instances) {
    tags += instance.tags.size();
  }
  for (Numbering* each : {&ip_numbers_, &host_numbers_, &srv_numbers_, &target_numbers_}) {
    each->begin(instances.size());
  }
  spelling_numbers_.begin(tags);
  tag_numbers_.begin(tags);
  address_counts_ = {};
}

void ShardCompiler::add(const InstanceFacts& instance) {
  const std::string& text = instance.address.empty() ? instance.node_address : instance.address;
  std::optional<base::IpAddress> ip;
  Place place;
  if (const auto parsed = base::parse_ip(text)) {
    ip = *parsed;
    place = place_of_ip(*ip);
  } else {
    auto labels = wire::dns_labels_from_text(text);
    if (!labels || labels->empty()) {
      return;  // neither an address nor a name: nobody could go there
    }
    host_ = *std::move(labels) + '\0';
    place = {.kind = Pickable::kHost, .number = number_of_host()};
  }
  const bool is_ours = set_target(instance, ip);
  note_tags(instance, place, number_of_srv(instance, is_ours, place));
}

ShardCompiler::Place ShardCompiler::place_of_ip(const base::IpAddress& ip) {
  const auto [number, is_fresh] = ip_numbers_.find_or_add(
      hash_of(ip), [&](std::uint32_t known) { return ips_[known].first == ip; });
  if (!is_fresh) {
    return ips_[number].second;
  }
  const bool is_v4 = ip.is_v4();
  const Place place{.kind = is_v4 ? Pickable::kA : Pickable::kAaaa,
                    .number = address_counts_[is_v4 ? 0 : 1]++};
  ips_.emplace_back(ip, place);
  const auto* bytes = reinterpret_cast<const char*>(ip.bytes.data());
  const std::string_view whole(bytes, ip.bytes.size());
  wire::append_dns_record(is_v4 ? a_records_ : aaaa_records_,
                          is_v4 ? wire::DnsType::kA : wire::DnsType::kAaaa, ttl_seconds_,
                          whole.substr(is_v4 ? 12 : 0));
  return place;
}

std::uint32_t ShardCompiler::append(wire::DnsType type, std::string_view data) {
  const auto at = static_cast<std::uint32_t>(other_records_.size());
  wire::append_dns_record(other_records_, type, ttl_seconds_, data);
  return at;
}

ShardCompiler::Number ShardCompiler::number_of_host() {
  const auto [number, is_fresh] =
      host_numbers_.find_or_add(base::hash64(host_), [&](std::uint32_t known) {
        return std::string_view(other_records_)
                   .substr(hosts_[known].at, hosts_[known].bytes)
                   .substr(wire::kDnsRecordHeadBytes) == host_;
      });
  if (is_fresh) {
    const std::uint32_t at = append(wire::DnsType::kCname, host_);
    hosts_.push_back({.at = at, .bytes = narrow(wire::kDnsRecordHeadBytes + host_.size())});
  }
  return narrow(number);
}

// The address itself when it is the service's own, else the node; a host name stands for itself. A
// node that cannot be a name is told by its address. Source: contract/consul.md §8.
// Returns: does target_ end with our domain?
bool ShardCompiler::set_target(const InstanceFacts& instance,
                               const std::optional<base::IpAddress>& ip) {
  const ZoneDomain& domain = settings_.domains.front();
  if (instance.address.empty()) {
    auto node = wire::dns_labels_from_text(instance.node);
    if (node && !node->empty() && node->size() + domain.node.size() <= wire::kDnsNameBytesMax) {
      target_ = *std::move(node) + domain.node;
      return true;
    }
  }
  if (!ip) {
    target_ = host_;
    return false;
  }
  target_.clear();
  append_hex_label(target_, *ip);
  target_ += domain.address;
  return true;
}

ShardCompiler::Number ShardCompiler::number_of_srv(const InstanceFacts& instance, bool is_ours,
                                                   Place place) {
  const std::uint16_t weight = instance.health == InstanceHealth::kWarning
                                   ? instance.weight_warning
                                   : instance.weight_passing;
  const std::string data =
      wire::dns_srv_data({.priority = 1, .weight = weight, .port = instance.port}, target_);
  const auto [number, is_fresh] =
      srv_numbers_.find_or_add(base::hash64(data), [&](std::uint32_t known) {
        return std::string_view(other_records_)
                   .substr(srvs_[known].at, srvs_[known].bytes)
                   .substr(wire::kDnsRecordHeadBytes) == data;
      });
  if (is_fresh) {
    const auto target = target_numbers_.find_or_add(
        base::hash64(target_), [&](std::uint32_t known) { return targets_[known] == target_; });
    if (target.is_fresh) {
      targets_.push_back(target_);
    }
    srvs_.push_back({.at = append(wire::DnsType::kSrv, data),
                     .bytes = narrow(wire::kDnsRecordHeadBytes + data.size()),
                     .domain_bytes = narrow(is_ours ? settings_.domains.front().name.size() : 0),
                     .target = narrow(target.number)});
    srv_places_.push_back(place);
  }
  return narrow(number);
}

// Tags that differ in case are one in DNS.
std::uint32_t ShardCompiler::number_of_tag(std::string_view tag) {
  const auto spelling = spelling_numbers_.find_or_add(
      base::hash64(tag), [&](std::uint32_t known) { return spellings_[known].first == tag; });
  if (!spelling.is_fresh) {
    return spellings_[spelling.number].second;
  }
  std::uint32_t number = kNoTag;
  if (auto labels = wire::dns_labels_from_text(tag); labels && !labels->empty()) {
    const auto found = tag_numbers_.find_or_add(
        base::hash64(*labels), [&](std::uint32_t known) { return tags_[known].labels == *labels; });
    number = found.number;
    if (found.is_fresh) {
      tags_.push_back({.labels = *std::move(labels), .chosen = {}});
    }
  }
  spellings_.emplace_back(tag, number);
  return number;
}

void ShardCompiler::note_tags(const InstanceFacts& instance, Place place, Number srv) {
  for (const std::string& tag : instance.tags) {
    const std::uint32_t number = number_of_tag(tag);
    if (number != kNoTag) {
      Chosen& chosen = tags_[number].chosen;
      chosen[static_cast<std::size_t>(place.kind)].push_back(place.number);
      chosen[static_cast<std::size_t>(Pickable::kSrv)].push_back(srv);
    }
  }
}

// Puts the records behind one another: A, AAAA, the others.
std::shared_ptr<RecordShard> ShardCompiler::lay_out() {
  const auto shard = std::make_shared<RecordShard>();
  const auto others_at = static_cast<std::uint32_t>(a_records_.size() + aaaa_records_.size());
  shard->records_ = base::concat({a_records_, aaaa_records_, other_records_});
  shard->srvs_ = srvs_;
  shard->hosts_ = hosts_;
  shard->counts_ = {address_counts_[0], address_counts_[1], narrow(srvs_.size()),
                    narrow(hosts_.size())};
  shard->targets_ = narrow(targets_.size());
  for (RecordSpan& host : shard->hosts_) {
    host.at += others_at;
  }
  for (std::size_t i = 0; i < srvs_.size(); ++i) {
    RecordSpan& srv = shard->srvs_[i];
    srv.at += others_at;
    const Place place = srv_places_[i];
    if (place.kind != Pickable::kHost) {
      srv.address =
          narrow(place.number + (place.kind == Pickable::kAaaa ? address_counts_[0] : 0U));
    }
  }
  return shard;
}

void ShardCompiler::add_tagged(RecordShard& shard) {
  std::ranges::sort(tags_, {}, &Tag::labels);
  shard.tagged_.reserve(tags_.size());
  for (Tag& tag : tags_) {
    RecordShard::Tagged& tagged = shard.tagged_.emplace_back();
    tagged.tag_ = std::move(tag.labels);
    tagged.is_whole_ = true;
    for (std::size_t i = 0; i < kPickables; ++i) {
      std::vector<Number>& numbers = tag.chosen[i];
      std::ranges::sort(numbers);
      numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
      tagged.is_whole_ = tagged.is_whole_ && numbers.size() == shard.counts_[i];
    }
    for (std::size_t i = 0; i < kPickables; ++i) {
      tagged.begins_[i] = static_cast<std::uint32_t>(shard.picks_.size());
      if (!tagged.is_whole_) {
        shard.picks_.insert(shard.picks_.end(), tag.chosen[i].begin(), tag.chosen[i].end());
      }
    }
    tagged.begins_[kPickables] = static_cast<std::uint32_t>(shard.picks_.size());
  }
  shard.picks_.shrink_to_fit();
}

}  // namespace weft::dns
