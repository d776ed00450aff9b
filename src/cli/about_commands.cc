#include "cli/about_commands.h"

#include "cli/completion.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/overview.h"
#include "cli/paint.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

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

// The help of a command by its words; of the program without any.
int print_help(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  std::string path = app.get_name();
  for (const std::string& word : words) {
    const auto found =
        at->get_subcommands([&word](const CLI::App* one) { return one->get_name() == word; });
    if (found.empty()) {
      std::vector<std::string> names;
      for (const CommandWords& command : command_tree(*at).commands) {
        names.push_back(command.name);
      }
      const auto meant = nearest(word, names);
      return fail("help",
                  {fmt::format("no command '{}'{} 'weft --help' lists them", word,
                               meant ? fmt::format("; did you mean '{}'?", *meant) : ";"),
                   2},
                  OutputForm::kText);
    }
    path += " " + word;
    at = found.front();
  }
  // Not at->help(): that is the help of the command that was parsed, which is this one.
  fmt::print("{}", at->get_formatter()->make_help(at, path, CLI::AppFormatMode::Normal));
  return 0;
}

// One name per line for a completion script; nothing when no node answers, for nobody reads why.
int print_names(const std::string& kind) {
  const auto session = ApiSession::open(process_environment("WEFT_URL").value_or(ApiOptions{}.url));
  if (!session) {
    return 0;
  }
  const auto fetched = fetch_overview(**session);
  if (!fetched) {
    return 0;
  }
  for (const ServiceInfo& service : fetched->overview.services) {
    fmt::print("{}\n", service.name);
    for (const InstanceInfo& instance : service.instances) {
      if (kind == "instances") {
        fmt::print("{}\n", instance.id);
      }
    }
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

void add_help_command(CLI::App& app, std::function<int()>& run) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("help", "Say what a command takes");
  command->add_option("COMMAND", *words, "Which")->option_text(" ");
  command->callback(
      [words, &app, &run] { run = [words, &app] { return print_help(app, *words); }; });
}

void add_names_command(CLI::App& app, std::function<int()>& run) {
  auto kind = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion-names", "Names for a completion script");
  command->group("");  // not for people
  command->add_option("KIND", *kind, "services or instances")->required();
  command->callback([kind, &run] { run = [kind] { return print_names(*kind); }; });
}

}  // namespace weft::cli
