#include "node/settings.h"

#include "base/text.h"
#include "node/token_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <concepts>

namespace weft::node {
namespace {

using base::Result;

constexpr std::array kOwnTable{
#define WEFT_SETTING(key, member, type, fallback, env, when, what, minimum, maximum) \
  SettingFacts{key, #type, fallback, env, SettingWhen::when, what, minimum, maximum},
#include "node/settings.def"
#undef WEFT_SETTING
};

constexpr std::array kLaterTable{
#define WEFT_SETTING_LATER(key, type, env, minimum, maximum) \
  SettingFacts{key, #type, "", env, SettingWhen::kStart, "", minimum, maximum},
#include "node/settings_later.def"
#undef WEFT_SETTING_LATER
};

// The texts of one limit's row, made from the table of base/limits.h.
struct LimitRow {
  explicit LimitRow(const base::LimitFacts& facts)
      : limit(facts.limit),
        key(fmt::format("limits.{}", facts.name)),
        fallback(fmt::to_string(facts.fallback)),
        env("WEFT_LIMITS_"),
        what(fmt::format("{} ({})", facts.what, facts.unit)),
        least(fmt::to_string(facts.least)),
        most(fmt::to_string(facts.most)) {
    for (const char c : facts.name) {
      env += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  SettingFacts facts() const {
    return {key, "limit", fallback, env, SettingWhen::kStart, what, least, most};
  }

  base::Limit limit;
  std::string key;
  std::string fallback;
  std::string env;
  std::string what;
  std::string least;
  std::string most;
};

const std::vector<LimitRow>& limit_rows() {
  static const std::vector<LimitRow> kRows(base::kLimitTable.begin(), base::kLimitTable.end());
  return kRows;
}

std::vector<SettingFacts> whole_table() {
  std::vector<SettingFacts> table(kOwnTable.begin(), kOwnTable.end());
  for (const LimitRow& row : limit_rows()) {
    table.push_back(row.facts());
  }
  return table;
}

// Roles that listen once their part exists; until then they are taken with a note.
constexpr std::array<std::string_view, 6> kLaterRoles{"listeners.proxy_tls", "listeners.admin",
                                                      "listeners.monitor",   "listeners.amqp",
                                                      "listeners.bus_admin", "listeners.redis"};

// Reads `text` and holds it against the limits, where there are any.
template <class T>
Result<void> parse_within(std::string_view text, std::string_view minimum, std::string_view maximum,
                          T& out) {
  WEFT_TRY_VOID(parse_value(text, out));
  if constexpr (std::totally_ordered<T>) {
    if (!minimum.empty()) {
      T least{};
      T most{};
      WEFT_TRY_VOID(parse_value(minimum, least));
      WEFT_TRY_VOID(parse_value(maximum, most));
      if (out < least || out > most) {
        return base::fail(base::Code::kInvalid, "out of range");
      }
    }
  }
  return {};
}

// Puts one value into its member. Returns: kNotFound for a key that is not in the table.
Result<void> assign(Settings& settings, std::string_view key, std::string_view text) {
#define WEFT_SETTING(name, member, type, fallback, env, when, what, minimum, maximum) \
  if (key == (name)) {                                                                \
    return parse_within(text, minimum, maximum, settings.member);                     \
  }
#include "node/settings.def"
#undef WEFT_SETTING
  return base::fail(base::Code::kNotFound, "no such setting");
}

// The same for a setting that has no member yet.
Result<void> check_later(std::string_view key, std::string_view text) {
#define WEFT_SETTING_LATER(name, type, env, minimum, maximum) \
  if (key == (name)) {                                        \
    type unused{};                                            \
    return parse_within(text, minimum, maximum, unused);      \
  }
#include "node/settings_later.def"
#undef WEFT_SETTING_LATER
  return base::fail(base::Code::kNotFound, "no such setting");
}

struct Found {
  std::string name;
  std::string value;
};

std::optional<Found> from_environment(std::string_view names, const Environment& environment) {
  for (const std::string_view name : base::split(names, ',')) {
    if (auto value = environment(name)) {
      return Found{std::string(name), std::move(*value)};
    }
  }
  return std::nullopt;
}

// The seeds' variables that shape the control listener; WEFT_CONTROL_LISTEN wins over them.
std::optional<Found> control_from_seed_variables(const Environment& environment,
                                                 const std::string& configured) {
  const auto port = from_environment("SERVICE_MESH_PORT,PORT", environment);
  const auto host = environment("HOST");
  if (!port && !host) {
    return std::nullopt;
  }
  const std::size_t colon = configured.rfind(':');
  const std::string old_host = configured.substr(0, colon);
  const std::string old_port = colon == std::string::npos ? "8000" : configured.substr(colon + 1);
  return Found{port ? port->name : "HOST",
               fmt::format("{}:{}", host.value_or(old_host), port ? port->value : old_port)};
}

// A value and the name it was given by: its key or a variable.
struct Given {
  std::string named;
  LoadedSettings::Value value;
};

Given given(const SettingFacts& facts, const std::map<std::string, std::string>& file,
            const Environment& environment) {
  const std::string key(facts.key);
  Given out{key, {std::string(facts.fallback), SettingSource::kDefault}};
  if (const auto in_file = file.find(key); in_file != file.end()) {
    out.value = {in_file->second, SettingSource::kFile};
  }
  auto found = from_environment(facts.env, environment);
  if (!found && key == "listeners.control") {
    found = control_from_seed_variables(environment, out.value.text);
  }
  if (found) {
    out = {std::move(found->name), {std::move(found->value), SettingSource::kEnvironment}};
  }
  return out;
}

std::string refusal(const Given& given, const SettingFacts& facts, const base::Error& error) {
  const std::string range = range_text(facts);
  return fmt::format("{}: \"{}\": {}{}", given.named, shown_value(facts, given.value.text),
                     error.what, range.empty() ? "" : "; allowed is " + range);
}

using File = std::map<std::string, std::string>;

void load_limits_into(const File& file, const Environment& environment, LoadedSettings& out,
                      SettingError& errors) {
  for (const LimitRow& row : limit_rows()) {
    const SettingFacts facts = row.facts();
    Given found = given(facts, file, environment);
    std::uint64_t number = 0;
    if (const auto read = parse_within(found.value.text, facts.minimum, facts.maximum, number);
        !read) {
      errors.lines.push_back(refusal(found, facts, read.error()));
    }
    out.settings.limits.set(row.limit, number);
    out.values.emplace(facts.key, std::move(found.value));
  }
}

// Settings without an effect: those of parts that do not exist yet.
void load_later(const std::map<std::string, std::string>& file, const Environment& environment,
                LoadedSettings& out, SettingError& errors) {
  for (const SettingFacts& facts : kLaterTable) {
    const Given found = given(facts, file, environment);
    if (found.value.source == SettingSource::kDefault) {
      continue;
    }
    if (const auto checked = check_later(facts.key, found.value.text); !checked) {
      errors.lines.push_back(refusal(found, facts, checked.error()));
    }
    out.without_effect.push_back(found.named);
  }
  for (const std::string_view role : kLaterRoles) {
    const auto& value = out.values.find(role)->second;
    if (value.source != SettingSource::kDefault && value.text != "off") {
      out.without_effect.emplace_back(role);
    }
  }
}

bool is_known(std::string_view key) {
  const auto has_key = [key](const SettingFacts& facts) { return facts.key == key; };
  return std::ranges::any_of(setting_table(), has_key) || std::ranges::any_of(kLaterTable, has_key);
}

}  // namespace

bool is_off(std::string_view text) { return text.empty() || text == "off"; }

std::span<const SettingFacts> setting_table() {
  static const std::vector<SettingFacts> kTable = whole_table();
  return kTable;
}

std::string range_text(const SettingFacts& facts) {
  return facts.minimum.empty() ? "" : fmt::format("{} to {}", facts.minimum, facts.maximum);
}

std::string shown_value(const SettingFacts& facts, std::string_view text) {
  if (facts.type == "Secret") {
    return std::string(text.empty() ? "" : kSecretShown);
  }
  return facts.type == "DatabaseUrl" ? without_password(text) : std::string(text);
}

std::vector<SettingChange> changed_settings(const LoadedSettings& before,
                                            const LoadedSettings& after) {
  std::vector<SettingChange> out;
  for (const SettingFacts& facts : setting_table()) {
    const std::string& from = before.values.find(facts.key)->second.text;
    const std::string& to = after.values.find(facts.key)->second.text;
    if (from != to) {
      out.push_back({facts.key, facts.when, shown_value(facts, from), shown_value(facts, to)});
    }
  }
  return out;
}

namespace {

// A map in the file, flattened by its keys, is the text it stands for.
// Source: contract/consul.md §8 (dns.service_ttl).
void join_map(File& file, std::string_view key) {
  const std::string map = std::string(key) + ".";
  std::string joined;
  for (auto entry = file.lower_bound(map); entry != file.end() && entry->first.starts_with(map);
       entry = file.erase(entry)) {
    joined += joined.empty() ? "" : ",";
    joined += entry->first.substr(map.size()) + "=" + entry->second;
  }
  if (!joined.empty()) {
    file.insert_or_assign(std::string(key), joined);
  }
}

// Who may come in, and what of it does not work yet or cannot.
void load_tokens(File& file, const Environment& environment, LoadedSettings& out,
                 SettingError& errors) {
  const std::size_t errors_before = errors.lines.size();
  out.settings.tokens = take_tokens(file, environment, errors);
  const bool is_protected = out.settings.protect.has("consul");
  if (is_protected && out.settings.tokens.empty() && errors.lines.size() == errors_before) {
    errors.lines.emplace_back(
        "security.protect: nobody could use Consul's API; give WEFT_MANAGEMENT_TOKEN or "
        "security.tokens");
  }
  if (!is_protected && !out.settings.tokens.empty()) {
    out.warnings.emplace_back(
        "security.tokens: nobody is asked for them, for security.protect does not name consul");
  }
  if (out.values.find("security.protect")->second.source == SettingSource::kDefault) {
    return;
  }
  for (const std::string& family : out.settings.protect.list) {
    if (family != "consul") {
      out.without_effect.push_back("security.protect: " + family);
    }
  }
}

}  // namespace

std::expected<LoadedSettings, SettingError> load_settings(
    const std::map<std::string, std::string>& given_file, const Environment& environment) {
  File file = given_file;
  join_map(file, "dns.service_ttl");
  join_map(file, "cluster.wan_peers");
  LoadedSettings out;
  SettingError errors;
  for (const SettingFacts& facts : kOwnTable) {
    Given found = given(facts, file, environment);
    if (const auto set = assign(out.settings, facts.key, found.value.text); !set) {
      errors.lines.push_back(refusal(found, facts, set.error()));
    }
    out.values.emplace(facts.key, std::move(found.value));
  }
  load_tokens(file, environment, out, errors);
  load_limits_into(file, environment, out, errors);
  load_later(file, environment, out, errors);
  for (const auto& [key, text] : file) {
    if (!is_known(key)) {
      out.warnings.push_back(fmt::format("unknown setting {}", key));
    }
  }
  if (!errors.lines.empty()) {
    return std::unexpected(std::move(errors));
  }
  return out;
}

std::expected<base::Limits, SettingError> load_limits(const Environment& environment) {
  LoadedSettings out;
  SettingError errors;
  load_limits_into({}, environment, out, errors);
  if (!errors.lines.empty()) {
    return std::unexpected(std::move(errors));
  }
  return out.settings.limits;
}

}  // namespace weft::node
