#include "proxy/access_entry.h"

#include "base/check.h"
#include "proxy/short_copy.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace weft::proxy {
namespace {

// Those of the note first, then client, service, trace id, request id and error.
constexpr std::size_t kTexts = kNoteTexts + 5;
// Of each text that is not the note's; their sources bound them lower.
constexpr std::size_t kTextBytesMax = 255;

struct EntryHead {
  model::Record record;
  std::array<std::uint16_t, kTexts> sizes;
  bool is_cut;
};
static_assert(std::is_trivially_copyable_v<EntryHead> && std::is_standard_layout_v<EntryHead>);

std::array<std::string_view, kTexts - kNoteTexts> other_texts(const AccessFacts& facts) {
  std::array texts{facts.client, facts.service, facts.trace_id, facts.request_id, facts.error};
  for (std::string_view& text : texts) {
    text = text.substr(0, kTextBytesMax);
  }
  return texts;
}

}  // namespace

std::size_t encoded_bytes(const AccessFacts& facts) {
  std::size_t bytes = sizeof(EntryHead) + facts.note.bytes().size();
  for (const std::string_view text : other_texts(facts)) {
    bytes += text.size();
  }
  return bytes;
}

// Piece by piece into `out`: a head put together on the stack first would be read back before its
// stores have arrived, which costs more than they do.
void encode_entry(const AccessFacts& facts, char* out) {
  const bool is_cut = facts.note.is_cut();
  const auto note_sizes = facts.note.sizes();
  std::memcpy(out + offsetof(EntryHead, record), &facts.record, sizeof facts.record);
  std::memcpy(out + offsetof(EntryHead, is_cut), &is_cut, sizeof is_cut);
  char* size_at = out + offsetof(EntryHead, sizes);
  std::memcpy(size_at, note_sizes.data(), sizeof note_sizes);
  size_at += sizeof note_sizes;
  char* text_at = copy_short(out + sizeof(EntryHead), facts.note.bytes());
  for (const std::string_view text : other_texts(facts)) {
    const auto size = static_cast<std::uint16_t>(text.size());
    std::memcpy(size_at, &size, sizeof size);
    size_at += sizeof size;
    text_at = copy_short(text_at, text);
  }
}

AccessEntry decode_entry(std::string_view bytes) {
  EntryHead head;
  WEFT_ASSERT(bytes.size() >= sizeof head);
  std::memcpy(&head, bytes.data(), sizeof head);
  bytes.remove_prefix(sizeof head);
  std::array<std::string_view, kTexts> texts;
  for (std::size_t i = 0; i < kTexts; ++i) {
    texts[i] = bytes.substr(0, head.sizes[i]);
    bytes.remove_prefix(texts[i].size());
  }
  return {head.record, head.is_cut, texts[0], texts[1], texts[2], texts[3],
          texts[4],    texts[5],    texts[6], texts[7], texts[8], texts[9]};
}

}  // namespace weft::proxy
