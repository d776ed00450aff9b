// What a node is told at start: defaults, then the file, then the environment. Intent (services,
// routes, policies) is not here; it arrives at run time. settings.def is the table.
#pragma once

#include "base/address.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "io/driver.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// "off" is an empty list.
struct ListenAddresses {
  std::vector<base::SocketAddress> list;
  bool is_off() const { return list.empty(); }
};

// Is an optional part that is named by a text left out? Empty or "off".
bool is_off(std::string_view text);

struct Settings {
#define WEFT_SETTING(key, member, type, fallback, env, when, what) type member{};
#include "node/settings.def"
#undef WEFT_SETTING
  base::Limits limits;  // limits.<name>, the rows of base/limits.h
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
};
std::span<const SettingFacts> setting_table();

// What was read, and what there is to say about it.
struct LoadedSettings {
  Settings settings;
  struct Value {
    std::string text;
    SettingSource source = SettingSource::kDefault;
  };
  std::map<std::string, Value, std::less<>> values;  // effective, by key
  std::vector<std::string> warnings;                 // unknown keys, with their path
};

// A bad value: the key or variable, and what would be good.
struct SettingError {
  std::string line;
};

using Environment = std::function<std::optional<std::string>(std::string_view)>;

// `file` are the flattened keys of a config file (settings_file.h).
// SERVICE_MESH_PORT, PORT and HOST shape the control listener unless WEFT_CONTROL_LISTEN is set
// (contract/README.md "Listeners").
std::expected<LoadedSettings, SettingError> load_settings(
    const std::map<std::string, std::string>& file, const Environment& environment);

// The limits alone, as the environment sets them: for commands without a file.
std::expected<base::Limits, SettingError> load_limits(const Environment& environment);

}  // namespace weft::node
