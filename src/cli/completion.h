// Completion scripts for shells, made from the commands that exist.
#pragma once

#include "cli/command.h"

#include <optional>
#include <string>
#include <string_view>

namespace weft::cli {

// A script for the program. Commands, options and fixed values stand in it; names of services and
// instances it asks from the running node, by the program as it was typed and its
// `completion-names`. Thread: any; pure.
std::string bash_completion(const Command& program);
std::string zsh_completion(const Command& program);
std::string fish_completion(const Command& program);

// Returns: the script for "bash", "zsh" or "fish", nullopt for another shell.
std::optional<std::string> completion_script(std::string_view shell, const Command& program);

}  // namespace weft::cli
