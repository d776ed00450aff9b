#include "cli/completion_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weft::cli {

std::string place_of(std::string_view path) { return path.empty() ? "" : " " + std::string(path); }

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::string quoted_places(const CommandWords& tree, std::string_view separator) {
  std::vector<std::string> places;
  for (const CommandWords* command : all_commands(tree)) {
    if (!command->path.empty()) {
      places.push_back(shell_quoted(place_of(command->path)));
    }
  }
  return fmt::format("{}", fmt::join(places, separator));
}

std::vector<std::string> words_at(const CommandWords& command) {
  std::vector<std::string> words;
  words.reserve(command.commands.size());
  for (const CommandWords& below : command.commands) {
    words.push_back(below.name);
  }
  for (const OptionWords& option : command.options) {
    const auto& list = option.names.empty() ? option.values : option.names;
    words.insert(words.end(), list.begin(), list.end());
  }
  return words;
}

std::string_view names_asked(ValueKind kind) {
  return kind == ValueKind::kService ? "services" : kind == ValueKind::kInstance ? "instances" : "";
}

std::string_view names_at(const CommandWords& command) {
  for (const OptionWords& option : command.options) {
    if (option.names.empty()) {
      return names_asked(option.kind);
    }
  }
  return "";
}

std::vector<ValuePattern> value_patterns(const CommandWords& tree) {
  std::vector<ValuePattern> out;
  for (const CommandWords* command : all_commands(tree)) {
    for (const OptionWords& option : command->options) {
      if (!option.takes_value || option.names.empty()) {
        continue;
      }
      std::vector<std::string> patterns;
      patterns.reserve(option.names.size());
      for (const std::string& name : option.names) {
        patterns.push_back(shell_quoted(place_of(command->path) + " " + name));
      }
      out.push_back({fmt::format("{}", fmt::join(patterns, "|")), option.values, option.kind});
    }
  }
  return out;
}

}  // namespace weft::cli
