// What a word of the command line stands for: itself, a file, or what comes in.
#pragma once

#include "cli/api_session.h"

#include <string>

namespace weft::cli {

// All of a file; "-" is the standard input. Blocks.
// Errors: it cannot be read, or is beyond 512 MiB.
Outcome<std::string> read_input(const std::string& file);

// "text" is itself, "@file" what is in the file, "-" what comes in on the standard input.
// Errors: those of read_input.
Outcome<std::string> read_word(const std::string& word);

// Writes all of a file, "-" is the standard output. Errors: it cannot be written.
Outcome<void> write_output(const std::string& file, const std::string& bytes);

}  // namespace weft::cli
