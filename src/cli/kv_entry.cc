#include "cli/kv_entry.h"

#include "base/text.h"
#include "cli/json_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::cli {
namespace {

// null is no bytes.
std::optional<std::string> bytes_of(const json::value* value) {
  if (value == nullptr || value->is_null()) {
    return std::string();
  }
  return value->is_string() ? base::from_base64(value->get_string()) : std::nullopt;
}

std::expected<KvEntry, std::string> parse_kv_entry(const json::value& value) {
  KvEntry entry;
  auto bytes = bytes_of(member(value, "Value"));
  if (!bytes) {
    return std::unexpected("a value that is not base64");
  }
  entry.key = text_member(value, "Key");
  entry.value = std::move(*bytes);
  entry.flags = number_member(value, "Flags").value_or(0);
  entry.session = text_member(value, "Session");
  entry.lock_index = number_member(value, "LockIndex").value_or(0);
  entry.create_index = number_member(value, "CreateIndex").value_or(0);
  entry.modify_index = number_member(value, "ModifyIndex").value_or(0);
  return entry;
}

KvEntry parse_exported(const json::value& value, const std::string& place,
                       std::vector<std::string>& problems) {
  KvEntry entry;
  const auto complain = [&](std::string_view name, std::string_view what) {
    problems.push_back(fmt::format("{}.{}: {}", place, name, what));
  };
  if (!value.is_object()) {
    problems.push_back(place + ": expected an object with key, flags and value");
    return entry;
  }
  entry.key = text_member(value, "key");
  if (entry.key.empty()) {
    complain("key", "expected a text that is not empty");
  }
  if (const json::value* flags = member(value, "flags"); flags != nullptr) {
    const auto number = number_member(value, "flags");
    if (!number) {
      complain("flags", "expected a whole number, 0 or more");
    }
    entry.flags = number.value_or(0);
  }
  auto bytes = bytes_of(member(value, "value"));
  if (!bytes) {
    complain("value", "expected a text in base64");
  }
  entry.value = std::move(bytes).value_or("");
  return entry;
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

}  // namespace

std::string kv_target(std::string_view key) {
  std::string out = "/v1/kv/";
  if (key.starts_with('/')) {
    key.remove_prefix(1);
  }
  for (;;) {
    const std::size_t slash = key.find('/');
    out += base::percent_encode(key.substr(0, slash));
    if (slash == std::string_view::npos) {
      return out;
    }
    out += '/';
    key.remove_prefix(slash + 1);
  }
}

std::expected<std::vector<KvEntry>, std::string> parse_kv_answer(const json::value& answer) {
  const auto* list = answer.if_array();
  if (list == nullptr) {
    return std::unexpected("no list of keys");
  }
  std::vector<KvEntry> out;
  for (const json::value& one : *list) {
    auto entry = parse_kv_entry(one);
    if (!entry) {
      return std::unexpected(entry.error());
    }
    out.push_back(std::move(*entry));
  }
  return out;
}

json::object encode_kv_entry(const KvEntry& entry) {
  const bool is_text = base::is_utf8(entry.value);
  json::object out{{"key", entry.key},
                   {"value", is_text ? entry.value : base::to_base64(entry.value)},
                   {"encoding", is_text ? "text" : "base64"},
                   {"flags", entry.flags}};
  if (!entry.session.empty()) {
    out["session"] = entry.session;
  }
  out["lock_index"] = entry.lock_index;
  out["create_index"] = entry.create_index;
  out["modify_index"] = entry.modify_index;
  return out;
}

json::array encode_kv_export(const std::vector<KvEntry>& entries) {
  json::array out;
  for (const KvEntry& entry : entries) {
    out.push_back(json::object{
        {"key", entry.key}, {"flags", entry.flags}, {"value", base::to_base64(entry.value)}});
  }
  return out;
}

std::expected<std::vector<KvEntry>, std::vector<std::string>> parse_kv_export(
    const json::value& file) {
  const auto* list = file.if_array();
  if (list == nullptr) {
    return std::unexpected(
        std::vector<std::string>{"expected a list of {key, flags, value}, as 'weft kv export' "
                                 "writes it"});
  }
  std::vector<KvEntry> out;
  std::vector<std::string> problems;
  for (std::size_t i = 0; i < list->size(); ++i) {
    out.push_back(parse_exported((*list)[i], fmt::format("[{}]", i), problems));
  }
  if (!problems.empty()) {
    return std::unexpected(std::move(problems));
  }
  return out;
}

std::string shown_value(std::string_view value) {
  if (base::is_utf8(value) && std::ranges::all_of(value, is_plain)) {
    return std::string(value);
  }
  return fmt::format("({} byte{})", value.size(), value.size() == 1 ? "" : "s");
}

}  // namespace weft::cli
