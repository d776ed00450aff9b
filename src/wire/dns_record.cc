#include "wire/dns_record.h"

#include "base/check.h"

#include <algorithm>

namespace weft::wire {
namespace {

constexpr std::size_t kTextBytesMax = 255;  // of one character string
constexpr std::size_t kDataBytesMax = 65'535;

void append_u16(std::string& out, std::uint16_t value) {
  char bytes[2];
  write_u16(bytes, value);
  out.append(bytes, sizeof bytes);
}

void append_u32(std::string& out, std::uint32_t value) {
  char bytes[4];
  write_u32(bytes, value);
  out.append(bytes, sizeof bytes);
}

}  // namespace

void append_dns_record(std::string& out, DnsType type, std::uint32_t ttl_seconds,
                       std::string_view data) {
  WEFT_ASSERT(data.size() <= kDataBytesMax);
  append_u16(out, kDnsPointer | kDnsHeaderBytes);
  append_u16(out, static_cast<std::uint16_t>(type));
  append_u16(out, kDnsClassIn);
  append_u32(out, ttl_seconds);
  append_u16(out, static_cast<std::uint16_t>(data.size()));
  out += data;
}

std::string dns_address_data(const base::IpAddress& ip) {
  const auto* bytes = reinterpret_cast<const char*>(ip.bytes.data());
  return ip.is_v4() ? std::string(bytes + 12, 4) : std::string(bytes, 16);
}

std::string dns_srv_data(const DnsSrv& srv, std::string_view target) {
  std::string out;
  append_u16(out, srv.priority);
  append_u16(out, srv.weight);
  append_u16(out, srv.port);
  out += target;
  return out;
}

std::string dns_txt_data(std::string_view text) {
  std::string out;
  do {
    const std::size_t bytes = std::min(text.size(), kTextBytesMax);
    out += static_cast<char>(bytes);
    out += text.substr(0, bytes);
    text.remove_prefix(bytes);
  } while (!text.empty());
  return out;
}

std::string dns_soa_data(std::string_view primary, std::string_view mailbox, const DnsSoa& soa) {
  std::string out(primary);
  out += mailbox;
  append_u32(out, soa.serial);
  append_u32(out, soa.refresh_seconds);
  append_u32(out, soa.retry_seconds);
  append_u32(out, soa.expire_seconds);
  append_u32(out, soa.minimum_seconds);
  return out;
}

}  // namespace weft::wire
