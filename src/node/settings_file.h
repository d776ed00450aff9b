// The config file: YAML with ${VAR} and ${VAR:-default}, flattened to dotted keys.
// Source: contract/apg.md §10.
#pragma once

#include "node/settings.h"

#include <expected>
#include <map>
#include <string>

namespace weft::node {

// The environment of this process.
std::optional<std::string> process_environment(std::string_view name);

// Errors: a file that cannot be read or parsed, with its name and line.
std::expected<std::map<std::string, std::string>, SettingError> read_settings_file(
    const std::string& path, const Environment& environment);

// Parses the text of a file. `name` is for messages.
std::expected<std::map<std::string, std::string>, SettingError> parse_settings_text(
    const std::string& text, const std::string& name, const Environment& environment);

}  // namespace weft::node
