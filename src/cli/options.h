// What every command that talks to a node takes: --url and --json.
#pragma once

#include "base/json.h"
#include "cli/api_session.h"
#include "cli/command.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::cli {

// For people, or for programs (--json).
enum class OutputForm : std::uint8_t { kText, kJson };
inline OutputForm form_of(bool json) { return json ? OutputForm::kJson : OutputForm::kText; }

struct ApiOptions {
  std::string url = "http://127.0.0.1:8000";
  bool json = false;
  OutputForm form() const { return form_of(json); }
};

// Appends the two, or the second alone.
void add_api_options(Command& command, ApiOptions& options);
void add_json_flag(Command& command, bool& json);

// A whole number within the limits; the complaint names them.
ValueCheck whole_number(std::uint64_t least, std::uint64_t most);

// Prints "weft COMMAND: line" on stderr, or {"error", "command", "exit_code"} on one line.
// Returns: the exit code.
int fail(std::string_view command, const Failure& failure, OutputForm form);

// Prints `value` for machines: JSON, indented.
void print_json(const json::value& value);
// The same on one line, at once: for a command that goes on.
void print_json_line(const json::value& value);

}  // namespace weft::cli
