#include "cli/completion.h"

namespace weft::cli {

std::optional<std::string> completion_script(std::string_view shell, const Command& program) {
  if (shell == "bash") {
    return bash_completion(program);
  }
  if (shell == "zsh") {
    return zsh_completion(program);
  }
  if (shell == "fish") {
    return fish_completion(program);
  }
  return std::nullopt;
}

}  // namespace weft::cli
