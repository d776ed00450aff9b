// Entries of the key-value store as the API tells them, as files carry them, as people read them.
// Source: contract/consul.md §5.
#pragma once

#include "base/json.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// Thread: any (a value).
struct KvEntry {
  std::string key;
  std::string value;  // any bytes
  std::uint64_t flags = 0;
  std::string session = {};  // who holds its lock; empty: nobody
  std::uint64_t lock_index = 0;
  std::uint64_t create_index = 0;
  std::uint64_t modify_index = 0;

  bool operator==(const KvEntry&) const = default;
};

// "/v1/kv/a/b%20c". A slash in front goes away, as Consul's own command does it: no key begins with
// one. Thread: any; pure.
std::string kv_target(std::string_view key);

// The answer of GET /v1/kv. Errors: what is not as it should be. Thread: any; pure.
std::expected<std::vector<KvEntry>, std::string> parse_kv_answer(const json::value& answer);

// For programs: the value as text, or in base64 where "encoding" says so. Thread: any; pure.
json::object encode_kv_entry(const KvEntry& entry);

// {"key", "flags", "value" in base64}, as `consul kv export` writes them. Thread: any; pure.
json::array encode_kv_export(const std::vector<KvEntry>& entries);

// Reads such a file. Errors: everything that is wrong with it, each with its place:
// "[3].value: not base64". Thread: any; pure.
std::expected<std::vector<KvEntry>, std::vector<std::string>> parse_kv_export(
    const json::value& file);

// On one line for a terminal: control characters and what is no UTF-8 are told as "N bytes".
// Thread: any; pure.
std::string shown_value(std::string_view value);

}  // namespace weft::cli
