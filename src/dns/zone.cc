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

ServiceDraft* ZoneEditor::known_draft_of(std::string_view name) {
  const auto found = drafts_.find(key_of(name));
  if (found == drafts_.end()) {
    return nullptr;
  }
  changed_.insert(found->first);
  return &found->second;
}

ServiceDraft* ZoneEditor::draft_of(std::string_view name) {
  std::string key = key_of(name);
  if (key.empty()) {
    return nullptr;
  }
  changed_.insert(key);
  const std::uint32_t ttl_seconds = settings_->service_ttl_seconds(name);
  return &drafts_.try_emplace(std::move(key), ttl_seconds).first->second;
}

void ZoneEditor::put_service(const ServiceFacts& facts) {
  ServiceDraft* draft = draft_of(facts.name);
  if (draft == nullptr) {
    return;
  }
  draft->clear();
  for (const InstanceFacts& instance : facts.instances) {
    draft->put(instance);
  }
}

void ZoneEditor::erase_service(std::string_view name) {
  if (ServiceDraft* draft = known_draft_of(name); draft != nullptr) {
    draft->clear();
  }
}

void ZoneEditor::put_instance(std::string_view service, const InstanceFacts& instance) {
  if (ServiceDraft* draft = draft_of(service); draft != nullptr) {
    draft->put(instance);
  }
}

void ZoneEditor::erase_instance(std::string_view service, std::string_view id) {
  if (ServiceDraft* draft = known_draft_of(service); draft != nullptr) {
    draft->erase(id);
  }
}

void ZoneEditor::put_node(const NodeFacts& facts) {
  put_node_entry(key_of(facts.name), compile_node(facts, *settings_));
}

void ZoneEditor::erase_node(std::string_view name) { put_node_entry(key_of(name), nullptr); }

void ZoneEditor::put_node_entry(const std::string& key, Zone::NodePointer entry) {
  const Zone::NodePointer* before = nodes_.find(key);
  ServiceDraft::Changes changes;
  if (before != nullptr && (*before)->ip) {
    changes.gone.push_back(*(*before)->ip);
  }
  if (entry != nullptr && entry->ip) {
    changes.come.push_back(*entry->ip);
  }
  change_reverse(std::move(changes), {.ip = {}, .is_service = false, .key = key});
  if (entry == nullptr) {
    nodes_.erase(key);
  } else {
    nodes_.put(key, std::move(entry));
  }
}

void ZoneEditor::compile_changed() {
  for (const std::string& key : std::exchange(changed_, {})) {
    const auto found = drafts_.find(key);
    ServiceDraft& draft = found->second;
    change_reverse(draft.compile(compiler_), {.ip = {}, .is_service = true, .key = key});
    ServiceEntry entry = draft.entry();
    if (entry.only == nullptr && entry.many == nullptr) {
      services_.erase(key);
    } else {
      services_.put(key, std::move(entry));
    }
    if (draft.is_empty()) {
      drafts_.erase(found);
    }
  }
}

// Only what differs is touched, each time it differs.
void ZoneEditor::change_reverse(ServiceDraft::Changes changes, const ReverseEntry& who) {
  std::ranges::sort(changes.gone);
  std::ranges::sort(changes.come);
  std::vector<base::IpAddress> gone;
  std::vector<base::IpAddress> come;
  std::ranges::set_difference(changes.gone, changes.come, std::back_inserter(gone));
  std::ranges::set_difference(changes.come, changes.gone, std::back_inserter(come));
  const auto put_times = [&](const base::IpAddress& ip, int more) {
    const auto known = reverse_.find({ip, who.is_service, who.key});
    const std::uint32_t times =
        (known == nullptr ? 0 : known->times) + static_cast<std::uint32_t>(more);
    if (times == 0) {
      reverse_.erase({ip, who.is_service, who.key});
      return;
    }
    ReverseEntry entry = who;
    entry.ip = ip;
    entry.times = times;
    reverse_.put(std::make_shared<const ReverseEntry>(std::move(entry)));
  };
  for (const base::IpAddress& ip : come) {
    put_times(ip, 1);
  }
  for (const base::IpAddress& ip : gone) {
    put_times(ip, -1);
  }
}

std::shared_ptr<const Zone> ZoneEditor::freeze(std::uint64_t serial) {
  compile_changed();
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
