// main(): one binary, subcommands. Those that run a server live in this room, clients of the API
// in cli.
#include "cli/all.h"
#include "cli/parse.h"
#include "node/db_command.h"
#include "node/demo_command.h"
#include "node/proxy_command.h"
#include "node/sample_command.h"
#include "node/server_command.h"

int main(int argc, char** argv) {
  weft::cli::Command program{.name = "weft",
                             .about = "weft: service mesh in one binary",
                             .commands = {weft::node::server_command(), weft::node::demo_command(),
                                          weft::node::proxy_command()},
                             .version = "weft " WEFT_VERSION};
  weft::cli::add_commands(program);
  program.commands.push_back(weft::node::sample_command());
  program.commands.push_back(weft::node::config_command());
  program.commands.push_back(weft::node::db_command());
  return weft::cli::parse_and_run(program, argc, argv);
}
