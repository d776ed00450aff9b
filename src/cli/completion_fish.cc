#include "cli/completion.h"
#include "cli/completion_words.h"

#include <fmt/format.h>

namespace weft::cli {
namespace {

// {0} program, {1} places, {2} one line per word.
constexpr const char* kFishScript =
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
function __{0}_names
  set -l program (commandline -opc)[1]
  command -q $program; and $program completion-names $argv 2>/dev/null
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

// The words that may stand for an option's value, as fish expands them; "" for anything.
std::string offered(const std::string& program, const Option& option) {
  if (!option.values.empty()) {
    return fish_quoted(joined(option.values));
  }
  const auto asked = names_asked(option.kind);
  return asked.empty() ? "" : fish_quoted(fmt::format("(__{}_names {})", program, asked));
}

std::string option_line(const std::string& program, const std::string& here, const Option& option) {
  const std::string values = offered(program, option);
  std::string words;
  for (const std::string& name : option.names()) {
    words += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.is_argument()) {
    if (values.empty()) {
      return "";
    }
    words += " -a " + values;
  } else if (option.takes_value()) {
    words += option.kind == ValueKind::kFile ? " -r -F"
             : values.empty()                ? " -x"
                                             : " -x -a " + values;
  }
  return fmt::format("{}{} -d {}\n", here, words, fish_quoted(option.about));
}

}  // namespace

std::string fish_completion(const Command& program) {
  std::string lines;
  for (const PlacedCommand& at : all_commands(program)) {
    const std::string condition = fmt::format("__{}_is_at \"{}\"", program.name, place_of(at.path));
    const std::string here =
        fmt::format("complete -c {} -n {}", program.name, fish_quoted(condition));
    for (const Command* below : commands_of(*at.command)) {
      lines += fmt::format("{} -a {} -d {}\n", here, below->name, fish_quoted(below->about));
    }
    for (const Option& option : options_of(*at.command)) {
      lines += option_line(program.name, here, option);
    }
  }
  return fmt::format(fmt::runtime(kFishScript), program.name, quoted_places(program, " "), lines);
}

}  // namespace weft::cli
