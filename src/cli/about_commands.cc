#include "cli/about_commands.h"

#include "cli/completion.h"
#include "cli/consul_session.h"
#include "cli/nearest.h"
#include "cli/options.h"
#include "cli/overview.h"
#include "cli/paint.h"
#include "cli/parse.h"

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
int print_help(const Command& program, const std::vector<std::string>& words) {
  const Command* at = &program;
  std::string path = program.name;
  for (const std::string& word : words) {
    const Command* found = find_command(*at, word);
    if (found == nullptr) {
      const auto meant = nearest(word, command_names(*at));
      return fail("help",
                  {fmt::format("no command '{}'{} 'weft --help' lists them", word,
                               meant ? fmt::format("; did you mean '{}'?", *meant) : ";"),
                   2},
                  OutputForm::kText);
    }
    path += " " + word;
    at = found;
  }
  fmt::print("{}", help_text(*at, path));
  return 0;
}

int print_keys() {
  const std::string url = process_environment("CONSUL_HTTP_ADDR").value_or(ConsulOptions{}.url);
  const auto session = ConsulSession::open({.url = url});
  const auto keys = session ? (*session)->fetch("/v1/kv/?keys") : json::value();
  if (keys && keys->is_array()) {
    for (const json::value& key : keys->get_array()) {
      fmt::print("{}\n", key.is_string() ? std::string_view(key.get_string()) : "");
    }
  }
  return 0;
}

// One name per line for a completion script; nothing when no node answers, for nobody reads why.
int print_names(const std::string& kind) {
  if (kind == "keys") {
    return print_keys();
  }
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

int print_completion(const Command& program, const std::string& shell) {
  const auto script = completion_script(shell, program);
  if (!script) {
    return fail("completion",
                {fmt::format("no script for '{}'; there is bash, zsh and fish", shell), 2},
                OutputForm::kText);
  }
  fmt::print("{}", *script);
  return 0;
}

}  // namespace

Command version_command() {
  auto json = std::make_shared<bool>(false);
  Command command{.name = "version", .about = "Print the version"};
  add_json_flag(command, *json);
  command.run = [json](const Command&) { return print_version(*json); };
  return command;
}

Command completion_command() {
  auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .about = "Print a completion script for a shell",
          .options = {{.name = "SHELL",
                       .about = "bash, zsh or fish",
                       .into = shell.get(),
                       .required = true,
                       .values = {"bash", "zsh", "fish"}}},
          .footer = kCompletionFooter,
          .run = [shell](const Command& program) { return print_completion(program, *shell); }};
}

Command help_command() {
  auto words = std::make_shared<std::vector<std::string>>();
  return {.name = "help",
          .about = "Say what a command takes",
          .options =
              {{.name = "COMMAND", .about = "Which", .into = words.get(), .several_at_once = true}},
          .run = [words](const Command& program) { return print_help(program, *words); }};
}

Command names_command() {
  auto kind = std::make_shared<std::string>();
  return {.name = "completion-names",
          .about = "Names for a completion script",
          .options = {{.name = "KIND",
                       .about = "services, instances or keys",
                       .into = kind.get(),
                       .shown = "TEXT REQUIRED",
                       .required = true}},
          .is_hidden = true,
          .run = [kind](const Command&) { return print_names(*kind); }};
}

}  // namespace weft::cli
