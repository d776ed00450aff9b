// DatagramBatch: datagrams that arrived together and the answers that leave together; one system
// call each way. Start at datagram_socket.h.
#pragma once

#include "base/address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace weft::io {

// Where a datagram came from and which of our addresses it came to, as the kernel says it: what an
// answer needs, also one that leaves later.
// Thread: any (a value).
class DatagramPath final {
 public:
  base::SocketAddress peer() const;

 private:
  friend class DatagramBatch;
  friend class DatagramSocket;
  static constexpr std::size_t kNameBytesMax = 28;     // sockaddr_in6
  static constexpr std::size_t kControlBytesMax = 40;  // one IPV6_PKTINFO

  alignas(8) std::array<char, kNameBytesMax> name_{};
  alignas(8) std::array<char, kControlBytesMax> control_{};
  std::uint32_t name_bytes_ = 0;
  std::uint32_t control_bytes_ = 0;  // 0: the socket is bound to one address
};

struct DatagramBatchSizes {
  std::size_t datagrams = 32;        // received at a time
  std::size_t received_bytes = 512;  // of each; what is longer is cut
  std::size_t answer_bytes = 512;    // of each
};

// Owns its memory; nothing is allocated after it was made. What was received is valid until the
// next receive into it. Used with one socket.
// Thread: its loop.
class DatagramBatch final {
 public:
  explicit DatagramBatch(const DatagramBatchSizes& sizes);
  DatagramBatch(const DatagramBatch&) = delete;
  DatagramBatch& operator=(const DatagramBatch&) = delete;
  ~DatagramBatch();

  std::size_t capacity() const { return sizes_.datagrams; }
  // How many the last receive brought.
  std::size_t size() const { return size_; }

  std::string_view received(std::size_t at) const {
    return {received_memory_.data() + at * sizes_.received_bytes, received_bytes_[at]};
  }
  // It was longer than received_bytes; the rest is lost.
  bool is_cut(std::size_t at) const { return is_cut_[at] != 0; }

  // Where its answer is written.
  std::span<char> answer_room(std::size_t at) {
    return {answer_memory_.data() + at * sizes_.answer_bytes, sizes_.answer_bytes};
  }
  // How much of it is to be sent; 0, as it is after a receive: none.
  void set_answer(std::size_t at, std::size_t bytes) {
    answer_bytes_[at] = static_cast<std::uint32_t>(bytes);
  }

  // For who answers later.
  DatagramPath path(std::size_t at) const;

 private:
  friend class DatagramSocket;
  struct Headers;  // the kernel's

  const DatagramBatchSizes sizes_;
  std::size_t size_ = 0;
  std::size_t written_;  // so many of the headers are the kernel's answers, to be made anew
  std::vector<char> received_memory_;
  std::vector<char> answer_memory_;
  std::vector<std::uint32_t> received_bytes_;
  std::vector<std::uint32_t> answer_bytes_;
  std::vector<char> is_cut_;
  std::unique_ptr<Headers> headers_;
};

}  // namespace weft::io
