#include "node/db_command.h"

#include "cli/options.h"
#include "node/ground.h"
#include "node/settings_source.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace weft::node {
namespace {

struct DbFlags {
  std::string config;
  bool json = false;
};

StoreChoice choice_of(const Settings& settings) {
  return {.directory = settings.data_dir,
          .database = settings.database,
          .schema = settings.database_schema,
          .retention = {.changes_max = settings.history_max_changes,
                        .age_max = settings.history_max_age}};
}

void say(const DbFlags& flags, const StoreChoice& choice, std::string_view what) {
  if (flags.json) {
    cli::print_json(json::object{{"database", describe(choice)}, {"result", what}});
  } else {
    fmt::print("{}: {}\n", describe(choice), what);
  }
}

int migrate(const DbFlags& flags) {
  const cli::OutputForm form = cli::form_of(flags.json);
  const auto settings = read_settings(flags.config);
  if (!settings) {
    return cli::fail("db migrate", {first_of(settings.error()), 2}, form);
  }
  const StoreChoice choice = choice_of(settings->settings);
  MachineGround ground;
  const auto store = ground.open_store(choice);
  if (store) {
    say(flags, choice, "up to date");
    return 0;
  }
  const bool is_embedded = choice.database.kind != DatabaseUrl::Kind::kPostgres;
  if (is_embedded && store.error().code == base::Code::kUnavailable) {
    say(flags, choice, "up to date: a server runs on it");
    return 0;
  }
  return cli::fail("db migrate",
                   {fmt::format("{}: {}", describe(choice), base::describe(store.error())), 1},
                   form);
}

cli::Command migrate_command() {
  auto flags = std::make_shared<DbFlags>();
  cli::Command command{.name = "migrate",
                       .about =
                           "Bring the tables of the database to what this weft needs; a server "
                           "does the same when it starts",
                       .options = {config_option(flags->config)},
                       .run = [flags](const cli::Command&) { return migrate(*flags); }};
  cli::add_json_flag(command, flags->json);
  return command;
}

}  // namespace

cli::Command db_command() {
  return {.name = "db",
          .about = "Look after the database of a mesh (database.url, DATABASE_URL)",
          .commands = {migrate_command()}};
}

}  // namespace weft::node
