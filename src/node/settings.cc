#include "node/settings.h"

#include "base/text.h"

#include <fmt/format.h>

#include <array>

namespace weft::node {
namespace {

using base::Result;

constexpr std::array kTable{
#define WEFT_SETTING(key, member, type, fallback, env, when, what) \
  SettingFacts{key, #type, fallback, env, SettingWhen::when, what},
#include "node/settings.def"
#undef WEFT_SETTING
};

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

}  // namespace

bool is_off(std::string_view text) { return text.empty() || text == "off"; }

std::span<const SettingFacts> setting_table() { return kTable; }

std::expected<LoadedSettings, SettingError> load_settings(
    const std::map<std::string, std::string>& file, const Environment& environment) {
  LoadedSettings out;
  for (const SettingFacts& facts : kTable) {
    const std::string key(facts.key);
    LoadedSettings::Value value{std::string(facts.fallback), SettingSource::kDefault};
    std::string named = key;
    if (const auto in_file = file.find(key); in_file != file.end()) {
      value = {in_file->second, SettingSource::kFile};
    }
    auto found = from_environment(facts.env, environment);
    if (!found && key == "listeners.control") {
      found = control_from_seed_variables(environment, value.text);
    }
    if (found) {
      named = found->name;
      value = {std::move(found->value), SettingSource::kEnvironment};
    }
    if (const auto set = assign(out.settings, key, value.text); !set) {
      return std::unexpected(
          SettingError{fmt::format("{}: \"{}\": {}", named, value.text, set.error().what)});
    }
    out.values.emplace(key, std::move(value));
  }
  for (const auto& [key, text] : file) {
    if (!out.values.contains(key)) {
      out.warnings.push_back(fmt::format("unknown setting {}", key));
    }
  }
  return out;
}

}  // namespace weft::node
