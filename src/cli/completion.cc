#include "cli/completion.h"

namespace weft::cli {

std::optional<std::string> completion_script(std::string_view shell, const CommandWords& tree) {
  if (shell == "bash") {
    return bash_completion(tree);
  }
  if (shell == "zsh") {
    return zsh_completion(tree);
  }
  if (shell == "fish") {
    return fish_completion(tree);
  }
  return std::nullopt;
}

}  // namespace weft::cli
