#include "cli/command.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weft::cli {
namespace {

void collect(const Command& command, const std::string& path, std::vector<PlacedCommand>& out) {
  out.push_back({path, &command});
  for (const Command* below : commands_of(command)) {
    collect(*below, path.empty() ? below->name : path + " " + below->name, out);
  }
}

}  // namespace

std::vector<std::string> Option::names() const {
  if (is_argument()) {
    return {};
  }
  return short_name.empty() ? std::vector{name} : std::vector{name, short_name};
}

Option help_option() {
  return {.name = "--help", .short_name = "-h", .about = "Print this help message and exit"};
}

Option version_option() { return {.name = "--version", .about = "Print the version"}; }

std::vector<Option> options_of(const Command& command) {
  std::vector<Option> options{help_option()};
  if (!command.version.empty()) {
    options.push_back(version_option());
  }
  options.insert(options.end(), command.options.begin(), command.options.end());
  return options;
}

void add_options(Command& command, std::vector<Option> more) {
  std::ranges::move(more, std::back_inserter(command.options));
}

const Command* find_command(const Command& command, std::string_view name) {
  const auto found = std::ranges::find(command.commands, name, &Command::name);
  return found == command.commands.end() ? nullptr : &*found;
}

std::vector<const Command*> commands_of(const Command& command) {
  std::vector<const Command*> out;
  for (const Command& below : command.commands) {
    if (!below.is_hidden) {
      out.push_back(&below);
    }
  }
  return out;
}

std::vector<std::string> command_names(const Command& command) {
  std::vector<std::string> names;
  for (const Command* below : commands_of(command)) {
    names.push_back(below->name);
  }
  return names;
}

std::vector<PlacedCommand> all_commands(const Command& program) {
  std::vector<PlacedCommand> out;
  collect(program, "", out);
  return out;
}

}  // namespace weft::cli
