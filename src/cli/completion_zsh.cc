#include "cli/completion.h"
#include "cli/completion_words.h"

#include <fmt/format.h>

namespace weft::cli {
namespace {

// {0} program, {1} places, {2} cases of values, {3} cases of words.
// Source: zshcompsys(1), _describe; the words before the cursor are words[2..CURRENT-1].
constexpr const char* kZshScript = R"sh(#compdef {0}
# zsh completion for {0}. Load it with: source <({0} completion zsh)
_{0}_names() {{
  local -a found
  found=(${{(f)"$("${{words[1]}}" completion-names "$1" 2>/dev/null)"}})
  (( $#found )) && compadd -- $found
}}
_{0}() {{
  local at='' asked='' i
  local -a names options
  for ((i = 2; i < CURRENT; i++)); do
    case "$at ${{words[i]}}" in
      ({1}) at="$at ${{words[i]}}" ;;
    esac
  done
  case "$at ${{words[CURRENT-1]}}" in
{2}    ('') ;;
  esac
  case "$at" in
{3}  esac
  [[ -n $asked && $PREFIX != -* ]] && _{0}_names $asked
  _describe -t commands command names
  _describe -o -t options option options
}}
if [[ $funcstack[1] == _{0} ]]; then
  _{0} "$@"
else
  compdef _{0} {0}
fi
)sh";

// 'word:about', as _describe reads it.
std::string described(std::string_view word, std::string_view about) {
  std::string name;
  for (const char c : word) {
    name += c == ':' ? std::string("\\:") : std::string(1, c);
  }
  return " " + shell_quoted(name + ":" + std::string(about));
}

std::string case_of(const PlacedCommand& at) {
  std::string names;
  std::string options;
  for (const Command* below : commands_of(*at.command)) {
    names += described(below->name, below->about);
  }
  for (const Option& option : options_of(*at.command)) {
    for (const std::string& name : option.names()) {
      options += described(name, option.about);
    }
    if (option.is_argument()) {
      for (const std::string& value : option.values) {
        names += described(value, option.about);
      }
    }
  }
  return fmt::format("    ({}) names=({} ) options=({} ) asked='{}' ;;\n",
                     shell_quoted(place_of(at.path)), names, options, names_at(*at.command));
}

// What is offered behind an option.
std::string zsh_value_line(const std::string& program, const ValuePattern& option) {
  std::string offer;
  if (!option.values.empty()) {
    offer = fmt::format("compadd -- {}; ", joined(option.values));
  } else if (option.kind == ValueKind::kFile) {
    offer = "_files; ";
  } else if (const auto asked = names_asked(option.kind); !asked.empty()) {
    offer = fmt::format("_{}_names {}; ", program, asked);
  }
  return fmt::format("    ({}) {}return ;;\n", option.pattern, offer);
}

}  // namespace

std::string zsh_completion(const Command& program) {
  std::string values;
  for (const ValuePattern& option : value_patterns(program)) {
    values += zsh_value_line(program.name, option);
  }
  std::string places;
  for (const PlacedCommand& at : all_commands(program)) {
    places += case_of(at);
  }
  return fmt::format(fmt::runtime(kZshScript), program.name, quoted_places(program, "|"), values,
                     places);
}

}  // namespace weft::cli
