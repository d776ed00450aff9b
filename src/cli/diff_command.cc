#include "cli/diff_command.h"

#include "cli/change_info.h"
#include "cli/options.h"
#include "io/terminal.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace weft::cli {
namespace {

struct DiffOptions {
  ApiOptions api;
  std::string from;
  std::string to;
  std::vector<std::string> tables;
};

Outcome<std::string> diff_query(ApiSession& session, const DiffOptions& options) {
  const auto from = sent_moment(session, options.from);
  if (!from) {
    return std::unexpected(from.error());
  }
  std::string query = "?from=" + *from + table_query(options.tables);
  if (options.to.empty()) {
    return query;
  }
  const auto to = sent_moment(session, options.to);
  if (!to) {
    return std::unexpected(to.error());
  }
  return query + "&to=" + *to;
}

Outcome<void> show_diff(const DiffOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto query = diff_query(**session, options);
  if (!query) {
    return std::unexpected(query.error());
  }
  const auto sent = (*session)->fetch(fmt::format("{}/diff{}", kChangesApi, *query));
  if (!sent) {
    return std::unexpected(sent.error());
  }
  if (options.api.json) {
    print_json(*sent);
    return {};
  }
  const auto diff = read_diff((*session)->url(), *sent);
  if (!diff) {
    return std::unexpected(diff.error());
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  if (diff->differences.empty()) {
    fmt::print("No difference between {} and {}.\n", diff->from, diff->to);
    return {};
  }
  fmt::print("{}{}\n{}", paint(Tone::kDim, "index "),
             paint(Tone::kDim, fmt::format("{} -> {}", diff->from, diff->to)),
             differences_text(diff->differences, paint));
  if (!diff->complete) {
    fmt::print("... and {} more; --table shows less\n", diff->count - diff->differences.size());
  }
  return {};
}

}  // namespace

Command diff_command() {
  auto options = std::make_shared<DiffOptions>();
  Command command{
      .name = "diff",
      .about = "Which objects differ between two moments, and in what",
      .options = {{.name = "FROM",
                   .about = "An index or a time: 4711, 14:03, 10m for so long ago, "
                            "2026-01-31T14:03:00Z",
                   .into = &options->from,
                   .required = true},
                  {.name = "TO", .about = "The same (default: now)", .into = &options->to},
                  table_option(options->tables)}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto shown = show_diff(*options);
    return shown ? 0 : fail("diff", shown.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
