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

std::string quoted_places(const Command& program, std::string_view separator) {
  std::vector<std::string> places;
  for (const PlacedCommand& at : all_commands(program)) {
    if (!at.path.empty()) {
      places.push_back(shell_quoted(place_of(at.path)));
    }
  }
  return fmt::format("{}", fmt::join(places, separator));
}

std::vector<std::string> words_at(const Command& command) {
  std::vector<std::string> words = command_names(command);
  for (const Option& option : options_of(command)) {
    const std::vector<std::string> list = option.is_argument() ? option.values : option.names();
    words.insert(words.end(), list.begin(), list.end());
  }
  return words;
}

std::string_view names_asked(ValueKind kind) {
  switch (kind) {
    case ValueKind::kService:
      return "services";
    case ValueKind::kInstance:
      return "instances";
    case ValueKind::kKey:
      return "keys";
    case ValueKind::kFree:
    case ValueKind::kFile:
      break;
  }
  return "";
}

std::string_view names_at(const Command& command) {
  for (const Option& option : command.options) {
    if (option.is_argument()) {
      return names_asked(option.kind);
    }
  }
  return "";
}

std::vector<ValuePattern> value_patterns(const Command& program) {
  std::vector<ValuePattern> out;
  for (const PlacedCommand& at : all_commands(program)) {
    for (const Option& option : options_of(*at.command)) {
      if (!option.takes_value() || option.is_argument()) {
        continue;
      }
      std::vector<std::string> patterns;
      for (const std::string& name : option.names()) {
        patterns.push_back(shell_quoted(place_of(at.path) + " " + name));
      }
      out.push_back({fmt::format("{}", fmt::join(patterns, "|")), option.values, option.kind});
    }
  }
  return out;
}

}  // namespace weft::cli
