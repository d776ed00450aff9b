// The endpoints one request has been sent to already.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::balance {

// Lives in the exchange. Beyond kCapacity the oldest is forgotten. Thread: its loop.
class Tried final {
 public:
  static constexpr std::size_t kCapacity = 16;

  void add(std::uint32_t endpoint_id) {
    if (contains(endpoint_id)) {
      return;
    }
    ids_[next_ % kCapacity] = endpoint_id;
    ++next_;
  }
  bool contains(std::uint32_t endpoint_id) const {
    const auto end = ids_.begin() + static_cast<std::ptrdiff_t>(size());
    return std::find(ids_.begin(), end, endpoint_id) != end;
  }
  std::size_t size() const { return std::min(next_, kCapacity); }
  bool is_empty() const { return next_ == 0; }

 private:
  std::array<std::uint32_t, kCapacity> ids_{};
  std::size_t next_ = 0;
};

}  // namespace weft::balance
