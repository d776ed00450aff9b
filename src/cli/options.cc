#include "cli/options.h"

#include "base/text.h"

#include <fmt/format.h>

#include <cstdio>

namespace weft::cli {

void add_api_options(Command& command, ApiOptions& options) {
  command.options.push_back(
      {.name = "--url",
       .about = "Where the node's API is (default http://127.0.0.1:8000; environment: WEFT_URL)",
       .into = &options.url,
       .shown = "URL",
       .environment = "WEFT_URL"});
  add_json_flag(command, options.json);
}

void add_json_flag(Command& command, bool& json) {
  command.options.push_back({.name = "--json", .about = "Print JSON", .into = &json});
}

ValueCheck whole_number(std::uint64_t least, std::uint64_t most) {
  return [least, most](const std::string& text) -> std::string {
    const auto number = base::parse_u64(text);
    return number && *number >= least && *number <= most
               ? ""
               : fmt::format("expected a whole number from {} to {}, not '{}'", least, most, text);
  };
}

int fail(std::string_view command, const Failure& failure, OutputForm form) {
  if (form == OutputForm::kJson) {
    const json::object error{
        {"error", failure.line}, {"command", command}, {"exit_code", failure.exit_code}};
    fmt::print(stderr, "{}\n", base::write_json(error));
  } else {
    fmt::print(stderr, "weft{}{}: {}\n", command.empty() ? "" : " ", command, failure.line);
  }
  return failure.exit_code;
}

void print_json(const json::value& value) {
  fmt::print("{}\n", base::write_json(value, base::JsonLayout::kIndented));
}

void print_json_line(const json::value& value) {
  fmt::print("{}\n", base::write_json(value));
  std::fflush(stdout);
}

}  // namespace weft::cli
