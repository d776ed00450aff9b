// What the three completion scripts share. A script remembers where on the command line it is as a
// place: the words of the command so far, a space before each: " config check".
#pragma once

#include "cli/command.h"

#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// The place of a command by its path; "" is the program itself.
std::string place_of(std::string_view path);

// 'text' for bash and zsh, a quote in it as '\''.
std::string shell_quoted(std::string_view text);

// The words with a space between.
std::string joined(const std::vector<std::string>& words);

// The places of all commands but the program itself, quoted, with `separator` between.
std::string quoted_places(const Command& program, std::string_view separator);

// What may stand at a place: its commands, options and the values of its argument.
std::vector<std::string> words_at(const Command& command);

// What `completion-names` is asked for: "services", "instances" or "keys", "" for other kinds.
std::string_view names_asked(ValueKind kind);

// The same for the argument of a command, "" when it has none from a running node.
std::string_view names_at(const Command& command);

// Options that take a value: the patterns "place --option", quoted, with | between, and the values.
struct ValuePattern {
  std::string pattern;
  std::vector<std::string> values;  // all there are; empty: see kind
  ValueKind kind = ValueKind::kFree;
};
std::vector<ValuePattern> value_patterns(const Command& program);

}  // namespace weft::cli
