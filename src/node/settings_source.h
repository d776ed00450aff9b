// The settings a command of this binary starts with: its config file and its environment.
#pragma once

#include "cli/command.h"
#include "node/settings.h"

#include <expected>
#include <string>

namespace weft::node {

// The named file must exist; the default one, config/config.yaml, may be missing ("").
// Thread: any; reads a file.
std::expected<LoadedSettings, SettingError> read_settings(const std::string& named_file);

// One line for a start that failed; `weft config check` shows all of them.
std::string first_of(const SettingError& error);

// --config, for such a command. Lifetime: `into` outlives the option.
cli::Option config_option(std::string& into);

}  // namespace weft::node
