// Tags and metadata: what services and instances carry for those who look at them. How much of it
// there may be is said here and nowhere else.
#pragma once

#include "base/described_decoding.h"
#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::model {

// chosen: far above what people write, far below what would hurt: every label is kept in memory,
// stands in the log of changes and goes out in lists. Consul allows 64 entries of 128 and 512
// bytes.
inline constexpr std::size_t kTagsMax = 256;
inline constexpr std::size_t kTagBytesMax = 255;
inline constexpr std::size_t kMetadataEntriesMax = 128;
inline constexpr std::size_t kMetadataKeyBytesMax = 128;
inline constexpr std::size_t kMetadataValueBytesMax = 8 * 1024;  // as JSON
inline constexpr std::size_t kMetadataBytesMax = 64 * 1024;      // of all values together

// The entry `key` of a metadata, when it is text; empty otherwise. Lifetime: of `metadata`.
std::string_view text_of(const json::object& metadata, std::string_view key);

// What subsets select instances by, as hashes: few bytes for each, and "has all of these" is one
// walk. Ascending, each once. Not meant against an adversary: who registers instances may label
// them.
using Labels = std::vector<std::uint64_t>;
// An empty version is none.
Labels make_labels(std::string_view version, const std::vector<std::string>& tags);

// Refuse what is too long, below the member of that name. The counts are facts of the fields.
void validate_tags(const std::vector<std::string>& tags, base::Decoding& at);
void validate_metadata(const json::object& metadata, base::Decoding& at);

}  // namespace weft::model
