#include "cli/history_command.h"

#include "base/text.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "io/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kFieldsColumns = 100;
constexpr std::size_t kLimitMax = 1000;
// One question waits so long at the node.
constexpr std::string_view kFollowWait = "2s";

struct HistoryOptions {
  ApiOptions api;
  std::vector<std::string> tables;
  std::string key;
  std::string since;
  std::size_t limit = 20;
  bool follow = false;
};

// "2026-01-31 14:03:20", in UTC.
std::string time_text(base::WallTime time) {
  std::string text = base::format_rfc3339(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

Cell what_cell(const ChangeInfo& change) {
  if (change.before.is_null()) {
    return {"created", Tone::kGood};
  }
  return change.after.is_null() ? Cell{"deleted", Tone::kBad} : Cell{"changed", Tone::kPlain};
}

std::string query_of(const HistoryOptions& options) {
  std::string query = table_query(options.tables);
  if (!options.key.empty()) {
    query += "&key=" + base::percent_encode(options.key);
  }
  return query;
}

// Of what the node answers, as it came and as decoded.
struct FetchedChanges {
  ChangesPage page;
  json::value sent;
};

Outcome<FetchedChanges> fetch_changes(ApiSession& session, const std::string& query) {
  auto sent = session.fetch(kChangesApi + query);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  auto page = read_changes(session.url(), *sent);
  if (!page) {
    return std::unexpected(page.error());
  }
  return FetchedChanges{std::move(*page), std::move(*sent)};
}

void print_followed(const FetchedChanges& fetched, OutputForm form, const Paint& paint) {
  if (form == OutputForm::kJson) {
    for (const json::value& change : fetched.sent.at("changes").get_array()) {
      print_json_line(change);
    }
    return;
  }
  for (const ChangeInfo& change : fetched.page.changes) {
    fmt::print("{}\n", history_line(change, paint));
  }
  static_cast<void>(std::fflush(stdout));
}

// Until something goes wrong, or somebody ends it.
Outcome<void> follow(ApiSession& session, const HistoryOptions& options, std::uint64_t next,
                     const Paint& paint) {
  for (;;) {
    const auto more = fetch_changes(
        session, fmt::format("?since={}&wait={}{}", next, kFollowWait, query_of(options)));
    if (!more) {
      return std::unexpected(more.error());
    }
    print_followed(*more, options.api.form(), paint);
    next = more->page.next;
  }
}

Outcome<void> show_history(const HistoryOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  std::string query = fmt::format("?limit={}{}", options.limit, query_of(options));
  if (!options.since.empty()) {
    const auto since = sent_moment(**session, options.since);
    if (!since) {
      return std::unexpected(since.error());
    }
    query += "&since=" + *since;
  }
  const auto fetched = fetch_changes(**session, query);
  if (!fetched) {
    return std::unexpected(fetched.error());
  }
  const Paint paint = Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
  if (options.follow) {
    print_followed(*fetched, options.api.form(), paint);
    return follow(**session, options, fetched->page.next, paint);
  }
  if (options.api.json) {
    print_json(fetched->sent);
  } else if (fetched->page.changes.empty()) {
    fmt::print("Nothing was changed.\n");
  } else {
    fmt::print("{}", history_text(fetched->page.changes, paint));
  }
  if (!options.api.json && !options.since.empty() && !fetched->page.complete) {
    fmt::print("There are more: weft history --since {}\n", fetched->page.next);
  }
  return {};
}

}  // namespace

std::string history_text(const std::vector<ChangeInfo>& changes, const Paint& paint) {
  Table table(
      {{"INDEX", Align::kRight}, {"TIME"}, {"ACTOR"}, {"WHAT"}, {"TABLE"}, {"KEY"}, {"FIELDS"}});
  for (const ChangeInfo& change : changes) {
    table.add({{fmt::to_string(change.index)},
               {time_text(change.time), Tone::kDim},
               {change.actor},
               what_cell(change),
               {change.table},
               {shown_key(change.key)},
               {shorten(fields_text(change.before, change.after), kFieldsColumns)}});
  }
  return table.text(paint);
}

std::string history_line(const ChangeInfo& change, const Paint& paint) {
  const Cell what = what_cell(change);
  return fmt::format("{:>7}  {}  {}  {} {} {}  {}", change.index,
                     paint(Tone::kDim, time_text(change.time)), change.actor,
                     paint(what.tone, what.text), change.table, shown_key(change.key),
                     shorten(fields_text(change.before, change.after), kFieldsColumns));
}

Command history_command() {
  auto options = std::make_shared<HistoryOptions>();
  Command command{
      .name = "history",
      .about = "What was changed in the mesh, when and by whom",
      .options = {table_option(options->tables),
                  {.name = "--key",
                   .about = "Only of objects with this name or id",
                   .into = &options->key,
                   .shown = "KEY"},
                  {.name = "--since",
                   .about = "After this index or time, oldest first: 4711, 14:03, 10m for so long "
                            "ago, 2026-01-31T14:03:00Z (default: the newest)",
                   .into = &options->since,
                   .shown = "INDEX|TIME"},
                  {.name = "--limit",
                   .about = "At most so many (default 20)",
                   .into = &options->limit,
                   .shown = "N",
                   .check = whole_number(1, kLimitMax)},
                  {.name = "--follow",
                   .about = "Go on with what is changed from now on",
                   .into = &options->follow}}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto shown = show_history(*options);
    return shown ? 0 : fail("history", shown.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
