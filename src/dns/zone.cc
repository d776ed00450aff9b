#include "dns/zone.h"

#include "wire/dns_name.h"
#include "wire/dns_record.h"

#include <algorithm>
#include <iterator>

namespace weft::dns {
namespace {

std::string key_of(std::string_view name) {
  return wire::dns_labels_from_text(name).value_or(std::string());
}

std::vector<base::IpAddress> addresses_of(const ServiceEntry* entry) {
  return entry == nullptr ? std::vector<base::IpAddress>{} : entry->addresses();
}

std::vector<base::IpAddress> addresses_of(const NodeEntry* entry) {
  return entry == nullptr || !entry->ip ? std::vector<base::IpAddress>{}
                                        : std::vector<base::IpAddress>{*entry->ip};
}

template <class Pointer>
const typename Pointer::element_type* entry_in(const model::RadixMap<Pointer>& map,
                                               std::string_view key) {
  const Pointer* found = map.find(key);
  return found == nullptr ? nullptr : found->get();
}

template <class Pointer>
void set_in(model::RadixMap<Pointer>& map, std::string_view key, Pointer entry) {
  if (entry == nullptr) {
    map.erase(key);
  } else {
    map.put(key, std::move(entry));
  }
}

// Source: contract/consul.md §8: ns.consul. and hostmaster.consul., a minimum of 0.
std::string soa_record_of(const ZoneDomain& domain, std::uint64_t serial) {
  using namespace std::string_literals;
  std::string out;
  wire::append_dns_record(
      out, wire::DnsType::kSoa, 0,
      wire::dns_soa_data("\x02ns"s + domain.name, "\x0ahostmaster"s + domain.name,
                         {.serial = static_cast<std::uint32_t>(serial)}));
  return out;
}

}  // namespace

void ZoneEditor::put_service(const ServiceFacts& facts) {
  put(key_of(facts.name), compile_service(facts, *settings_));
}

void ZoneEditor::erase_service(std::string_view name) { put(key_of(name), Zone::ServicePointer()); }

void ZoneEditor::put_node(const NodeFacts& facts) {
  put(key_of(facts.name), compile_node(facts, *settings_));
}

void ZoneEditor::erase_node(std::string_view name) { put(key_of(name), Zone::NodePointer()); }

void ZoneEditor::put(std::string_view key, Zone::ServicePointer entry) {
  change_reverse(addresses_of(entry_in(services_, key)), addresses_of(entry.get()),
                 {.ip = {}, .is_service = true, .key = std::string(key)});
  set_in(services_, key, std::move(entry));
}

void ZoneEditor::put(std::string_view key, Zone::NodePointer entry) {
  change_reverse(addresses_of(entry_in(nodes_, key)), addresses_of(entry.get()),
                 {.ip = {}, .is_service = false, .key = std::string(key)});
  set_in(nodes_, key, std::move(entry));
}

// Both lists are ordered; only what differs is touched.
void ZoneEditor::change_reverse(const std::vector<base::IpAddress>& before,
                                const std::vector<base::IpAddress>& after,
                                const ReverseEntry& who) {
  std::vector<base::IpAddress> gone;
  std::vector<base::IpAddress> come;
  std::ranges::set_difference(before, after, std::back_inserter(gone));
  std::ranges::set_difference(after, before, std::back_inserter(come));
  for (const base::IpAddress& ip : gone) {
    reverse_.erase({ip, who.is_service, who.key});
  }
  for (const base::IpAddress& ip : come) {
    ReverseEntry entry = who;
    entry.ip = ip;
    reverse_.put(std::make_shared<const ReverseEntry>(std::move(entry)));
  }
}

std::shared_ptr<const Zone> ZoneEditor::freeze(std::uint64_t serial) {
  auto zone = std::make_shared<Zone>();
  zone->settings_ = settings_;
  zone->services_ = services_;
  zone->nodes_ = nodes_;
  zone->reverse_ = reverse_.freeze();
  for (const ZoneDomain& domain : settings_->domains) {
    zone->soa_records_.push_back(soa_record_of(domain, serial));
  }
  return zone;
}

}  // namespace weft::dns
