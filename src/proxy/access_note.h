// AccessNote: what an exchange keeps of its request until its line of the access log is written.
// The parsed head lies in the worker's scratch memory and is gone after the first await.
#pragma once

#include "wire/http1.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::proxy {

// The texts of a note, in the order in which they lie behind one another.
enum class NoteText : std::uint8_t { kMethod, kHost, kPath, kUserAgent, kInstance };
inline constexpr std::size_t kNoteTexts = 5;

// Longer texts are cut, and the line says so. Chosen: what people still read, and together below
// the largest block that the frame pool keeps.
inline constexpr std::size_t kMethodBytesMax = 32;
inline constexpr std::size_t kHostBytesMax = 255;
inline constexpr std::size_t kPathBytesMax = 2048;  // with the query
inline constexpr std::size_t kUserAgentBytesMax = 512;
inline constexpr std::size_t kInstanceBytesMax = 255;

// Holds one block from the loop's free lists, or nothing: then every text is empty.
// Thread: the loop it was made on.
class AccessNote final {
 public:
  AccessNote() = default;
  explicit AccessNote(const wire::RequestHead& head);
  AccessNote(AccessNote&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  AccessNote& operator=(AccessNote&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~AccessNote() {
    if (block_ != nullptr) {
      free_block();
    }
  }

  explicit operator bool() const { return block_ != nullptr; }
  // The last one counts. Only for a note that holds something.
  void set_instance(std::string_view instance);

  // All texts in one piece, and how long each of them is.
  std::string_view bytes() const;
  std::array<std::uint16_t, kNoteTexts> sizes() const;
  bool is_cut() const;

 private:
  struct Block;

  void free_block();

  Block* block_ = nullptr;
};

}  // namespace weft::proxy
