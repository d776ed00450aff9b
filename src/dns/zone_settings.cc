#include "dns/zone_settings.h"

#include "base/text.h"
#include "wire/dns_name.h"
#include "wire/dns_record.h"

#include <algorithm>
#include <limits>

namespace weft::dns {
namespace {

std::uint32_t ttl_of(base::Seconds ttl) {
  // Source: RFC 2181 §8: 31 bits.
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ttl.count(), 0, kMost));
}

std::string label_of(std::string_view text) {
  std::string out(1, static_cast<char>(text.size()));
  out += text;
  return out;
}

std::size_t count_labels(std::string_view labels) {
  std::size_t count = 0;
  for (; !labels.empty(); ++count) {
    labels.remove_prefix(1U + static_cast<unsigned char>(labels.front()));
  }
  return count;
}

// The node's own name as the name server's, unless it is no name.
std::string server_of(const ZoneDomain& domain, const std::string& node_name) {
  const auto node = wire::dns_labels_from_text(node_name);
  if (node && !node->empty() && node->size() + domain.node.size() <= wire::kDnsNameBytesMax) {
    return *node + domain.node;
  }
  return label_of("ns") + domain.name;
}

base::Result<ZoneDomain> compile_domain(const std::string& text, const ZoneSettings& settings) {
  WEFT_TRY(std::string labels, wire::dns_labels_from_text(text));
  // What stands before a domain, such as NODE.node.DC, has room to be a name still.
  constexpr std::size_t kLabelsBytesMax = 100;
  if (labels.empty() || labels.size() > kLabelsBytesMax) {
    return base::fail(base::Code::kInvalid, "the domain of a zone has 1 to 100 bytes");
  }
  ZoneDomain domain;
  domain.labels = count_labels(labels);
  domain.name = labels + '\0';
  const std::string datacenter = label_of(settings.datacenter);
  domain.address = base::concat({label_of("addr"), datacenter, domain.name});
  domain.node = base::concat({label_of("node"), datacenter, domain.name});
  domain.service = label_of("service") + domain.name;
  domain.server = server_of(domain, settings.options.node_name);
  wire::append_dns_record(domain.server_record, wire::DnsType::kNs, settings.node_ttl_seconds,
                          domain.server);
  return domain;
}

}  // namespace

std::uint32_t ZoneSettings::service_ttl_seconds(std::string_view name) const {
  std::uint32_t best = 0;
  std::size_t best_bytes = 0;  // of the pattern, 0: none yet
  for (const auto& [pattern, ttl] : options.service_ttl) {
    if (base::iequals(pattern, name)) {
      return ttl_of(ttl);
    }
    const std::string_view text = pattern;
    const bool is_prefix =
        text.ends_with('*') && base::istarts_with(name, text.substr(0, text.size() - 1));
    if (is_prefix && text.size() > best_bytes) {
      best = ttl_of(ttl);
      best_bytes = text.size();
    }
  }
  return best;
}

base::Result<std::shared_ptr<const ZoneSettings>> compile_zone_settings(ZoneOptions options) {
  auto settings = std::make_shared<ZoneSettings>();
  WEFT_TRY(const std::string datacenter, wire::dns_labels_from_text(options.datacenter));
  if (count_labels(datacenter) != 1) {
    return base::fail(base::Code::kInvalid, "a datacenter is one label of a name");
  }
  settings->datacenter = datacenter.substr(1);
  settings->node_ttl_seconds = ttl_of(options.node_ttl);
  settings->options = std::move(options);
  WEFT_TRY(ZoneDomain domain, compile_domain(settings->options.domain, *settings));
  settings->domains.push_back(std::move(domain));
  if (!settings->options.alt_domain.empty()) {
    WEFT_TRY(ZoneDomain alternative, compile_domain(settings->options.alt_domain, *settings));
    settings->domains.push_back(std::move(alternative));
  }
  return settings;
}

}  // namespace weft::dns
