// main(): one binary, subcommands. Those that run a server live in this room, clients of the API
// in cli.
#include "node/proxy_command.h"
#include "node/sample_command.h"
#include "node/server_command.h"

#include <CLI/CLI.hpp>

#include <functional>

int main(int argc, char** argv) {
  CLI::App app{"weft: service mesh in one binary"};
  app.require_subcommand(1);
  std::function<int()> run;
  weft::node::add_server_command(app, run);
  weft::node::add_proxy_command(app, run);
  weft::node::add_sample_command(app, run);
  weft::node::add_config_command(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Source: contract/README.md "CLI": 0 for help, 2 for a usage error.
    return app.exit(error) == 0 ? 0 : 2;
  }
  return run ? run() : 0;
}
