#include "cli/about_commands.h"

#include "cli/completion.h"
#include "cli/options.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace weft::cli {
namespace {

constexpr const char* kCompletionFooter =
    "bash:  weft completion bash > ~/.local/share/bash-completion/completions/weft\n"
    "zsh:   weft completion zsh > \"${fpath[1]}/_weft\"\n"
    "fish:  weft completion fish > ~/.config/fish/completions/weft.fish";

int print_version(bool json) {
  if (json) {
    print_json(
        json::object{{"name", "weft"}, {"version", WEFT_VERSION}, {"compiler", __VERSION__}});
  } else {
    fmt::print("weft {}\n", WEFT_VERSION);
  }
  return 0;
}

int print_completion(const CLI::App& app, const std::string& shell) {
  const auto script = completion_script(shell, command_tree(app));
  if (!script) {
    return fail("completion",
                {fmt::format("no script for '{}'; there is bash, zsh and fish", shell), 2},
                OutputForm::kText);
  }
  fmt::print("{}", *script);
  return 0;
}

}  // namespace

void add_version_command(CLI::App& app, std::function<int()>& run) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("version", "Print the version");
  add_json_flag(*command, *json);
  command->callback([json, &run] { run = [json] { return print_version(*json); }; });
}

void add_completion_command(CLI::App& app, std::function<int()>& run) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->option_text(" ");
  command->footer(kCompletionFooter);
  command->callback(
      [shell, &app, &run] { run = [shell, &app] { return print_completion(app, *shell); }; });
}

}  // namespace weft::cli
