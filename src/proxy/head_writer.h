// Writes one message head into a fixed piece of memory. Nothing is allocated; what does not fit is
// remembered and the whole head is refused.
#pragma once

#include "base/limits.h"
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
  // No head goes on that is longer than the longest that may come (Limit::kHeadBytes), and what was
  // written can always be copied into a bulk buffer.
  static constexpr std::size_t kCapacity = base::facts_of(base::Limit::kHeadBytes).most;
  static_assert(kCapacity <= io::BufferPool::kBulkBytes - io::Buffer::kHeadroom);

  void clear() {
    size_ = 0;
    overflow_ = false;
  }
  // All of them or, where they do not fit, none. In place, so that a literal's length is known
  // where it is copied, and the room is asked for once.
  template <class... Texts>
  [[gnu::always_inline]] void add(const Texts&... texts) {
    add_views(std::string_view(texts)...);
  }
  void add_number(std::uint64_t value) {
    constexpr std::size_t kDigitsMax = 20;
    if (kDigitsMax > kCapacity - size_) [[unlikely]] {
      overflow_ = true;
      return;
    }
    char* const to = bytes_.data() + size_;
    size_ += static_cast<std::size_t>(std::to_chars(to, to + kDigitsMax, value).ptr - to);
  }
  // One field line. The value must be a valid field value (wire::is_field_value).
  void field(std::string_view name, std::string_view value) { add(name, ": ", value, "\r\n"); }

  // Returns: the head so far; empty after an overflow.
  std::string_view view() const {
    return overflow_ ? std::string_view() : std::string_view(bytes_.data(), size_);
  }
  bool has_overflow() const { return overflow_; }

 private:
  template <class... Views>
  [[gnu::always_inline]] void add_views(Views... views) {
    const std::size_t bytes = (views.size() + ...);
    if (bytes > kCapacity - size_) [[unlikely]] {
      overflow_ = true;
      return;
    }
    char* to = bytes_.data() + size_;
    ((copy_short(to, views.data(), views.size()), to += views.size()), ...);
    size_ += bytes;
  }
  // Most pieces of a head are a few words long: two moves that overlap, and no call.
  [[gnu::always_inline]] static void copy_short(char* to, const char* from, std::size_t bytes) {
    if (__builtin_constant_p(bytes) || bytes > 32) {
      std::memcpy(to, from, bytes);
    } else if (bytes >= 16) {
      copy_ends<16>(to, from, bytes);
    } else if (bytes >= 8) {
      copy_ends<8>(to, from, bytes);
    } else if (bytes >= 4) {
      copy_ends<4>(to, from, bytes);
    } else {
      for (std::size_t i = 0; i < bytes; ++i) {
        to[i] = from[i];
      }
    }
  }
  // The first and the last `kPart` of at most twice as many bytes.
  template <std::size_t kPart>
  [[gnu::always_inline]] static void copy_ends(char* to, const char* from, std::size_t bytes) {
    std::array<char, kPart> first;
    std::array<char, kPart> last;
    std::memcpy(first.data(), from, kPart);
    std::memcpy(last.data(), from + bytes - kPart, kPart);
    std::memcpy(to, first.data(), kPart);
    std::memcpy(to + bytes - kPart, last.data(), kPart);
  }

  std::size_t size_ = 0;
  bool overflow_ = false;
  std::array<char, kCapacity> bytes_;
};

}  // namespace weft::proxy
