#include "model/labels.h"

#include "base/hash.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::model {
namespace {

using base::FieldProblem;

// What a value costs, roughly: text as it is, everything else as it is written.
std::size_t bytes_of(const json::value& value) {
  return value.is_string() ? value.get_string().size() : base::write_json(value).size();
}

}  // namespace

Labels make_labels(std::string_view version, const std::vector<std::string>& tags) {
  // Different seeds, so that a tag is never taken for a version.
  constexpr std::uint64_t kVersionSeed = 1;
  constexpr std::uint64_t kTagSeed = 2;
  Labels labels;
  labels.reserve(tags.size() + 1);
  if (!version.empty()) {
    labels.push_back(base::hash64(version, kVersionSeed));
  }
  for (const std::string& tag : tags) {
    labels.push_back(base::hash64(tag, kTagSeed));
  }
  std::ranges::sort(labels);
  const auto again = std::ranges::unique(labels);
  labels.erase(again.begin(), again.end());
  return labels;
}

std::string_view text_of(const json::object& metadata, std::string_view key) {
  const auto* entry = metadata.if_contains({key.data(), key.size()});
  const json::string* text = entry != nullptr ? entry->if_string() : nullptr;
  return text != nullptr ? std::string_view(text->data(), text->size()) : std::string_view();
}

void validate_tags(const std::vector<std::string>& tags, base::Decoding& at) {
  const base::Decoding::Step list(at, std::string("tags"));
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].size() > kTagBytesMax) {
      const base::Decoding::Step item(at, i);
      at.refuse(FieldProblem::kTooLong, fmt::format("at most {} bytes", kTagBytesMax));
    }
  }
}

void validate_metadata(const json::object& metadata, base::Decoding& at) {
  const base::Decoding::Step object(at, std::string("metadata"));
  std::size_t total = 0;
  for (const auto& entry : metadata) {
    const std::string_view key(entry.key().data(), entry.key().size());
    if (key.size() > kMetadataKeyBytesMax) {
      at.refuse_member(key.substr(0, 16), FieldProblem::kTooLong,
                       fmt::format("a key has at most {} bytes", kMetadataKeyBytesMax));
      continue;
    }
    const std::size_t bytes = bytes_of(entry.value());
    total += bytes;
    if (bytes > kMetadataValueBytesMax) {
      at.refuse_member(key, FieldProblem::kTooLong,
                       fmt::format("at most {} bytes", kMetadataValueBytesMax));
    }
  }
  if (total > kMetadataBytesMax) {
    at.refuse(FieldProblem::kTooLong,
              fmt::format("at most {} bytes of values together", kMetadataBytesMax));
  }
}

}  // namespace weft::model
