#include "cli/completion.h"
#include "cli/completion_words.h"

#include <fmt/format.h>

namespace weft::cli {
namespace {

// {0} program, {1} places, {2} one line per word.
constexpr const char* kScript =
    R"(# fish completion for {0}. Load it with: {0} completion fish | source
function __{0}_is_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case {1}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c {0} -f
{2})";

// Inside single quotes fish reads only \' and \\.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }
  return out + "'";
}

std::string option_line(const std::string& here, const OptionWords& option) {
  std::string words;
  for (const std::string& name : option.names) {
    words += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  const std::string values = fish_quoted(joined(option.values));
  if (option.names.empty()) {
    words += " -a " + values;
  } else if (option.takes_value) {
    words += option.values.empty() ? " -r -F" : " -x -a " + values;
  }
  return fmt::format("{}{} -d {}\n", here, words, fish_quoted(option.about));
}

}  // namespace

std::string fish_completion(const CommandWords& tree) {
  std::string lines;
  for (const CommandWords* command : all_commands(tree)) {
    const std::string condition =
        fmt::format("__{}_is_at \"{}\"", tree.name, place_of(command->path));
    const std::string here = fmt::format("complete -c {} -n {}", tree.name, fish_quoted(condition));
    for (const CommandWords& below : command->commands) {
      lines += fmt::format("{} -a {} -d {}\n", here, below.name, fish_quoted(below.about));
    }
    for (const OptionWords& option : command->options) {
      lines += option_line(here, option);
    }
  }
  return fmt::format(fmt::runtime(kScript), tree.name, quoted_places(tree, " "), lines);
}

}  // namespace weft::cli
