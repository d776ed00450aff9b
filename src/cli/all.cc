#include "cli/all.h"

#include "cli/about_commands.h"
#include "cli/register_command.h"
#include "cli/services_command.h"
#include "cli/status_command.h"

namespace weft::cli {

void add_commands(CLI::App& app, std::function<int()>& run) {
  add_status_command(app, run);
  add_services_command(app, run);
  add_register_command(app, run);
  add_deregister_command(app, run);
  add_completion_command(app, run);
  add_version_command(app, run);
  add_help_command(app, run);
  add_names_command(app, run);
}

}  // namespace weft::cli
