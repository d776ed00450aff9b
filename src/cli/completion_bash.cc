#include "cli/completion.h"
#include "cli/completion_words.h"

#include <fmt/format.h>

namespace weft::cli {
namespace {

// {0} program, {1} places, {2} cases of values, {3} cases of words.
constexpr const char* kScript =
    R"(# bash completion for {0}. Load it with: source <({0} completion bash)
_{0}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at= words= i
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
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -F _{0} {0}
)";

}  // namespace

std::string bash_completion(const CommandWords& tree) {
  std::string values;
  for (const ValuePattern& option : value_patterns(tree)) {
    values +=
        option.values.empty()
            ? fmt::format("    {}) compopt -o default 2>/dev/null; return ;;\n", option.pattern)
            : fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$cur\")); return ;;\n",
                          option.pattern, shell_quoted(joined(option.values)));
  }
  std::string words;
  for (const CommandWords* command : all_commands(tree)) {
    words += fmt::format("    {}) words={} ;;\n", shell_quoted(place_of(command->path)),
                         shell_quoted(joined(words_at(*command))));
  }
  return fmt::format(fmt::runtime(kScript), tree.name, quoted_places(tree, "|"), values, words);
}

}  // namespace weft::cli
