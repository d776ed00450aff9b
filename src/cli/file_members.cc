#include "cli/file_members.h"

#include "base/text.h"
#include "cli/json_member.h"
#include "cli/nearest.h"

#include <fmt/format.h>

#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kShownBytes = 60;

std::string shown_json(const json::value& value) {
  std::string text = base::write_json(value);
  if (text.size() > kShownBytes) {
    text = value.is_object() ? "an object" : value.is_array() ? "a list" : "a long text";
  }
  return text;
}

bool has_unit(std::string_view duration) {
  return !duration.empty() && !base::is_digit(duration.back()) && duration.back() != '.';
}

}  // namespace

std::string normal_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_' && c != '-') {
      out += base::ascii_lower(c);
    }
  }
  return out;
}

FileMembers::FileMembers(const json::object& object, std::string place, FileNotes& notes)
    : object_(object), place_(std::move(place)), notes_(notes) {}

const json::value* FileMembers::find(std::string_view name) {
  const std::string normal = normal_name(name);
  if (known_.insert(normal).second) {
    known_words_.emplace_back(name);
  }
  for (const auto& entry : object_) {
    if (normal_name(entry.key()) == normal) {
      return entry.value().is_null() ? nullptr : &entry.value();
    }
  }
  return nullptr;
}

std::string FileMembers::place_of(std::string_view name) const {
  const std::string normal = normal_name(name);
  for (const auto& entry : object_) {
    if (normal_name(entry.key()) == normal) {
      return fmt::format("{}.{}", place_, std::string_view(entry.key()));
    }
  }
  return fmt::format("{}.{}", place_, name);
}

void FileMembers::problem(std::string_view name, std::string_view what) {
  notes_.problems.push_back(fmt::format("{}: {}", place_of(name), what));
}

void FileMembers::expected(std::string_view name, std::string_view what, const json::value& got) {
  problem(name, fmt::format("expected {}, not {}", what, shown_json(got)));
}

std::optional<std::string> FileMembers::text(std::string_view name) {
  const json::value* value = find(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    expected(name, "a text", *value);
    return std::nullopt;
  }
  return std::string(value->get_string());
}

std::optional<std::uint64_t> FileMembers::number(std::string_view name, std::uint64_t least,
                                                 std::uint64_t most) {
  const json::value* value = find(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  const auto number = whole_number_of(*value);
  if (!number || *number < least || *number > most) {
    expected(name, fmt::format("a whole number from {} to {}", least, most), *value);
    return std::nullopt;
  }
  return number;
}

std::optional<bool> FileMembers::flag(std::string_view name) {
  const json::value* value = find(name);
  if (value != nullptr && !value->is_bool()) {
    expected(name, "true or false", *value);
    return std::nullopt;
  }
  return value == nullptr ? std::nullopt : std::optional(value->get_bool());
}

std::optional<std::string> FileMembers::duration(std::string_view name) {
  const json::value* value = find(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  const std::string text = value->is_string() ? std::string(value->get_string()) : "";
  const auto parsed = base::parse_duration(text);
  if (!has_unit(text) || !parsed || *parsed <= base::Nanos(0)) {
    expected(name, "a duration with its unit, as \"10s\" or \"1m30s\"", *value);
    return std::nullopt;
  }
  return text;
}

std::optional<std::vector<std::string>> FileMembers::texts(std::string_view name) {
  const json::array* items = list(name);
  if (items == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const json::value& item = (*items)[i];
    if (!item.is_string()) {
      notes_.problems.push_back(
          fmt::format("{}[{}]: expected a text, not {}", place_of(name), i, shown_json(item)));
      return std::nullopt;
    }
    out.emplace_back(item.get_string());
  }
  return out;
}

std::optional<json::object> FileMembers::text_map(std::string_view name) {
  const json::object* map = object(name);
  if (map == nullptr) {
    return std::nullopt;
  }
  for (const auto& entry : *map) {
    if (!entry.value().is_string()) {
      notes_.problems.push_back(fmt::format("{}.{}: expected a text, not {}", place_of(name),
                                            std::string_view(entry.key()),
                                            shown_json(entry.value())));
      return std::nullopt;
    }
  }
  return *map;
}

const json::object* FileMembers::object(std::string_view name) {
  const json::value* value = find(name);
  if (value != nullptr && !value->is_object()) {
    expected(name, "an object", *value);
    return nullptr;
  }
  return value == nullptr ? nullptr : &value->get_object();
}

const json::array* FileMembers::list(std::string_view name) {
  const json::value* value = find(name);
  if (value != nullptr && !value->is_array()) {
    expected(name, "a list", *value);
    return nullptr;
  }
  return value == nullptr ? nullptr : &value->get_array();
}

void FileMembers::warn_of_unknown() {
  for (const auto& entry : object_) {
    const std::string name(entry.key());
    if (known_.contains(normal_name(name))) {
      continue;
    }
    const auto meant = nearest(name, known_words_);
    notes_.warnings.push_back(
        fmt::format("{}{}{}: not known, ignored{}", place_, place_.empty() ? "" : ".", name,
                    meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
  }
}

}  // namespace weft::cli
