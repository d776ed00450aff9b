// Writes one message head into a fixed piece of memory. Nothing is allocated; what does not fit is
// remembered and the whole head is refused.
#pragma once

#include "io/buffer.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weft::proxy {

// Thread: its loop; one per worker, used between two awaits only.
class HeadWriter final {
 public:
  // As much as a bulk buffer takes: what was written can always be copied into one.
  static constexpr std::size_t kCapacity = io::BufferPool::kBulkBytes - io::Buffer::kHeadroom;

  void clear() {
    size_ = 0;
    overflow_ = false;
  }
  void add(std::string_view text) {
    if (text.size() > kCapacity - size_) [[unlikely]] {
      overflow_ = true;
      return;
    }
    text.copy(bytes_.data() + size_, text.size());
    size_ += text.size();
  }
  void add_number(std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    add({digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  // One field line. The value must be a valid field value (wire::is_field_value).
  void field(std::string_view name, std::string_view value) {
    add(name);
    add(": ");
    add(value);
    add("\r\n");
  }

  // Returns: the head so far; empty after an overflow.
  std::string_view view() const {
    return overflow_ ? std::string_view() : std::string_view(bytes_.data(), size_);
  }
  bool has_overflow() const { return overflow_; }

 private:
  std::size_t size_ = 0;
  bool overflow_ = false;
  std::array<char, kCapacity> bytes_;
};

}  // namespace weft::proxy
