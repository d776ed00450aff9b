// A command line, read by the description of its program. CLI11 does the reading: parse.cc is the
// one file that knows it, catches its exceptions and words its complaints.
#pragma once

#include "cli/command.h"

#include <string>

namespace weft::cli {

// Reads the words into the targets of the command they name and runs it. Help goes to stdout; a
// usage error is one line on stderr that says what to do next, with the nearest word for a mistyped
// one.
// Returns: what the command's run returns; 0 for help; 2 for a usage error (contract/README.md
// "CLI").
int parse_and_run(const Command& program, int argc, char** argv);

// What --help prints for the command that these words lead to, the program's name first: "weft
// config check".
std::string help_text(const Command& command, const std::string& words);

}  // namespace weft::cli
