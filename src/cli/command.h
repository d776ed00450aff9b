// The commands of a program as plain values: what each is called, what it takes and where that
// goes, what it does. One description, many readers: parse.h reads a command line by it,
// completion.h writes scripts from it. Start reading at Command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::cli {

// What a completion script offers for a value: nothing, files, names of services from the running
// node, the same and ids of instances, keys of its key-value store.
enum class ValueKind : std::uint8_t { kFree, kFile, kService, kInstance, kKey };

// Where a value goes. An option into a bool is a flag and takes none; one into a vector may be
// given more than once.
using Target = std::variant<bool*, std::string*, std::vector<std::string>*, std::uint16_t*,
                            std::optional<std::uint16_t>*, std::size_t*>;

// Says what is wrong with a value, in words that fit behind "--port: "; "" when nothing is.
using ValueCheck = std::function<std::string(const std::string&)>;

struct Option {
  std::string name;             // "--url"; without dashes it is an argument, known by its place
  std::string short_name = {};  // "-h"
  std::string about;
  Target into = {};        // borrowed; what Command::run owns
  std::string shown = {};  // of its value in the help, all of it: "NAME (required)"
  bool required = false;
  bool several_at_once = false;          // a vector takes several values behind one name
  std::string environment = {};          // the variable that is read when it is not given
  ValueKind kind = {};                   // of a value that is not one of `values`
  std::vector<std::string> values = {};  // all there are; empty: anything
  ValueCheck check = {};                 // empty: anything that fits the target
  // Names of options it is only given with, and of those it is never given with.
  std::vector<std::string> needs = {};
  std::vector<std::string> excludes = {};

  bool is_argument() const { return !name.starts_with('-'); }
  bool takes_value() const { return !std::holds_alternative<bool*>(into); }
  std::vector<std::string> names() const;  // "--help", "-h"; none of an argument
};

struct Command {
  std::string name;
  std::string about;
  std::vector<Option> options = {};    // of its own, see options_of()
  std::vector<Command> commands = {};  // below it, in the order of the help
  std::string footer = {};             // ends the help
  std::string version = {};            // what --version prints; empty: it has no such option
  bool is_hidden = false;              // not for people: neither listed, completed nor suggested
  // Called when the options are read; owns what they point into. Returns: the exit code. Empty: one
  // of `commands` must be named.
  std::function<int(const Command& program)> run = {};
};

// What every command takes, and what one with a version takes; they end the parse and have no
// target.
Option help_option();
Option version_option();

// All a command takes: the two above where they belong, then its own.
std::vector<Option> options_of(const Command& command);

void add_options(Command& command, std::vector<Option> more);

// The command of this name right below `command`, hidden or not; null when there is none.
const Command* find_command(const Command& command, std::string_view name);

// The commands right below `command` but hidden ones, and their names. Lifetime: the command's.
std::vector<const Command*> commands_of(const Command& command);
std::vector<std::string> command_names(const Command& command);

// A command and the words that lead to it behind the program's name: "", "config", "config check".
struct PlacedCommand {
  std::string path;
  const Command* command;
};

// The program and everything below it but hidden commands, parents first. Lifetime: the program's.
std::vector<PlacedCommand> all_commands(const Command& program);

}  // namespace weft::cli
