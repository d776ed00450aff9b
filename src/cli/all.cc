#include "cli/all.h"

#include "cli/about_commands.h"
#include "cli/catalog_command.h"
#include "cli/diff_command.h"
#include "cli/drain_command.h"
#include "cli/endpoints_command.h"
#include "cli/history_command.h"
#include "cli/kv_command.h"
#include "cli/nodes_command.h"
#include "cli/register_command.h"
#include "cli/rollback_command.h"
#include "cli/services_command.h"
#include "cli/status_command.h"
#include "cli/watch_command.h"

namespace weft::cli {

void add_commands(Command& program) {
  for (const auto make :
       {status_command, nodes_command, services_command, endpoints_command, register_command,
        deregister_command, drain_command, undrain_command, kv_command, watch_command,
        catalog_command, history_command, diff_command, rollback_command, completion_command,
        version_command, help_command, names_command}) {
    program.commands.push_back(make());
  }
}

}  // namespace weft::cli
