#include "dns/service_entry.h"

#include "base/hash.h"
#include "base/text.h"
#include "wire/dns_name.h"
#include "wire/dns_record.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace weft::dns {
namespace {

using Numbers = std::vector<std::uint32_t>;

// "0a000001" of 10.0.0.1, as a label.
std::string hex_label(const base::IpAddress& ip) {
  const std::string hex = base::to_hex(wire::dns_address_data(ip));
  return static_cast<char>(hex.size()) + hex;
}

struct HashOfAddress {
  std::size_t operator()(const base::IpAddress& ip) const {
    return base::hash64({reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size()});
  }
};

void keep_distinct(Numbers& numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

}  // namespace

class ServiceCompiler final {
 public:
  ServiceCompiler(const ServiceFacts& facts, const ZoneSettings& settings)
      : facts_(facts), settings_(settings), entry_(std::make_shared<ServiceEntry>()) {}

  std::shared_ptr<const ServiceEntry> compile();

 private:
  using Chosen = std::array<Numbers, kPickables>;
  // Where an instance is found. Of kA and kAaaa, numbers are by family until all are known.
  struct Place {
    Pickable kind = Pickable::kHost;
    std::uint32_t number = 0;
  };

  bool is_usable(const InstanceFacts& instance) const;
  void add(const InstanceFacts& instance);
  Place place_of_ip(const base::IpAddress& ip);
  std::uint32_t number_of_host(const std::string& host);
  struct Target {
    std::string name;
    bool is_ours = true;  // ends with our domain
  };
  Target target_of(const InstanceFacts& instance, const base::IpAddress* ip,
                   const std::string& host) const;
  std::uint32_t number_of_srv(const InstanceFacts& instance, const Target& target, Place place);
  std::uint32_t append(wire::DnsType type, std::string_view data);
  Chosen* chosen_by(std::string_view tag);
  void note_tags(const InstanceFacts& instance, Place place, std::uint32_t srv);
  void lay_out();
  void add_part(const std::string& tag, Chosen& chosen);

  const ServiceFacts& facts_;
  const ZoneSettings& settings_;
  std::shared_ptr<ServiceEntry> entry_;
  std::string a_records_;
  std::string aaaa_records_;
  std::string other_records_;
  std::unordered_map<base::IpAddress, Place, HashOfAddress> by_ip_;
  std::unordered_map<std::string, std::uint32_t> by_host_;
  std::unordered_map<std::string, std::uint32_t> by_srv_data_;
  std::vector<Place> srv_places_;
  std::unordered_map<std::string, std::uint32_t> by_target_;
  std::map<std::string, Chosen> by_tag_;                       // labels in lower case
  std::unordered_map<std::string_view, Chosen*> by_spelling_;  // null: no name in DNS
};

bool ServiceCompiler::is_usable(const InstanceFacts& instance) const {
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

std::shared_ptr<const ServiceEntry> ServiceCompiler::compile() {
  entry_->key_ = wire::dns_labels_from_text(facts_.name).value_or(std::string());
  if (entry_->key_.empty()) {
    return nullptr;
  }
  entry_->ttl_seconds_ = settings_.service_ttl_seconds(facts_.name);
  for (const InstanceFacts& instance : facts_.instances) {
    if (is_usable(instance)) {
      add(instance);
    }
  }
  if (entry_->srvs_.empty()) {
    return nullptr;
  }
  lay_out();
  entry_->parts_.reserve(by_tag_.size());
  for (auto& [tag, chosen] : by_tag_) {
    add_part(tag, chosen);
  }
  entry_->picks_.shrink_to_fit();
  return entry_;
}

void ServiceCompiler::add(const InstanceFacts& instance) {
  const std::string& text = instance.address.empty() ? instance.node_address : instance.address;
  const auto ip = base::parse_ip(text);
  std::string host;
  Place place;
  if (ip) {
    place = place_of_ip(*ip);
  } else {
    const auto labels = wire::dns_labels_from_text(text);
    if (!labels || labels->empty()) {
      return;  // neither an address nor a name: nobody could go there
    }
    host = *labels + '\0';
    place = {.kind = Pickable::kHost, .number = number_of_host(host)};
  }
  const Target target = target_of(instance, ip ? &*ip : nullptr, host);
  note_tags(instance, place, number_of_srv(instance, target, place));
}

ServiceCompiler::Place ServiceCompiler::place_of_ip(const base::IpAddress& ip) {
  const auto [known, is_fresh] = by_ip_.try_emplace(ip);
  if (is_fresh) {
    std::string& records = ip.is_v4() ? a_records_ : aaaa_records_;
    const Pickable kind = ip.is_v4() ? Pickable::kA : Pickable::kAaaa;
    known->second = {.kind = kind, .number = entry_->counts_[static_cast<std::size_t>(kind)]++};
    wire::append_dns_record(records, ip.is_v4() ? wire::DnsType::kA : wire::DnsType::kAaaa,
                            entry_->ttl_seconds_, wire::dns_address_data(ip));
  }
  return known->second;
}

std::uint32_t ServiceCompiler::append(wire::DnsType type, std::string_view data) {
  const auto at = static_cast<std::uint32_t>(other_records_.size());
  wire::append_dns_record(other_records_, type, entry_->ttl_seconds_, data);
  return at;
}

std::uint32_t ServiceCompiler::number_of_host(const std::string& host) {
  const auto [known, is_fresh] =
      by_host_.try_emplace(host, static_cast<std::uint32_t>(entry_->hosts_.size()));
  if (is_fresh) {
    const std::uint32_t at = append(wire::DnsType::kCname, host);
    entry_->hosts_.push_back(
        {.at = at, .bytes = static_cast<std::uint16_t>(wire::kDnsRecordHeadBytes + host.size())});
  }
  return known->second;
}

// Source: contract/consul.md §8: the address itself when it is the service's own, else the node; a
// host name stands for itself. A node that cannot be a name is told by its address.
ServiceCompiler::Target ServiceCompiler::target_of(const InstanceFacts& instance,
                                                   const base::IpAddress* ip,
                                                   const std::string& host) const {
  const ZoneDomain& domain = settings_.domains.front();
  if (instance.address.empty()) {
    const auto node = wire::dns_labels_from_text(instance.node);
    if (node && !node->empty() && node->size() + domain.node.size() <= wire::kDnsNameBytesMax) {
      return {.name = *node + domain.node};
    }
  }
  if (ip == nullptr) {
    return {.name = host, .is_ours = false};
  }
  return {.name = hex_label(*ip) + domain.address};
}

std::uint32_t ServiceCompiler::number_of_srv(const InstanceFacts& instance, const Target& target,
                                             Place place) {
  const std::uint16_t weight = instance.health == InstanceHealth::kWarning
                                   ? instance.weight_warning
                                   : instance.weight_passing;
  const std::string data =
      wire::dns_srv_data({.priority = 1, .weight = weight, .port = instance.port}, target.name);
  const auto [known, is_fresh] =
      by_srv_data_.try_emplace(data, static_cast<std::uint32_t>(entry_->srvs_.size()));
  if (is_fresh) {
    const std::size_t domain_bytes = target.is_ours ? settings_.domains.front().name.size() : 0;
    const auto number = static_cast<std::uint32_t>(by_target_.size());
    entry_->srvs_.push_back(
        {.at = append(wire::DnsType::kSrv, data),
         .bytes = static_cast<std::uint16_t>(wire::kDnsRecordHeadBytes + data.size()),
         .domain_bytes = static_cast<std::uint16_t>(domain_bytes),
         .target = by_target_.try_emplace(target.name, number).first->second});
    srv_places_.push_back(place);
  }
  return known->second;
}

ServiceCompiler::Chosen* ServiceCompiler::chosen_by(std::string_view tag) {
  const auto [known, is_fresh] = by_spelling_.try_emplace(tag, nullptr);
  if (is_fresh) {
    if (const auto labels = wire::dns_labels_from_text(tag); labels && !labels->empty()) {
      known->second = &by_tag_[*labels];
    }
  }
  return known->second;
}

void ServiceCompiler::note_tags(const InstanceFacts& instance, Place place, std::uint32_t srv) {
  for (const std::string& tag : instance.tags) {
    if (Chosen* chosen = chosen_by(tag); chosen != nullptr) {
      (*chosen)[static_cast<std::size_t>(place.kind)].push_back(place.number);
      (*chosen)[static_cast<std::size_t>(Pickable::kSrv)].push_back(srv);
    }
  }
}

// Puts the records behind one another: A, AAAA, the others.
void ServiceCompiler::lay_out() {
  ServiceEntry& entry = *entry_;
  const auto others_at = static_cast<std::uint32_t>(a_records_.size() + aaaa_records_.size());
  entry.records_ = base::concat({a_records_, aaaa_records_, other_records_});
  entry.counts_[static_cast<std::size_t>(Pickable::kSrv)] =
      static_cast<std::uint32_t>(entry.srvs_.size());
  entry.counts_[static_cast<std::size_t>(Pickable::kHost)] =
      static_cast<std::uint32_t>(entry.hosts_.size());
  for (RecordSpan& host : entry.hosts_) {
    host.at += others_at;
  }
  const auto a_count = static_cast<std::uint32_t>(entry.count(Pickable::kA));
  for (std::size_t i = 0; i < entry.srvs_.size(); ++i) {
    RecordSpan& srv = entry.srvs_[i];
    srv.at += others_at;
    const Place place = srv_places_[i];
    if (place.kind != Pickable::kHost) {
      srv.address = place.number + (place.kind == Pickable::kAaaa ? a_count : 0);
    }
  }
  entry.targets_ = static_cast<std::uint32_t>(by_target_.size());
  entry.srvs_.shrink_to_fit();
  entry.hosts_.shrink_to_fit();
}

void ServiceCompiler::add_part(const std::string& tag, Chosen& chosen) {
  ServiceEntry& entry = *entry_;
  ServiceEntry::Part part;
  part.tag_ = tag;
  for (Numbers& numbers : chosen) {
    keep_distinct(numbers);
  }
  part.is_whole_ = true;
  for (std::size_t i = 0; i < kPickables; ++i) {
    part.is_whole_ = part.is_whole_ && chosen[i].size() == entry.counts_[i];
  }
  for (std::size_t i = 0; i < kPickables; ++i) {
    part.begins_[i] = static_cast<std::uint32_t>(entry.picks_.size());
    if (!part.is_whole_) {
      entry.picks_.insert(entry.picks_.end(), chosen[i].begin(), chosen[i].end());
    }
  }
  part.begins_[kPickables] = static_cast<std::uint32_t>(entry.picks_.size());
  entry.parts_.push_back(std::move(part));
}

std::shared_ptr<const ServiceEntry> compile_service(const ServiceFacts& facts,
                                                    const ZoneSettings& settings) {
  return ServiceCompiler(facts, settings).compile();
}

const ServiceEntry::Part* ServiceEntry::tagged(std::string_view tag) const {
  const auto found = std::ranges::lower_bound(
      parts_, tag, {}, [](const Part& part) { return std::string_view(part.tag()); });
  return found != parts_.end() && found->tag() == tag ? &*found : nullptr;
}

std::vector<base::IpAddress> ServiceEntry::addresses() const {
  std::vector<base::IpAddress> out;
  for (std::size_t i = 0; i < count(Pickable::kA) + count(Pickable::kAaaa); ++i) {
    const std::string_view data = address_record(i).substr(wire::kDnsRecordHeadBytes);
    out.push_back(data.size() == 4 ? base::IpAddress::v4(wire::read_u32(data.data()))
                                   : base::IpAddress{});
    if (data.size() == 16) {
      std::ranges::copy(data, reinterpret_cast<char*>(out.back().bytes.data()));
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace weft::dns
