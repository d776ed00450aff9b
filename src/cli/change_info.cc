#include "cli/change_info.h"

#include "base/described_decode.h"
#include "base/described_enum.h"
#include "base/moment.h"
#include "base/text.h"
#include "cli/text_width.h"
#include "model/objects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kValueColumns = 60;

bool is_empty(const json::value& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty()) ||
         (value.is_array() && value.get_array().empty()) ||
         (value.is_object() && value.get_object().empty()) ||
         (value.is_bool() && !value.get_bool());
}

void collect_fields(const std::string& path, const json::value* from, const json::value* to,
                    std::vector<FieldChange>& out);

void collect_members(const std::string& path, const json::object& from, const json::object& to,
                     std::vector<FieldChange>& out) {
  const auto below = [&](std::string_view name) {
    return path.empty() ? std::string(name) : path + "." + std::string(name);
  };
  for (const auto& member : to) {
    collect_fields(below(member.key()), from.if_contains(member.key()), &member.value(), out);
  }
  for (const auto& member : from) {
    if (to.if_contains(member.key()) == nullptr) {
      collect_fields(below(member.key()), &member.value(), nullptr, out);
    }
  }
}

void collect_fields(const std::string& path, const json::value* from, const json::value* to,
                    std::vector<FieldChange>& out) {
  static const json::object kNone;
  const bool from_has_members = from != nullptr && from->is_object();
  const bool to_has_members = to != nullptr && to->is_object();
  if ((from == nullptr || from_has_members) && (to == nullptr || to_has_members)) {
    collect_members(path, from_has_members ? from->get_object() : kNone,
                    to_has_members ? to->get_object() : kNone, out);
    return;
  }
  if (from != nullptr && to != nullptr && *from == *to) {
    return;
  }
  if ((from == nullptr && is_empty(*to)) || (to == nullptr && is_empty(*from))) {
    return;
  }
  out.push_back({path, from != nullptr ? std::optional(*from) : std::nullopt,
                 to != nullptr ? std::optional(*to) : std::nullopt});
}

// Plain words as they are, everything else as JSON, which escapes what a terminal would obey.
std::string value_text(const std::optional<json::value>& value) {
  if (!value) {
    return "-";
  }
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != ',';
  };
  if (value->is_string() && !value->get_string().empty() &&
      std::ranges::all_of(value->get_string(), is_plain)) {
    return shorten(std::string_view(value->get_string()), kValueColumns);
  }
  return shorten(base::write_json(*value), kValueColumns);
}

template <class T>
Outcome<T> read_as(const ApiUrl& url, const json::value& answer) {
  auto read = base::decode<T>(answer);
  if (!read) {
    return std::unexpected(Failure{fmt::format(
        "{} answered something else than changes; is it a node of this version?", url.text)});
  }
  return *std::move(read);
}

}  // namespace

std::vector<FieldChange> changed_fields(const json::value& before, const json::value& after) {
  std::vector<FieldChange> out;
  collect_fields("", before.is_null() ? nullptr : &before, after.is_null() ? nullptr : &after, out);
  return out;
}

std::string fields_text(const json::value& before, const json::value& after) {
  std::vector<std::string> out;
  for (const FieldChange& field : changed_fields(before, after)) {
    if (before.is_null()) {
      out.push_back(fmt::format("{} {}", field.path, value_text(field.to)));
    } else if (!after.is_null()) {
      out.push_back(
          fmt::format("{} {} -> {}", field.path, value_text(field.from), value_text(field.to)));
    }
  }
  return fmt::to_string(fmt::join(out, ", "));
}

std::string differences_text(const std::vector<DifferenceInfo>& differences, const Paint& paint) {
  std::string out;
  for (const DifferenceInfo& one : differences) {
    const bool is_new = one.before.is_null();
    const bool is_gone = one.after.is_null();
    const Tone tone = is_new ? Tone::kGood : is_gone ? Tone::kBad : Tone::kWarning;
    out += paint(tone, fmt::format("{} {} {}",
                                   is_new    ? '+'
                                   : is_gone ? '-'
                                             : '~',
                                   one.table, shown_key(one.key))) +
           "\n";
    for (const FieldChange& field : changed_fields(one.before, one.after)) {
      const std::string path = paint(Tone::kDim, field.path);
      out += is_new    ? fmt::format("    {}: {}\n", path, value_text(field.to))
             : is_gone ? fmt::format("    {}: {}\n", path, value_text(field.from))
                       : fmt::format("    {}: {} -> {}\n", path, value_text(field.from),
                                     value_text(field.to));
    }
  }
  return out;
}

std::string shown_key(const std::string& key) {
  std::string out = key;
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '/');
  return out;
}

Option table_option(std::vector<std::string>& into) {
  std::vector<std::string> names;
  for (const auto& entry : base::kEnumNames<model::Table>) {
    names.emplace_back(entry.name.view());
  }
  return {.name = "--table",
          .about = "Only of this table, as services; may be given more than once",
          .into = &into,
          .shown = "TABLE",
          .values = std::move(names)};
}

std::string table_query(const std::vector<std::string>& tables) {
  std::string out;
  for (const std::string& table : tables) {
    out += "&table=" + base::percent_encode(table);
  }
  return out;
}

Outcome<std::string> sent_moment(ApiSession& session, const std::string& text) {
  const auto moment = base::parse_moment(text, session.wall_now());
  if (!moment) {
    return std::unexpected(
        Failure{fmt::format("'{}': {}", text, moment.error().what), kUsageError});
  }
  return base::percent_encode(base::format_moment(*moment));
}

Outcome<ChangesPage> read_changes(const ApiUrl& url, const json::value& answer) {
  return read_as<ChangesPage>(url, answer);
}

Outcome<DiffInfo> read_diff(const ApiUrl& url, const json::value& answer) {
  return read_as<DiffInfo>(url, answer);
}

}  // namespace weft::cli
