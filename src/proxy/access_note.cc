#include "proxy/access_note.h"

#include "io/frame_pool.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace weft::proxy {

// The texts follow the block.
struct AccessNote::Block {
  std::size_t allocated_bytes = 0;
  std::size_t text_bytes = 0;  // without the instance, which comes last
  std::array<std::uint16_t, kNoteTexts> sizes{};
  bool is_cut = false;

  char* texts() { return reinterpret_cast<char*>(this + 1); }

  void append(NoteText which, std::string_view text, std::size_t bytes_max) {
    const std::size_t bytes = std::min(text.size(), bytes_max);
    is_cut |= bytes < text.size();
    std::memcpy(texts() + text_bytes, text.data(), bytes);
    text_bytes += bytes;
    std::uint16_t& size = sizes[static_cast<std::size_t>(which)];
    size = static_cast<std::uint16_t>(size + bytes);
  }
};

AccessNote::AccessNote(const wire::RequestHead& head) {
  const std::string_view agent = head.headers.value(wire::HeaderId::kUserAgent);
  const std::string_view query = head.query;
  const std::size_t path_bytes = head.path.size() + (head.has_query ? 1 + query.size() : 0);
  const std::size_t bytes = sizeof(Block) + std::min(head.method_text.size(), kMethodBytesMax) +
                            std::min(head.authority.size(), kHostBytesMax) +
                            std::min(path_bytes, kPathBytesMax) +
                            std::min(agent.size(), kUserAgentBytesMax) + kInstanceBytesMax;
  block_ = std::construct_at(static_cast<Block*>(io::allocate_frame(bytes)));
  block_->allocated_bytes = bytes;
  block_->append(NoteText::kMethod, head.method_text, kMethodBytesMax);
  block_->append(NoteText::kHost, head.authority, kHostBytesMax);
  block_->append(NoteText::kPath, head.path, kPathBytesMax);
  if (head.has_query) {
    const auto room = [this] {
      return kPathBytesMax - block_->sizes[static_cast<std::size_t>(NoteText::kPath)];
    };
    block_->append(NoteText::kPath, "?", room());
    block_->append(NoteText::kPath, query, room());
  }
  block_->append(NoteText::kUserAgent, agent, kUserAgentBytesMax);
}

void AccessNote::free_block() { io::free_frame(block_, block_->allocated_bytes); }

void AccessNote::set_instance(std::string_view instance) {
  const std::size_t bytes = std::min(instance.size(), kInstanceBytesMax);
  std::memcpy(block_->texts() + block_->text_bytes, instance.data(), bytes);
  block_->sizes[static_cast<std::size_t>(NoteText::kInstance)] = static_cast<std::uint16_t>(bytes);
}

std::string_view AccessNote::bytes() const {
  if (block_ == nullptr) {
    return {};
  }
  const std::size_t instance_bytes = block_->sizes[static_cast<std::size_t>(NoteText::kInstance)];
  return {block_->texts(), block_->text_bytes + instance_bytes};
}

std::array<std::uint16_t, kNoteTexts> AccessNote::sizes() const {
  return block_ != nullptr ? block_->sizes : std::array<std::uint16_t, kNoteTexts>{};
}

bool AccessNote::is_cut() const { return block_ != nullptr && block_->is_cut; }

}  // namespace weft::proxy
