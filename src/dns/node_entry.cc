#include "dns/node_entry.h"

#include "base/text.h"
#include "wire/dns_name.h"
#include "wire/dns_record.h"

namespace weft::dns {

std::shared_ptr<const NodeEntry> compile_node(const NodeFacts& facts,
                                              const ZoneSettings& settings) {
  auto entry = std::make_shared<NodeEntry>();
  entry->key = wire::dns_labels_from_text(facts.name).value_or(std::string());
  if (entry->key.empty()) {
    return nullptr;
  }
  std::string data;
  if (const auto ip = base::parse_ip(facts.address)) {
    entry->ip = *ip;
    entry->address_type = ip->is_v4() ? wire::DnsType::kA : wire::DnsType::kAaaa;
    data = wire::dns_address_data(*ip);
  } else if (const auto host = wire::dns_labels_from_text(facts.address); host && !host->empty()) {
    entry->address_type = wire::DnsType::kCname;
    data = *host + '\0';
  } else {
    return nullptr;
  }
  const std::uint32_t ttl = settings.node_ttl_seconds;
  wire::append_dns_record(entry->address_record, entry->address_type, ttl, data);
  for (const auto& [key, value] : facts.meta) {
    wire::append_dns_record(entry->text_records.emplace_back(), wire::DnsType::kTxt, ttl,
                            wire::dns_txt_data(base::concat({key, "=", value})));
  }
  return entry;
}

}  // namespace weft::dns
