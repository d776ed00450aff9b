#include "cli/completion.h"
#include "cli/completion_words.h"

#include <fmt/format.h>

namespace weft::cli {
namespace {

// {0} program, {1} places, {2} cases of values, {3} cases of words.
constexpr const char* kBashScript =
    R"sh(# bash completion for {0}. Load it with: source <({0} completion bash)
_{0}_names() {{
  "${{COMP_WORDS[0]}}" completion-names "$1" 2>/dev/null
}}
_{0}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at= words= asked= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at ${{COMP_WORDS[i]}}" in
      {1}) at="$at ${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$at $prev" in
{2}    '') ;;
  esac
  case "$at" in
{3}  esac
  [[ -n $asked && $cur != -* ]] && words="$words $(_{0}_names "$asked")"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -F _{0} {0}
)sh";

// What is offered behind an option.
std::string value_line(const std::string& program, const ValuePattern& option) {
  std::string offer;
  if (!option.values.empty()) {
    offer = fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\")); ",
                        shell_quoted(joined(option.values)));
  } else if (option.kind == ValueKind::kFile) {
    offer = "mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); compopt -o filenames 2>/dev/null; ";
  } else if (const auto asked = names_asked(option.kind); !asked.empty()) {
    offer =
        fmt::format("COMPREPLY=($(compgen -W \"$(_{}_names {})\" -- \"$cur\")); ", program, asked);
  }
  return fmt::format("    {}) {}return ;;\n", option.pattern, offer);
}

}  // namespace

std::string bash_completion(const Command& program) {
  std::string values;
  for (const ValuePattern& option : value_patterns(program)) {
    values += value_line(program.name, option);
  }
  std::string words;
  for (const PlacedCommand& at : all_commands(program)) {
    words += fmt::format("    {}) words={} asked={} ;;\n", shell_quoted(place_of(at.path)),
                         shell_quoted(joined(words_at(*at.command))), names_at(*at.command));
  }
  return fmt::format(fmt::runtime(kBashScript), program.name, quoted_places(program, "|"), values,
                     words);
}

}  // namespace weft::cli
