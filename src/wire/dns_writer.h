// DnsWriter: one answer, written from front to back into memory of the caller. Records that do not
// fit are left out whole; since the additional section comes last, it is the first to be cut.
#pragma once

#include "base/check.h"
#include "wire/dns.h"
#include "wire/dns_query.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weft::wire {

enum class DnsSection : std::uint8_t { kAnswer, kAuthority, kAdditional };

// Sections are written in their order. No allocation.
// Source: RFC 1035 §4.1, RFC 6891 §6. Thread: its owner's. Lifetime: the memory and the query's.
class DnsWriter final {
 public:
  // At most `bytes_max` bytes are written; at least kDnsUdpBytes must be allowed and be there.
  // The question is repeated as it was spelled, and EDNS is answered when it was spoken.
  DnsWriter(const DnsQuery& query, std::span<char> out, std::size_t bytes_max)
      : query_(query), out_(out.data()) {
    WEFT_ASSERT(bytes_max >= kDnsUdpBytes && out.size() >= bytes_max);
    limit_ = bytes_max - (query.has_edns ? kOptBytes + query.edns.subnet.size() : 0);
    std::copy(query.question.begin(), query.question.end(), out_ + kDnsHeaderBytes);
    size_ = kDnsHeaderBytes + query.question.size();
  }

  // Where the next record will begin; names in it may be pointed at.
  std::size_t size() const { return size_; }
  std::size_t count(DnsSection section) const { return counts_[static_cast<std::size_t>(section)]; }
  // A record was left out.
  bool is_cut() const { return is_cut_; }

  // Adds a record (dns_record.h) whose owner is the name at `owner` <= kDnsPointerMax.
  // Returns: false when it does not fit.
  bool add(DnsSection section, std::size_t owner, std::string_view record) {
    if (record.size() > limit_ - size_) {
      is_cut_ = true;
      return false;
    }
    char* at = out_ + size_;
    if (record.size() == kAddressRecordBytes) {
      std::memcpy(at, record.data(), kAddressRecordBytes);
    } else {
      std::memcpy(at, record.data(), record.size());
    }
    write_u16(at, static_cast<std::uint16_t>(kDnsPointer | owner));
    size_ += record.size();
    ++counts_[static_cast<std::size_t>(section)];
    return true;
  }

  // The same with an owner that stands nowhere to be pointed at; with the root's zero.
  bool add_named(DnsSection section, std::string_view owner, std::string_view record);

  // The same for a record in two pieces, whose data ends with `tail` instead of what it says.
  bool add_spliced(DnsSection section, std::size_t owner, std::string_view front,
                   std::string_view tail);

  // Ends the answer. `flags`: of the answer, without the response code; id, RD, CD and opcode are
  // the query's. Returns: how many bytes were written.
  std::size_t finish(std::uint16_t flags, DnsRcode rcode);

 private:
  static constexpr std::size_t kAddressRecordBytes = 16;
  static constexpr std::size_t kOptBytes = 11;

  void add_opt(DnsRcode rcode);

  const DnsQuery& query_;
  char* out_;
  std::size_t size_;
  std::size_t limit_;  // room for the OPT record is kept behind it
  std::array<std::uint16_t, 3> counts_{};
  bool is_cut_ = false;
};

}  // namespace weft::wire
