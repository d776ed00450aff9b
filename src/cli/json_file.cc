#include "cli/json_file.h"

#include "cli/word_input.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::cli {

std::string explain_json(const std::string& file, std::string_view text) {
  json::stream_parser parser;
  boost::system::error_code error;
  const std::size_t good = parser.write_some(text.data(), text.size(), error);
  const std::string_view read = text.substr(0, good);
  if (!error && good == text.size()) {
    parser.finish(error);
    return error ? fmt::format("{} is no JSON: it ends too early", file) : "";
  }
  const auto line = std::ranges::count(read, '\n') + 1;
  const std::size_t begin = read.rfind('\n');
  const std::size_t column = good - (begin == std::string_view::npos ? 0 : begin + 1) + 1;
  return fmt::format("{} is no JSON from line {}, column {} on", file, line, column);
}

Outcome<json::value> read_json_file(const std::string& file) {
  const auto text = read_input(file);
  if (!text) {
    return std::unexpected(text.error());
  }
  auto parsed = base::parse_json(*text, {.bytes = text->size() + 1});
  if (parsed) {
    return std::move(*parsed);
  }
  const std::string where = explain_json(file, *text);
  return std::unexpected(
      Failure{where.empty() ? fmt::format("{}: {}", file, parsed.error().what) : where});
}

}  // namespace weft::cli
