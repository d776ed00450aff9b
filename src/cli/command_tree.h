// The subcommands and options of a program as plain values: what completion scripts and suggestions
// are made from.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::cli {

// Type names of options whose values a completion script can offer.
inline constexpr const char* kFileType = "FILE";
inline constexpr const char* kServiceType = "SERVICE";    // a name from the running node
inline constexpr const char* kInstanceType = "INSTANCE";  // the same, or an instance's id

enum class ValueKind : std::uint8_t { kFree, kFile, kService, kInstance };

struct OptionWords {
  std::vector<std::string> names;  // "--url", "-u"; empty: an argument without a name
  std::string about;
  bool takes_value = false;
  std::vector<std::string> values;  // all there are; empty: anything
  ValueKind kind = ValueKind::kFree;
};

struct CommandWords {
  std::string path;  // "", "config", "config check"
  std::string name;
  std::string about;
  std::vector<OptionWords> options;
  std::vector<CommandWords> commands;
};

// Thread: any; pure.
CommandWords command_tree(const CLI::App& app);

// The command and everything below it, parents first. Lifetime: the tree's.
std::vector<const CommandWords*> all_commands(const CommandWords& tree);

}  // namespace weft::cli
