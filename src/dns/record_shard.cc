#include "dns/record_shard.h"

#include "wire/dns.h"
#include "wire/dns_record.h"

#include <algorithm>

namespace weft::dns {

const RecordShard::Tagged* RecordShard::tagged(std::string_view tag) const {
  const auto found = std::ranges::lower_bound(
      tagged_, tag, {}, [](const Tagged& each) { return std::string_view(each.tag()); });
  return found != tagged_.end() && found->tag() == tag ? &*found : nullptr;
}

std::vector<base::IpAddress> RecordShard::addresses() const {
  std::vector<base::IpAddress> out;
  out.reserve(count(Pickable::kA) + count(Pickable::kAaaa));
  for (std::size_t i = 0; i < count(Pickable::kA) + count(Pickable::kAaaa); ++i) {
    const std::string_view data = address_record(i).substr(wire::kDnsRecordHeadBytes);
    base::IpAddress ip;
    if (data.size() == ip.bytes.size()) {
      std::ranges::copy(data, reinterpret_cast<char*>(ip.bytes.data()));
    } else {
      ip = base::IpAddress::v4(wire::read_u32(data.data()));
    }
    out.push_back(ip);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace weft::dns
