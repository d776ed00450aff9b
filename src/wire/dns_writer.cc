#include "wire/dns_writer.h"

#include "wire/dns_record.h"

#include <algorithm>

namespace weft::wire {
namespace {

constexpr std::uint16_t kOfTheQuery = kDnsOpcodeMask | kDnsRecursionDesired | kDnsCheckingDisabled;
constexpr std::size_t kUdpBytesMax = 4096;  // contract/consul.md §8
constexpr std::size_t kOwnerBytes = 2;
constexpr unsigned kExtendedRcodeShift = 4;

}  // namespace

bool DnsWriter::add_named(DnsSection section, std::string_view owner, std::string_view record) {
  record.remove_prefix(kOwnerBytes);
  if (owner.size() + record.size() > limit_ - size_) {
    is_cut_ = true;
    return false;
  }
  std::memcpy(out_ + size_, owner.data(), owner.size());
  std::memcpy(out_ + size_ + owner.size(), record.data(), record.size());
  size_ += owner.size() + record.size();
  ++counts_[static_cast<std::size_t>(section)];
  return true;
}

bool DnsWriter::add_spliced(DnsSection section, std::size_t owner, std::string_view front,
                            std::string_view tail) {
  const std::size_t bytes = front.size() + tail.size();
  if (bytes > limit_ - size_) {
    is_cut_ = true;
    return false;
  }
  char* at = out_ + size_;
  std::memcpy(at, front.data(), front.size());
  std::memcpy(at + front.size(), tail.data(), tail.size());
  write_u16(at, static_cast<std::uint16_t>(kDnsPointer | owner));
  write_u16(at + kDnsDataLengthAt, static_cast<std::uint16_t>(bytes - kDnsRecordHeadBytes));
  size_ += bytes;
  ++counts_[static_cast<std::size_t>(section)];
  return true;
}

// What its sender can take is given back, within what we would send.
void DnsWriter::add_opt(DnsRcode rcode) {
  char* at = out_ + size_;
  const std::string_view subnet = query_.edns.subnet;
  const auto udp_bytes = static_cast<std::uint16_t>(
      std::clamp<std::size_t>(query_.edns.udp_bytes, kDnsUdpBytes, kUdpBytesMax));
  *at = 0;  // the root
  write_u16(at + 1, static_cast<std::uint16_t>(DnsType::kOpt));
  write_u16(at + 3, udp_bytes);
  at[5] = static_cast<char>(static_cast<unsigned>(rcode) >> kExtendedRcodeShift);
  at[6] = 0;  // version
  write_u16(at + 7, query_.edns.wants_dnssec ? 0x8000 : 0);
  write_u16(at + 9, static_cast<std::uint16_t>(subnet.size()));
  // The scope of 0 that a query has says as well: true for every client (RFC 7871 §7.2.1).
  std::copy(subnet.begin(), subnet.end(), at + kOptBytes);
  size_ += kOptBytes + subnet.size();
}

std::size_t DnsWriter::finish(std::uint16_t flags, DnsRcode rcode) {
  if (query_.has_edns) {
    add_opt(rcode);
    ++counts_[static_cast<std::size_t>(DnsSection::kAdditional)];
  }
  const auto low_rcode = static_cast<std::uint16_t>(static_cast<unsigned>(rcode) & kDnsRcodeMask);
  write_u16(out_, query_.id);
  write_u16(out_ + 2, static_cast<std::uint16_t>(kDnsResponse | (query_.flags & kOfTheQuery) |
                                                 flags | low_rcode));
  write_u16(out_ + 4, query_.question.empty() ? 0 : 1);
  write_u16(out_ + 6, counts_[0]);
  write_u16(out_ + 8, counts_[1]);
  write_u16(out_ + 10, counts_[2]);
  return size_;
}

}  // namespace weft::wire
