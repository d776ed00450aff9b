// SealedBytes: bytes that never change, in memory the kernel can send from without a copy. To copy
// tens of KiB into a socket costs more than everything else that is done for an answer.
#pragma once

#include "base/result.h"
#include "io/unique_fd.h"

#include <cstddef>
#include <string_view>
#include <utility>

namespace weft::io {

// Holds a descriptor. Thread: any (immutable). Source: memfd_create(2), sendfile(2).
class SealedBytes final {
 public:
  // Errors: kNoSpace (no descriptor, no memory), kIo. `bytes` are not empty.
  static base::Result<SealedBytes> make(std::string_view bytes);

  SealedBytes(SealedBytes&& other) noexcept
      : descriptor_(std::move(other.descriptor_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  SealedBytes& operator=(SealedBytes&&) = delete;
  SealedBytes(const SealedBytes&) = delete;
  SealedBytes& operator=(const SealedBytes&) = delete;
  ~SealedBytes();

  std::string_view view() const { return {data_, size_}; }
  int descriptor() const { return descriptor_.value(); }

 private:
  SealedBytes(UniqueFd descriptor, const char* data, std::size_t size)
      : descriptor_(std::move(descriptor)), data_(data), size_(size) {}

  UniqueFd descriptor_;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weft::io
