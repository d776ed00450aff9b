#include "dns/asked_name.h"

#include "base/text.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace weft::dns {
namespace {

constexpr std::size_t kV4Labels = 4;
constexpr std::size_t kV6Labels = 32;

// 0 to 255 as it is written, without leading zeros.
std::optional<std::uint8_t> read_octet(std::string_view label) {
  const auto value = base::parse_u64(label);
  const bool is_plain = label.size() == 1 || (label.size() <= 3 && label.front() != '0');
  if (!value || *value > 255 || !is_plain) {
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(*value);
}

std::optional<base::IpAddress> read_v4_backwards(const wire::DnsName& name) {
  std::uint32_t ip = 0;
  for (std::size_t i = kV4Labels; i-- > 0;) {
    const auto octet = read_octet(name.label(i));
    if (!octet) {
      return std::nullopt;
    }
    ip = ip << 8 | *octet;
  }
  return base::IpAddress::v4(ip);
}

std::optional<base::IpAddress> read_v6_backwards(const wire::DnsName& name) {
  std::array<char, kV6Labels> digits;
  for (std::size_t i = 0; i < kV6Labels; ++i) {
    if (name.label(i).size() != 1) {
      return std::nullopt;
    }
    digits[kV6Labels - 1 - i] = name.label(i).front();
  }
  base::IpAddress ip;
  if (!base::decode_hex({digits.data(), digits.size()}, ip.bytes)) {
    return std::nullopt;
  }
  return ip;
}

AskedName read_reverse(const wire::DnsName& name) {
  AskedName asked;
  const std::size_t labels = name.labels();
  std::optional<base::IpAddress> ip;
  if (labels == kV4Labels + 2 && name.label(labels - 2) == "in-addr") {
    ip = read_v4_backwards(name);
  } else if (labels == kV6Labels + 2 && name.label(labels - 2) == "ip6") {
    ip = read_v6_backwards(name);
  }
  if (ip) {
    asked.kind = AskedKind::kReverse;
    asked.ip = *ip;
  }
  return asked;
}

// HEX8 or HEX32, the whole label.
void read_hex(std::string_view label, AskedName& asked) {
  std::array<std::uint8_t, kV4Labels> v4;
  asked.kind = AskedKind::kUnknown;
  if (base::decode_hex(label, v4)) {
    asked.ip = base::IpAddress::v4(static_cast<std::uint32_t>(v4[0]) << 24 |
                                   static_cast<std::uint32_t>(v4[1]) << 16 |
                                   static_cast<std::uint32_t>(v4[2]) << 8 | v4[3]);
    asked.kind = AskedKind::kAddress;
  } else if (base::decode_hex(label, asked.ip.bytes)) {
    asked.is_v4 = false;
    asked.kind = AskedKind::kAddress;
  }
}

bool is_kind_label(std::string_view label) {
  return label == "service" || label == "node" || label == "addr";
}

bool is_rfc_pair(const wire::DnsName& name) {
  return name.label(0).size() > 1 && name.label(0).front() == '_' && name.label(1).size() > 1 &&
         name.label(1).front() == '_';
}

// The name's labels before .service, .node or .addr are `count`; `kind` is that label.
void read_below(const wire::DnsName& name, std::string_view kind, std::size_t count,
                AskedName& asked) {
  asked.labels = count;
  if (count == 0) {
    asked.kind = AskedKind::kEmpty;
  } else if (kind == "node") {
    asked.kind = AskedKind::kNode;
  } else if (kind == "service") {
    asked.kind = count == 2 && is_rfc_pair(name) ? AskedKind::kServiceRfc : AskedKind::kService;
  } else if (count == 1) {
    read_hex(name.label(0), asked);
  } else {
    asked.kind = AskedKind::kUnknown;
  }
}

// `rest` labels stand before the domain.
void read_in_domain(const wire::DnsName& name, std::size_t rest, const ZoneSettings& settings,
                    AskedName& asked) {
  asked.kind = AskedKind::kUnknown;
  if (rest == 0) {
    asked.kind = AskedKind::kDomain;
    return;
  }
  const std::string_view last = name.label(rest - 1);
  if (is_kind_label(last)) {
    read_below(name, last, rest - 1, asked);
    return;
  }
  const bool is_here = last == settings.datacenter;
  if (rest >= 2 && is_kind_label(name.label(rest - 2))) {
    if (is_here) {
      read_below(name, name.label(rest - 2), rest - 2, asked);
    }
    return;
  }
  if ((rest == 2 || (rest == 3 && is_here)) && is_rfc_pair(name)) {
    asked.kind = AskedKind::kServiceRfc;
    asked.labels = 2;
  } else if (rest == 1 && is_here) {
    asked.kind = AskedKind::kEmpty;
  }
}

}  // namespace

AskedName read_asked_name(const wire::DnsName& name, const ZoneSettings& settings) {
  const std::string_view wire = name.wire();
  for (std::size_t i = 0; i < settings.domains.size(); ++i) {
    const ZoneDomain& domain = settings.domains[i];
    if (name.labels() < domain.labels || !wire.ends_with(domain.name)) {
      continue;
    }
    const std::size_t rest = name.labels() - domain.labels;
    if (name.begin_of(rest) + domain.name.size() != wire.size()) {
      continue;  // the same bytes, but not labels of their own
    }
    AskedName asked;
    asked.domain = i;
    asked.domain_at = name.begin_of(rest);
    read_in_domain(name, rest, settings, asked);
    return asked;
  }
  if (name.labels() > 2 && name.label(name.labels() - 1) == "arpa") {
    return read_reverse(name);
  }
  return {};
}

}  // namespace weft::dns
