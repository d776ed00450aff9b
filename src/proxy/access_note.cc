#include "proxy/access_note.h"

#include "io/frame_pool.h"
#include "proxy/short_copy.h"

#include <memory>

namespace weft::proxy {

// The texts follow the block.
struct AccessNote::Block {
  std::size_t allocated_bytes = 0;
  std::size_t text_bytes = 0;  // without the instance, which comes last
  std::array<std::uint16_t, kNoteTexts> sizes{};
  bool is_cut = false;

  char* texts() { return reinterpret_cast<char*>(this + 1); }
  std::uint16_t& size_of(NoteText which) { return sizes[static_cast<std::size_t>(which)]; }
};

AccessNote::AccessNote(const wire::RequestHead& head) {
  bool is_cut = false;
  const auto cut = [&is_cut](std::string_view text, std::size_t bytes_max) {
    is_cut |= text.size() > bytes_max;
    return text.substr(0, bytes_max);
  };
  const auto method = cut(head.method_text, kMethodBytesMax);
  const auto host = cut(head.authority, kHostBytesMax);
  const auto path = cut(head.path, kPathBytesMax);
  const auto mark = cut(head.has_query ? "?" : "", kPathBytesMax - path.size());
  const auto query = cut(head.query, kPathBytesMax - path.size() - mark.size());
  const auto agent = cut(head.headers.value(wire::HeaderId::kUserAgent), kUserAgentBytesMax);

  const std::size_t path_bytes = path.size() + mark.size() + query.size();
  const std::size_t text_bytes = method.size() + host.size() + path_bytes + agent.size();
  const std::size_t bytes = sizeof(Block) + text_bytes + kInstanceBytesMax;
  block_ = std::construct_at(static_cast<Block*>(io::allocate_frame(bytes)));
  block_->allocated_bytes = bytes;
  block_->text_bytes = text_bytes;
  block_->is_cut = is_cut;
  block_->size_of(NoteText::kMethod) = static_cast<std::uint16_t>(method.size());
  block_->size_of(NoteText::kHost) = static_cast<std::uint16_t>(host.size());
  block_->size_of(NoteText::kPath) = static_cast<std::uint16_t>(path_bytes);
  block_->size_of(NoteText::kUserAgent) = static_cast<std::uint16_t>(agent.size());
  char* at = block_->texts();
  for (const std::string_view text : {method, host, path, mark, query, agent}) {
    at = copy_short(at, text);
  }
}

void AccessNote::free_block() { io::free_frame(block_, block_->allocated_bytes); }

void AccessNote::set_instance(std::string_view instance) {
  instance = instance.substr(0, kInstanceBytesMax);
  copy_short(block_->texts() + block_->text_bytes, instance);
  block_->size_of(NoteText::kInstance) = static_cast<std::uint16_t>(instance.size());
}

std::string_view AccessNote::bytes() const {
  if (block_ == nullptr) {
    return {};
  }
  const std::size_t instance_bytes = block_->size_of(NoteText::kInstance);
  return {block_->texts(), block_->text_bytes + instance_bytes};
}

std::array<std::uint16_t, kNoteTexts> AccessNote::sizes() const {
  return block_ != nullptr ? block_->sizes : std::array<std::uint16_t, kNoteTexts>{};
}

bool AccessNote::is_cut() const { return block_ != nullptr && block_->is_cut; }

}  // namespace weft::proxy
