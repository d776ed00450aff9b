#include "wire/dns_name.h"

#include "base/text.h"

#include <algorithm>

namespace weft::wire {
namespace {

constexpr unsigned char kPointerBits = 0xc0;

std::unexpected<base::Error> bad_name(const char* what) {
  return base::fail(base::Code::kBadMessage, what, base::Side::kClient);
}

// Lengths of labels are below 'A', so a whole name may be lowered with them.
void copy_lower(std::string_view from, char* to) {
  for (const char c : from) {
    *to++ = base::ascii_lower(c);
  }
}

}  // namespace

bool DnsName::add_label(std::string_view label) {
  const std::size_t begin = size_ - 1U;  // in the place of the root
  if (begin + label.size() + 2 > kDnsNameBytesMax) {
    return false;
  }
  begins_[labels_] = static_cast<std::uint8_t>(begin);
  bytes_[begin] = static_cast<char>(label.size());
  copy_lower(label, bytes_.data() + begin + 1);
  bytes_[begin + 1 + label.size()] = 0;
  ++labels_;
  begins_[labels_] = static_cast<std::uint8_t>(begin + 1 + label.size());
  size_ = static_cast<std::uint8_t>(begin + label.size() + 2);
  return true;
}

base::Result<std::size_t> parse_dns_name(std::string_view message, std::size_t at, DnsName& out) {
  out.clear();
  std::size_t end = 0;     // behind the name, known at the first pointer
  std::size_t limit = at;  // a pointer leads to before the part it ends
  for (;;) {
    if (at >= message.size()) {
      return bad_name("a name is cut short");
    }
    const auto length = static_cast<unsigned char>(message[at]);
    if (length == 0) {
      return end != 0 ? end : at + 1;
    }
    if (length <= kDnsLabelBytesMax) {
      if (message.size() - at - 1 < length) {
        return bad_name("a label is cut short");
      }
      if (!out.add_label(message.substr(at + 1, length))) {
        return bad_name("a name is longer than 255 bytes");
      }
      at += 1U + length;
      continue;
    }
    if ((length & kPointerBits) != kPointerBits || at + 1 >= message.size()) {
      return bad_name("a label of an unknown kind");
    }
    const std::size_t target = read_u16(message.data() + at) & kDnsPointerMax;
    end = end != 0 ? end : at + 2;
    if (target >= limit || target < kDnsHeaderBytes) {
      return bad_name("a compression pointer does not lead back");
    }
    at = limit = target;
  }
}

base::Result<std::string> dns_labels_from_text(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  if (text.ends_with('.')) {
    text.remove_suffix(1);
  }
  while (!text.empty()) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (dot == 0 || dot > kDnsLabelBytesMax) {
      return base::fail(base::Code::kInvalid, "a label has 1 to 63 bytes");
    }
    out += static_cast<char>(dot);
    out += base::to_lower(text.substr(0, dot));
    if (dot + 1 == text.size()) {
      return base::fail(base::Code::kInvalid, "a label has 1 to 63 bytes");
    }
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  if (out.size() + 1 > kDnsNameBytesMax) {
    return base::fail(base::Code::kInvalid, "a name is longer than 255 bytes");
  }
  return out;
}

std::string dns_text(std::string_view labels) {
  std::string out;
  while (!labels.empty() && labels.front() != 0) {
    const auto length = static_cast<unsigned char>(labels.front());
    for (const char c : labels.substr(1, length)) {
      if (c > ' ' && c < '\x7f' && c != '.' && c != '\\') {
        out += c;
        continue;
      }
      const auto code = static_cast<unsigned char>(c);
      out += '\\';
      out += static_cast<char>('0' + code / 100);
      out += static_cast<char>('0' + code / 10 % 10);
      out += static_cast<char>('0' + code % 10);
    }
    out += '.';
    labels.remove_prefix(std::min<std::size_t>(length + 1U, labels.size()));
  }
  return out.empty() ? "." : out;
}

}  // namespace weft::wire
