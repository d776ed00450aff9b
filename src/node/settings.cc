#include "node/settings.h"

#include "base/text.h"

#include <fmt/format.h>

#include <array>

namespace weft::node {
namespace {

using base::Result;

constexpr std::array kOwnTable{
#define WEFT_SETTING(key, member, type, fallback, env, when, what) \
  SettingFacts{key, #type, fallback, env, SettingWhen::when, what},
#include "node/settings.def"
#undef WEFT_SETTING
};

// The texts of one limit's row, made from the table of base/limits.h.
struct LimitRow {
  explicit LimitRow(const base::LimitFacts& facts)
      : limit(facts.limit),
        key(fmt::format("limits.{}", facts.name)),
        fallback(fmt::to_string(facts.fallback)),
        env("WEFT_LIMITS_"),
        what(fmt::format("{} ({} to {} {})", facts.what, facts.least, facts.most, facts.unit)) {
    for (const char c : facts.name) {
      env += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }

  base::Limit limit;
  std::string key;
  std::string fallback;
  std::string env;
  std::string what;
};

const std::vector<LimitRow>& limit_rows() {
  static const std::vector<LimitRow> kRows(base::kLimitTable.begin(), base::kLimitTable.end());
  return kRows;
}

std::vector<SettingFacts> whole_table() {
  std::vector<SettingFacts> table(kOwnTable.begin(), kOwnTable.end());
  for (const LimitRow& row : limit_rows()) {
    table.push_back({row.key, "limit", row.fallback, row.env, SettingWhen::kStart, row.what});
  }
  return table;
}

Result<void> parse_value(std::string_view text, std::string& out) {
  out = text;
  return {};
}

Result<void> parse_value(std::string_view text, bool& out) {
  if (text != "true" && text != "false") {
    return base::fail(base::Code::kInvalid, "expected true or false");
  }
  out = text == "true";
  return {};
}

Result<void> parse_value(std::string_view text, std::uint64_t& out) {
  const auto number = base::parse_u64(text);
  if (!number || *number > 1'000'000'000) {
    return base::fail(base::Code::kInvalid, "expected a whole number");
  }
  out = *number;
  return {};
}

Result<void> parse_value(std::string_view text, base::Nanos& out) {
  WEFT_TRY(out, base::parse_duration(text));
  return {};
}

Result<void> parse_value(std::string_view text, io::DriverKind& out) {
  WEFT_TRY(out, io::parse_driver_kind(text));
  return {};
}

Result<void> parse_value(std::string_view text, base::LogLevel& out) {
  const std::string name = base::to_lower(text);
  if (name == "debug") {
    out = base::LogLevel::kDebug;
  } else if (name == "info") {
    out = base::LogLevel::kInfo;
  } else if (name == "warning" || name == "warn") {
    out = base::LogLevel::kWarning;
  } else if (name == "error") {
    out = base::LogLevel::kError;
  } else {
    return base::fail(base::Code::kInvalid, "expected debug, info, warning or error");
  }
  return {};
}

Result<void> parse_value(std::string_view text, base::LogFormat& out) {
  if (text != "text" && text != "json") {
    return base::fail(base::Code::kInvalid, "expected text or json");
  }
  out = text == "json" ? base::LogFormat::kJson : base::LogFormat::kText;
  return {};
}

Result<void> parse_value(std::string_view text, ListenAddresses& out) {
  out.list.clear();
  if (text == "off") {
    return {};
  }
  for (const std::string_view piece : base::split(text, ',')) {
    WEFT_TRY(auto address, base::parse_socket_address(piece));
    out.list.push_back(std::move(address));
  }
  if (out.list.empty()) {
    return base::fail(base::Code::kInvalid, "expected host:port, a comma list of them, or off");
  }
  return {};
}

// Puts one value into its member. Returns: kNotFound for a key that is not in the table.
Result<void> assign(Settings& settings, std::string_view key, std::string_view text) {
#define WEFT_SETTING(name, member, type, fallback, env, when, what) \
  if (key == (name)) {                                              \
    return parse_value(text, settings.member);                      \
  }
#include "node/settings.def"
#undef WEFT_SETTING
  return base::fail(base::Code::kNotFound, "no such setting");
}

// Returns: nullopt for a text that is no number within the bounds of the limit.
std::optional<std::uint64_t> parse_limit(base::Limit limit, std::string_view text) {
  const base::LimitFacts& facts = base::facts_of(limit);
  const auto number = base::parse_u64(text);
  if (!number || *number < facts.least || *number > facts.most) {
    return std::nullopt;
  }
  return *number;
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

// What is in effect for one row, and the name under which it was set.
struct Effective {
  std::string named;
  LoadedSettings::Value value;
};

Effective effective_value(const SettingFacts& facts, const std::map<std::string, std::string>& file,
                          const Environment& environment) {
  const std::string key(facts.key);
  Effective out{key, {std::string(facts.fallback), SettingSource::kDefault}};
  if (const auto in_file = file.find(key); in_file != file.end()) {
    out.value = {in_file->second, SettingSource::kFile};
  }
  auto found = from_environment(facts.env, environment);
  if (!found && key == "listeners.control") {
    found = control_from_seed_variables(environment, out.value.text);
  }
  if (found) {
    out = {found->name, {std::move(found->value), SettingSource::kEnvironment}};
  }
  return out;
}

SettingError bad_value(const Effective& effective, std::string_view what) {
  return {fmt::format("{}: \"{}\": {}", effective.named, effective.value.text, what)};
}

using File = std::map<std::string, std::string>;

std::expected<void, SettingError> load_own(LoadedSettings& out, const File& file,
                                           const Environment& environment) {
  for (const SettingFacts& facts : kOwnTable) {
    Effective effective = effective_value(facts, file, environment);
    if (const auto set = assign(out.settings, facts.key, effective.value.text); !set) {
      return std::unexpected(bad_value(effective, set.error().what));
    }
    out.values.emplace(facts.key, std::move(effective.value));
  }
  return {};
}

std::expected<void, SettingError> load_limits_into(LoadedSettings& out, const File& file,
                                                   const Environment& environment) {
  for (const LimitRow& row : limit_rows()) {
    const SettingFacts facts{row.key, "limit", row.fallback, row.env, SettingWhen::kStart,
                             row.what};
    Effective effective = effective_value(facts, file, environment);
    const auto number = parse_limit(row.limit, effective.value.text);
    if (!number) {
      const base::LimitFacts& bounds = base::facts_of(row.limit);
      return std::unexpected(
          bad_value(effective, fmt::format("expected a whole number from {} to {} ({})",
                                           bounds.least, bounds.most, bounds.unit)));
    }
    out.settings.limits.set(row.limit, *number);
    out.values.emplace(row.key, std::move(effective.value));
  }
  return {};
}

}  // namespace

bool is_off(std::string_view text) { return text.empty() || text == "off"; }

std::span<const SettingFacts> setting_table() {
  static const std::vector<SettingFacts> kTable = whole_table();
  return kTable;
}

std::expected<LoadedSettings, SettingError> load_settings(const File& file,
                                                          const Environment& environment) {
  LoadedSettings out;
  if (const auto loaded = load_own(out, file, environment); !loaded) {
    return std::unexpected(loaded.error());
  }
  if (const auto loaded = load_limits_into(out, file, environment); !loaded) {
    return std::unexpected(loaded.error());
  }
  for (const auto& [key, text] : file) {
    if (!out.values.contains(key)) {
      out.warnings.push_back(fmt::format("unknown setting {}", key));
    }
  }
  return out;
}

std::expected<base::Limits, SettingError> load_limits(const Environment& environment) {
  LoadedSettings out;
  if (const auto loaded = load_limits_into(out, {}, environment); !loaded) {
    return std::unexpected(loaded.error());
  }
  return out.settings.limits;
}

}  // namespace weft::node
