// Resource records as bytes, made once and sent often: each begins with a pointer to the question's
// name as its owner, which a writer changes where another name is the owner (dns_writer.h).
#pragma once

#include "base/address.h"
#include "wire/dns.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::wire {

// What is before the data of a record: owner, type, class, TTL, length.
inline constexpr std::size_t kDnsRecordHeadBytes = 12;
inline constexpr std::size_t kDnsTypeAt = 2;
inline constexpr std::size_t kDnsDataLengthAt = 10;

// Appends one record of class IN. `data` is at most 65,535 bytes. Thread: any; pure.
void append_dns_record(std::string& out, DnsType type, std::uint32_t ttl_seconds,
                       std::string_view data);

// The data of records. Names are whole (with the root's zero) and stay uncompressed: those of SRV
// must, the others are too rare to matter. Source: RFC 1035 §3.3, RFC 3596 §2.2, RFC 2782.

// 4 or 16 bytes: of an A or an AAAA.
std::string dns_address_data(const base::IpAddress& ip);

struct DnsSrv {
  std::uint16_t priority = 1;
  std::uint16_t weight = 1;
  std::uint16_t port = 0;
};
inline constexpr std::size_t kDnsSrvHeadBytes = 6;  // of the data, before the target
std::string dns_srv_data(const DnsSrv& srv, std::string_view target);

// Texts of more than 255 bytes become several strings of one record.
std::string dns_txt_data(std::string_view text);

struct DnsSoa {
  std::uint32_t serial = 1;
  std::uint32_t refresh_seconds = 3600;
  std::uint32_t retry_seconds = 600;
  std::uint32_t expire_seconds = 86'400;
  std::uint32_t minimum_seconds = 0;  // how long "there is none" may be kept
};
std::string dns_soa_data(std::string_view primary, std::string_view mailbox, const DnsSoa& soa);

}  // namespace weft::wire
