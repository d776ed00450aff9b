#include "cli/parse.h"

#include "cli/command_tree.h"
#include "cli/nearest.h"
#include "cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {
namespace {

constexpr int kUsageError = 2;

// The command that was named last, and its words from the program's name on.
struct Selected {
  const CLI::App* app;
  std::string path;
};

Selected selected_command(const CLI::App& program) {
  Selected out{&program, program.get_name()};
  while (!out.app->get_subcommands().empty()) {
    out.app = out.app->get_subcommands().front();
    out.path += " " + out.app->get_name();
  }
  return out;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const OptionWords& option : command_tree(command).options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CommandWords& below : command_tree(command).commands) {
    names.push_back(below.name);
  }
  return names;
}

// "no command 'sevices'; did you mean 'services'?"
std::string complain(const char* kind, const std::string& word,
                     const std::vector<std::string>& known) {
  const auto meant = nearest(word, known);
  return fmt::format("no {} '{}'{}", kind, word,
                     meant ? fmt::format("; did you mean '{}'?", *meant) : "");
}

std::string complaint(const CLI::App& program, const CLI::App& command,
                      const CLI::ParseError& error) {
  const std::vector<std::string> names = command_names(command);
  if (const std::vector<std::string> unread = program.remaining(true); !unread.empty()) {
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

int refuse(const CLI::App& program, const CLI::ParseError& error, OutputForm form) {
  const Selected at = selected_command(program);
  const std::string what = complaint(program, *at.app, error);
  const std::string line = fmt::format("{}{} '{} --help' says what it takes", what,
                                       what.ends_with('?') ? "" : ";", at.path);
  const std::string_view command = std::string_view(at.path).substr(program.get_name().size());
  return fail(command.empty() ? command : command.substr(1), {line, kUsageError}, form);
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

int parse_and_run(CLI::App& app, int argc, char** argv, std::function<int()>& run) {
  app.set_version_flag("--version", "weft " WEFT_VERSION, "Print the version");
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
    return refuse(app, error, wanted_form({argv, static_cast<std::size_t>(argc)}));
  }
  return run ? run() : 0;
}

}  // namespace weft::cli
