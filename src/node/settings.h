// What a node is told at start: defaults, then the file, then the environment. Intent (services,
// routes, policies) is not here; it arrives at run time. settings.def is the table.
#pragma once

#include "api/consul/acl.h"
#include "base/limits.h"
#include "node/setting_types.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// Is an optional part that is named by a text left out? Empty or "off".
bool is_off(std::string_view text);

struct Settings {
#define WEFT_SETTING(key, member, type, fallback, env, when, what, minimum, maximum) type member{};
#include "node/settings.def"
#undef WEFT_SETTING
  base::Limits limits;                        // limits.<name>, the rows of base/limits.h
  std::vector<api::consul::AclToken> tokens;  // security.tokens (token_settings.h)
};

enum class SettingWhen : std::uint8_t { kStart, kReload };
enum class SettingSource : std::uint8_t { kDefault, kFile, kEnvironment };

// One row of the table: of settings.def, or of base/limits.h. Lifetime: static.
struct SettingFacts {
  std::string_view key;
  std::string_view type;
  std::string_view fallback;
  std::string_view env;
  SettingWhen when;
  std::string_view what;
  std::string_view minimum;  // as text; "": the type says what is allowed
  std::string_view maximum;
};
std::span<const SettingFacts> setting_table();

// "100ms to 1h", "" without a range.
std::string range_text(const SettingFacts& facts);

// What people may see of a value: a password is ***. Thread: any; pure.
std::string shown_value(const SettingFacts& facts, std::string_view text);

// What was read, and what there is to say about it.
struct LoadedSettings {
  Settings settings;
  struct Value {
    std::string text;
    SettingSource source = SettingSource::kDefault;
  };
  std::map<std::string, Value, std::less<>> values;  // effective, by key
  std::vector<std::string> warnings;                 // unknown keys, with their path
  std::vector<std::string> without_effect;  // keys and variables whose part does not exist yet
};

// Every bad value, or what is wrong with the file: the key or variable, and what would be good.
struct SettingError {
  std::vector<std::string> lines;  // not empty
};

// A setting whose effective text is another one than before. Lifetime: the names are static.
struct SettingChange {
  std::string_view key;
  SettingWhen when;
  std::string from;
  std::string to;
};
// In the order of the table. Thread: any; pure.
std::vector<SettingChange> changed_settings(const LoadedSettings& before,
                                            const LoadedSettings& after);

using Environment = std::function<std::optional<std::string>(std::string_view)>;

// `file` are the flattened keys of a config file (settings_file.h).
// SERVICE_MESH_PORT, PORT and HOST shape the control listener unless WEFT_CONTROL_LISTEN is set
// (contract/README.md "Listeners").
std::expected<LoadedSettings, SettingError> load_settings(
    const std::map<std::string, std::string>& file, const Environment& environment);

// The limits alone, as the environment sets them: for commands without a file.
std::expected<base::Limits, SettingError> load_limits(const Environment& environment);

}  // namespace weft::node
