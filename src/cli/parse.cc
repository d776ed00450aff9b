#include "cli/parse.h"

#include "cli/nearest.h"
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace weft::cli {
namespace {

// As CLI11 reads them: "-h,--help".
std::string joined_names(const Option& option) {
  return option.short_name.empty() ? option.name : option.short_name + "," + option.name;
}

CLI::Option* add(const Option& option, CLI::App& app) {
  return std::visit(
      [&](auto* into) -> CLI::Option* {
        if constexpr (std::is_same_v<decltype(into), bool*>) {
          return app.add_flag(joined_names(option), *into, option.about);
        } else {
          return app.add_option(joined_names(option), *into, option.about);
        }
      },
      option.into);
}

// What complaints call a value of this kind, "1 required FILE missing"; "": as its target's type.
const char* type_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::kFile:
      return "FILE";
    case ValueKind::kService:
      return "SERVICE";
    case ValueKind::kInstance:
      return "INSTANCE";
    case ValueKind::kKey:
      return "KEY";
    case ValueKind::kFree:
      break;
  }
  return "";
}

void describe(const Option& option, CLI::App& app) {
  CLI::Option* to = add(option, app);
  to->required(option.required);
  to->option_text(option.shown.empty() ? " " : option.shown);  // "" would leave it to CLI11
  to->envname(option.environment);
  if (const std::string name = type_name(option.kind); !name.empty()) {
    to->type_name(name);
  }
  if (std::holds_alternative<std::vector<std::string>*>(option.into)) {
    to->allow_extra_args(option.several_at_once);
  }
  if (!option.values.empty()) {
    to->check(CLI::IsMember(option.values));
  }
  if (option.check) {
    to->check(option.check);
  }
}

// The commands below come last: CLI11 hands them the limit on subcommands when they are added.
void describe(const Command& command, CLI::App& app) {
  const Option help = help_option();
  app.set_help_flag(joined_names(help), help.about);
  if (!command.version.empty()) {
    const Option version = version_option();
    app.set_version_flag(joined_names(version), command.version, version.about);
  }
  for (const Option& option : command.options) {
    describe(option, app);
  }
  for (const Option& option : command.options) {
    for (const std::string& other : option.needs) {
      app.get_option(option.name)->needs(app.get_option(other));
    }
    for (const std::string& other : option.excludes) {
      app.get_option(option.name)->excludes(app.get_option(other));
    }
  }
  app.footer(command.footer);
  if (command.is_hidden) {
    app.group("");
  }
  if (!command.run) {
    app.require_subcommand(1);  // and not two: further words belong to the command
  }
  for (const Command& below : command.commands) {
    describe(below, *app.add_subcommand(below.name, below.about));
  }
}

// The command that was named last, and its words from the program's name on.
struct Selected {
  const Command* command;
  std::string words;
};

Selected selected_command(const Command& program, const CLI::App& parsed) {
  Selected out{&program, program.name};
  const CLI::App* app = &parsed;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
    out.command = find_command(*out.command, app->get_name());
    out.words += " " + app->get_name();
  }
  return out;
}

std::vector<std::string> option_names(const Command& command) {
  std::vector<std::string> out;
  for (const Option& option : options_of(command)) {
    const std::vector<std::string> names = option.names();
    out.insert(out.end(), names.begin(), names.end());
  }
  return out;
}

// "no command 'sevices'; did you mean 'services'?"
std::string complain(const char* kind, const std::string& word,
                     const std::vector<std::string>& known) {
  const auto meant = nearest(word, known);
  return fmt::format("no {} '{}'{}", kind, word,
                     meant ? fmt::format("; did you mean '{}'?", *meant) : "");
}

std::string complaint(const CLI::App& parsed, const Command& command,
                      const CLI::ParseError& error) {
  const std::vector<std::string> names = command_names(command);
  if (const std::vector<std::string> unread = parsed.remaining(true); !unread.empty()) {
    const std::string& word = unread.front();
    if (word.starts_with('-')) {
      return complain("option", word.substr(0, word.find('=')), option_names(command));
    }
    return names.empty() ? fmt::format("'{}' is one word too many", word)
                         : complain("command", word, names);
  }
  if (error.get_name() == "RequiredError" && !names.empty()) {
    return fmt::format("say what: {}", fmt::join(names, ", "));
  }
  return error.what();
}

// `what` is the complaint, `at` the command it is about.
int refuse(const std::string& what, const Selected& at, OutputForm form) {
  const std::string line = fmt::format("{}{} '{} --help' says what it takes", what,
                                       what.ends_with('?') ? "" : ";", at.words);
  const std::size_t space = at.words.find(' ');
  const std::string command = space == std::string::npos ? "" : at.words.substr(space + 1);
  return fail(command, {line, kUsageError}, form);
}

// Words behind "--" are arguments.
OutputForm wanted_form(std::span<char* const> words) {
  for (const char* word : words) {
    if (std::string_view(word) == "--json") {
      return OutputForm::kJson;
    }
    if (std::string_view(word) == "--") {
      break;
    }
  }
  return OutputForm::kText;
}

}  // namespace

int parse_and_run(const Command& program, int argc, char** argv) {
  CLI::App app{program.about, program.name};
  describe(program, app);
  if (argc <= 1) {
    fmt::print(stderr, "{}", app.help());
    return kUsageError;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return 0;
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    return 0;
  } catch (const CLI::ParseError& error) {
    const Selected at = selected_command(program, app);
    return refuse(complaint(app, *at.command, error), at,
                  wanted_form({argv, static_cast<std::size_t>(argc)}));
  }
  return selected_command(program, app).command->run(program);
}

std::string help_text(const Command& command, const std::string& words) {
  CLI::App app{command.about, words};
  describe(command, app);
  return app.help();
}

}  // namespace weft::cli
