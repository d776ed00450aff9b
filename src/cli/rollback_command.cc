#include "cli/rollback_command.h"

#include "base/described_decode.h"
#include "base/text.h"
#include "cli/options.h"
#include "io/terminal.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace weft::cli {
namespace {

struct RollbackOptions {
  ApiOptions api;
  std::string to;
  std::vector<std::string> tables;
  bool dry_run = false;
  bool yes = false;
};

// The answer as decoded, and as it came for --json.
struct AnsweredRollback {
  RollbackInfo info;
  json::value sent;
};

// The index to go back to; a time is asked at the node.
Outcome<std::uint64_t> index_to(ApiSession& session, const std::string& text) {
  if (const auto index = base::parse_u64(text)) {
    return *index;
  }
  const auto moment = sent_moment(session, text);
  if (!moment) {
    return std::unexpected(moment.error());
  }
  const auto sent = session.fetch(fmt::format("{}/diff?limit=1&from={}", kChangesApi, *moment));
  if (!sent) {
    return std::unexpected(sent.error());
  }
  const auto diff = read_diff(session.url(), *sent);
  if (!diff) {
    return std::unexpected(diff.error());
  }
  return diff->from;
}

Outcome<AnsweredRollback> ask(ApiSession& session, const json::object& body) {
  auto sent = session.call(wire::Method::kPost, fmt::format("{}/rollback", kChangesApi), body);
  if (!sent) {
    return std::unexpected(sent.error());
  }
  auto info = base::decode<RollbackInfo>(*sent);
  if (!info) {
    return std::unexpected(
        Failure{fmt::format("{} answered something else than a rollback; is it a node of this "
                            "version?",
                            session.url().text)});
  }
  return AnsweredRollback{std::move(*info), std::move(*sent)};
}

json::object rollback_body(const RollbackOptions& options, std::uint64_t index) {
  json::object body{{"index", index}, {"dry_run", true}};
  if (!options.tables.empty()) {
    body["tables"] = json::array(options.tables.begin(), options.tables.end());
  }
  return body;
}

bool is_yes(const char* question) {
  fmt::print("{} [y/N] ", question);
  static_cast<void>(std::fflush(stdout));
  std::array<char, 16> line{};
  return std::fgets(line.data(), line.size(), stdin) != nullptr &&
         (line[0] == 'y' || line[0] == 'Y');
}

// May it be carried out? Asks who sits there. Errors: nobody does, or he says no.
Outcome<void> consent(const RollbackOptions& options) {
  if (options.yes) {
    return {};
  }
  if (options.api.json || !io::is_terminal(io::StandardStream::kIn) ||
      !io::is_terminal(io::StandardStream::kOut)) {
    return std::unexpected(
        Failure{"nobody can be asked here; --yes carries it out, --dry-run shows it", kUsageError});
  }
  return is_yes("Carry it out?") ? Outcome<void>()
                                 : Outcome<void>(std::unexpected(Failure{"nothing was changed"}));
}

Outcome<void> carry_out(ApiSession& session, const RollbackOptions& options,
                        const AnsweredRollback& plan) {
  json::object body = rollback_body(options, plan.info.to);
  body["dry_run"] = false;
  body["expect_index"] = plan.info.index;
  const auto done = ask(session, body);
  if (!done) {
    return std::unexpected(done.error());
  }
  if (options.api.json) {
    print_json(done->sent);
  } else {
    fmt::print("Done: {} {} as at index {}; 'weft rollback {}' takes it back.\n", done->info.count,
               done->info.count == 1 ? "object is" : "objects are", done->info.to, plan.info.index);
  }
  return {};
}

Outcome<void> roll_back(const RollbackOptions& options) {
  auto session = ApiSession::open(options.api.url);
  if (!session) {
    return std::unexpected(session.error());
  }
  const auto index = index_to(**session, options.to);
  if (!index) {
    return std::unexpected(index.error());
  }
  const auto plan = ask(**session, rollback_body(options, *index));
  if (!plan) {
    return std::unexpected(plan.error());
  }
  const bool is_over = options.dry_run || plan->info.count == 0;
  if (options.api.json && is_over) {
    print_json(plan->sent);
  }
  if (!options.api.json) {
    const Paint paint =
        Paint::choose(io::is_terminal(io::StandardStream::kOut), process_environment);
    fmt::print("{}", rollback_text(plan->info, paint));
  }
  if (is_over) {
    return {};
  }
  if (const auto may = consent(options); !may) {
    return may;
  }
  return carry_out(**session, options, *plan);
}

}  // namespace

std::string rollback_text(const RollbackInfo& info, const Paint& paint) {
  std::string out = info.count == 0 ? fmt::format("Nothing to do: it is as at index {}.\n", info.to)
                                    : differences_text(info.changes, paint);
  if (!info.complete) {
    out += fmt::format("... and {} more\n", info.count - info.changes.size());
  }
  for (const DifferenceInfo& one : info.left) {
    out +=
        paint(Tone::kWarning, fmt::format("stays as it is: {} {}", one.table, shown_key(one.key))) +
        "\n";
  }
  return out;
}

Command rollback_command() {
  auto options = std::make_shared<RollbackOptions>();
  Command command{
      .name = "rollback",
      .about = "Bring services, instances, settings, routes, nodes and keys back to how they were",
      .options = {{.name = "INDEX",
                   .about = "The index they were at, as 'weft history' shows it, or a time",
                   .into = &options->to,
                   .required = true},
                  table_option(options->tables),
                  {.name = "--dry-run",
                   .about = "Show what would change, and change nothing",
                   .into = &options->dry_run},
                  {.name = "--yes", .about = "Do not ask", .into = &options->yes}}};
  add_api_options(command, options->api);
  command.run = [options](const Command&) {
    const auto done = roll_back(*options);
    return done ? 0 : fail("rollback", done.error(), options->api.form());
  };
  return command;
}

}  // namespace weft::cli
