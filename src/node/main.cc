// main(): one binary, subcommands. Those that run a server live in this room, clients of the API
// in cli.
#include "cli/all.h"
#include "cli/parse.h"
#include "node/demo_command.h"
#include "node/proxy_command.h"
#include "node/sample_command.h"
#include "node/server_command.h"

#include <CLI/CLI.hpp>

#include <functional>

int main(int argc, char** argv) {
  CLI::App app{"weft: service mesh in one binary", "weft"};
  app.require_subcommand(1);  // and not two: further words belong to the command
  std::function<int()> run;
  weft::node::add_server_command(app, run);
  weft::node::add_demo_command(app, run);
  weft::node::add_proxy_command(app, run);
  weft::cli::add_commands(app, run);
  weft::node::add_sample_command(app, run);
  weft::node::add_config_command(app, run);
  return weft::cli::parse_and_run(app, argc, argv, run);
}
