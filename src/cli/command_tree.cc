#include "cli/command_tree.h"

#include "base/text.h"

#include <fmt/format.h>

#include <string_view>

namespace weft::cli {
namespace {

// CLI11 shows the members of IsMember in the type, as "TEXT:{bash,zsh}".
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open == std::string::npos ? 0 : open);
  std::vector<std::string> values;
  if (open == std::string::npos || close == std::string::npos) {
    return values;
  }
  for (const std::string_view value :
       base::split(std::string_view(type).substr(open + 1, close - open - 1), ',')) {
    values.emplace_back(value);
  }
  return values;
}

ValueKind kind_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type == kFileType       ? ValueKind::kFile
         : type == kServiceType  ? ValueKind::kService
         : type == kInstanceType ? ValueKind::kInstance
                                 : ValueKind::kFree;
}

OptionWords words_of(const CLI::Option& option) {
  OptionWords words;
  for (const std::string& name : option.get_lnames()) {
    words.names.push_back("--" + name);
  }
  for (const std::string& name : option.get_snames()) {
    words.names.push_back("-" + name);
  }
  words.about = option.get_description();
  words.takes_value = option.get_items_expected_max() > 0;
  words.values = values_of(option);
  words.kind = kind_of(option);
  return words;
}

CommandWords words_of(const CLI::App& app, const std::string& path) {
  CommandWords words;
  words.path = path;
  words.name = app.get_name();
  words.about = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    words.options.push_back(words_of(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* one) {
         return !one->get_group().empty();  // one without a group is not for people
       })) {
    const std::string& name = command->get_name();
    words.commands.push_back(
        words_of(*command, path.empty() ? name : fmt::format("{} {}", path, name)));
  }
  return words;
}

}  // namespace

CommandWords command_tree(const CLI::App& app) { return words_of(app, ""); }

std::vector<const CommandWords*> all_commands(const CommandWords& tree) {
  std::vector<const CommandWords*> out{&tree};
  for (const CommandWords& command : tree.commands) {
    for (const CommandWords* below : all_commands(command)) {
      out.push_back(below);
    }
  }
  return out;
}

}  // namespace weft::cli
