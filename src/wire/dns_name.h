// Domain names in the form they have in messages: labels with their lengths, then the root's zero.
#pragma once

#include "base/result.h"
#include "wire/dns.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::wire {

// A name in lower case, without compression, and where its labels begin; first the root. What it
// does not use is left unwritten, for one is filled per query.
// Thread: any (a value).
class DnsName final {
 public:
  static constexpr std::size_t kLabelsMax = 127;

  DnsName() { clear(); }
  // The root.
  void clear() {
    bytes_[0] = 0;
    begins_[0] = 0;
    size_ = 1;
    labels_ = 0;
  }

  // With the root's zero.
  std::string_view wire() const { return {bytes_.data(), size_}; }
  // Without the root.
  std::size_t labels() const { return labels_; }
  std::string_view label(std::size_t at) const {
    const std::size_t begin = begins_[at];
    return {bytes_.data() + begin + 1, static_cast<unsigned char>(bytes_[begin])};
  }
  // Where label `at` begins in wire(); of labels(): where the root does.
  std::size_t begin_of(std::size_t at) const { return begins_[at]; }
  // Labels [from, to) as they lie in wire().
  std::string_view slice(std::size_t from, std::size_t to) const {
    return {bytes_.data() + begins_[from], static_cast<std::size_t>(begins_[to]) - begins_[from]};
  }

  // For parsers. Returns: false when the name would be too long.
  bool add_label(std::string_view label);

 private:
  std::array<char, kDnsNameBytesMax> bytes_;
  std::array<std::uint8_t, kLabelsMax + 1> begins_;
  std::uint8_t size_;
  std::uint8_t labels_;
};

// Reads the name at `at`. A compression pointer must lead to before the part of the name that it
// ends, so there are no loops and the work is bounded by the length of a name.
// Source: RFC 1035 §3.1, §4.1.4. Thread: any; pure, no allocation.
// Returns: where what follows the name begins.
// Errors:  kBadMessage (cut short, too long, a label of an unknown kind, a pointer that does not
// lead back or that leads into the header).
base::Result<std::size_t> parse_dns_name(std::string_view message, std::size_t at, DnsName& out);

// "web-1.node" to labels in lower case, without the root's zero; a final dot means nothing.
// Errors: kInvalid (an empty label, one of more than 63 bytes, more than 254 bytes in all).
base::Result<std::string> dns_labels_from_text(std::string_view text);

// Labels as text, with a dot behind each: "web.service.consul."; the root is ".". What cannot be
// printed, dots and backslashes are escaped as \DDD. Source: RFC 1035 §5.1.
// Input: whole labels; a root's zero at the end is allowed.
std::string dns_text(std::string_view labels);

}  // namespace weft::wire
