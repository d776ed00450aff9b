#include "proxy/access_entry.h"

#include "base/check.h"
#include "proxy/short_copy.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

namespace weft::proxy {
namespace {

// Those of the note first, then client, service, trace id, request id and error.
constexpr std::size_t kTexts = kNoteTexts + 5;
// Of each text that is not the note's; their sources bound them lower.
constexpr std::size_t kTextBytesMax = 255;

struct EntryHead {
  AccessNumbers numbers;
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
  const model::Record& record = facts.record;
  new (out + offsetof(EntryHead, numbers)) AccessNumbers{
      record.started_unix_ns, record.duration_ns, record.first_byte_ns, record.request_bytes,
      record.response_bytes,  record.status,      record.retries,       record.failed,
      record.error,           record.side};
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
  WEFT_ASSERT(bytes.size() >= sizeof(EntryHead));
  AccessEntry entry;
  std::memcpy(&entry.numbers, bytes.data() + offsetof(EntryHead, numbers), sizeof entry.numbers);
  std::memcpy(&entry.is_cut, bytes.data() + offsetof(EntryHead, is_cut), sizeof entry.is_cut);
  const char* size_at = bytes.data() + offsetof(EntryHead, sizes);
  bytes.remove_prefix(sizeof(EntryHead));
  for (std::string_view* text :
       {&entry.method, &entry.host, &entry.path, &entry.user_agent, &entry.instance, &entry.client,
        &entry.service, &entry.trace_id, &entry.request_id, &entry.error}) {
    std::uint16_t size = 0;
    std::memcpy(&size, size_at, sizeof size);
    size_at += sizeof size;
    *text = bytes.substr(0, size);
    bytes.remove_prefix(text->size());
  }
  return entry;
}

}  // namespace weft::proxy
