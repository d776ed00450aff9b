#include "api/mesh/rollback.h"

#include "api/kit/past_view.h"
#include "api/kit/shown_change.h"
#include "api/kit/written.h"
#include "api/mesh/change_filter.h"
#include "base/described_enum.h"
#include "base/text.h"
#include "http/endpoint.h"
#include "state/difference.h"
#include "state/rollback.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

constexpr std::size_t kDifferencesMax = 1000;  // of an answer
constexpr const char* kTag = "history";

struct DiffQuestion {
  std::string from;
  std::optional<std::string> to;
  std::vector<model::Table> table;
  std::size_t limit = kDifferencesMax;

  static constexpr auto kFields =
      base::fields(base::field("from").required().in_query().about("an index or a time"),
                   base::field("to").in_query().about("an index or a time; absent: now"),
                   base::field("table")
                       .in_query()
                       .length(0, model::kTableCount)
                       .about("of these tables; absent: those that people and programs set"),
                   base::field("limit").in_query().range(1, kDifferencesMax));
};
BOOST_DESCRIBE_STRUCT(DiffQuestion, (), (from, to, table, limit))

struct DiffAnswer {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<kit::ShownDifference> differences;
  std::size_t count = 0;
  bool complete = true;

  static constexpr auto kFields =
      base::fields(base::field("from").about("the index"), base::field("to").about("the index"),
                   base::field("differences").about("by table and key"),
                   base::field("count").about("of all objects that differ"),
                   base::field("complete").about("false: not all of them are in the list"));
};
BOOST_DESCRIBE_STRUCT(DiffAnswer, (), (from, to, differences, count, complete))

struct RollbackBody {
  std::uint64_t index = 0;
  std::vector<model::Table> tables;
  bool dry_run = false;
  std::optional<std::uint64_t> expect_index;

  void validate(base::Decoding& at) const;

  static constexpr auto kFields = base::fields(
      base::field("index").required().about("as it was after this change"),
      base::field("tables").length(0, model::kTableCount).about("only these; empty: all it can"),
      base::field("dry_run").about("say what it would come to, change nothing"),
      base::field("expect_index")
          .about("only if nothing in the tables was changed after this index; If-Match says the "
                 "same"));
};
BOOST_DESCRIBE_STRUCT(RollbackBody, (), (index, tables, dry_run, expect_index))

void RollbackBody::validate(base::Decoding& at) const {
  const base::Decoding::Step list(at, std::string("tables"));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if ((state::kIntentTables & state::Interest::bit(tables[i])) == 0) {
      const base::Decoding::Step item(at, i);
      at.refuse(base::FieldProblem::kNotOneOf, "nobody sets what is in this table");
    }
  }
}

struct RollbackAnswer {
  std::uint64_t index = 0;
  std::uint64_t to = 0;
  bool dry_run = false;
  std::vector<kit::ShownDifference> changes;
  std::size_t count = 0;
  bool complete = true;
  std::vector<kit::ShownDifference> left;

  static constexpr auto kFields = base::fields(
      base::field("index").about("of the newest change: of the rollback, when it changed anything"),
      base::field("to").about("the index that was gone back to"),
      base::field("changes").about("by table and key, with what followed from them"),
      base::field("count").about("of all objects that changed"),
      base::field("complete").about("false: not all of them are in the list"),
      base::field("left").about("what the rules between objects keep as it is now"));
};
BOOST_DESCRIBE_STRUCT(RollbackAnswer, (), (index, to, dry_run, changes, count, complete, left))

std::uint32_t intent_or(const std::vector<model::Table>& tables) {
  const std::uint32_t bits = bits_of(tables);
  return bits == 0 ? state::kIntentTables : bits;
}

io::Task<Result<DiffAnswer>> show_diff(const kit::Parts* parts, Context* context,
                                       DiffQuestion question) {
  WEFT_CO_TRY(const kit::ViewPtr from,
              co_await kit::view_at(*parts, *context, "from", std::move(question.from)));
  kit::ViewPtr to = parts->state.view();
  if (question.to) {
    WEFT_CO_TRY(to, co_await kit::view_at(*parts, *context, "to", *std::move(question.to)));
  }
  const auto all = state::differences(*from, *to, intent_or(question.table));
  DiffAnswer answer;
  answer.from = from->index();
  answer.to = to->index();
  answer.differences = kit::show(all, question.limit);
  answer.count = all.size();
  answer.complete = answer.differences.size() == all.size();
  co_return answer;
}

// What the caller has seen last. Errors: 400, If-Match is no index.
Result<std::optional<std::uint64_t>> expected_index(Context& context, const RollbackBody& body) {
  std::string_view match = context.request.headers.value("If-Match");
  if (match.empty() || match == "*") {
    return body.expect_index;
  }
  if (match.size() >= 2 && match.starts_with('"') && match.ends_with('"')) {
    match = match.substr(1, match.size() - 2);
  }
  const auto index = base::parse_u64(match);
  if (!index) {
    return context.refuse(Code::kBadMessage, "If-Match: expected an index");
  }
  return index;
}

// Has somebody changed the tables after `index`? What is judged and not yet durable counts.
bool has_newer(const kit::Parts& parts, const model::View& now, std::uint32_t tables,
               std::uint64_t index) {
  const state::Interest interest{.kind = state::Interest::Kind::kTables, .tables = tables};
  return parts.state.feed().index_of(interest) > index ||
         !state::differences(*parts.state.view(), now, tables).empty();
}

std::unexpected<base::Error> refuse_newer(Context& context, const RollbackBody& body) {
  context.refused_status = body.expect_index ? 409 : 412;
  return context.refuse(Code::kConflict,
                        "Something was changed after the index you expect; look at it first");
}

// The index of the change is assigned by the state; what is planned on is not limited twice.
state::CommandContext planning_context(const kit::Parts& parts) {
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
  return {.time = parts.loop.wall_now(),
          .limits = {.services_max = kNoLimit,
                     .instances_max = kNoLimit,
                     .rows_max = kNoLimit,
                     .steps_max = kNoLimit},
          .cluster_defaults = parts.node.cluster_defaults};
}

RollbackAnswer rollback_answer(const state::RollbackPlan& plan, const RollbackBody& body) {
  RollbackAnswer answer;
  answer.to = body.index;
  answer.dry_run = body.dry_run;
  answer.changes = kit::show(plan.changes, kDifferencesMax);
  answer.count = plan.changes.size();
  answer.complete = answer.changes.size() == plan.changes.size();
  answer.left = kit::show(plan.left, kDifferencesMax);
  return answer;
}

io::Task<Result<RollbackAnswer>> roll_back(const kit::Parts* parts, Context* context,
                                           RollbackBody body) {
  WEFT_CO_TRY(const std::optional<std::uint64_t> expected, expected_index(*context, body));
  const std::uint32_t tables = intent_or(body.tables);
  WEFT_CO_TRY(const kit::ViewPtr then,
              co_await kit::view_at(*parts, *context, "index", std::to_string(body.index)));
  // From here to the command nobody else writes.
  const kit::ViewPtr now = parts->state.judged_view();
  if (expected && has_newer(*parts, *now, tables, *expected)) {
    co_return refuse_newer(*context, body);
  }
  auto plan = state::plan_rollback(*now, *then, tables, planning_context(*parts));
  if (!plan) {
    co_return context->refuse(plan.error().code,
                              fmt::format("It cannot be brought back: {}", plan.error().what));
  }
  RollbackAnswer answer = rollback_answer(*plan, body);
  if (!body.dry_run && !plan->steps.empty()) {
    WEFT_CO_TRY_VOID(co_await kit::write(*parts, *context, std::move(plan->steps)));
  }
  answer.index = parts->state.view()->index();
  co_return answer;
}

}  // namespace

void add_rollback_routes(http::Router& router, const http::FaceStyle& style,
                         const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  router.add(style, http::endpoint<DiffQuestion, DiffAnswer>(
                        "GET", "/api/v1/changes/diff",
                        {.summary = "Which objects differ between two moments",
                         .tag = kTag,
                         .errors = {410, 503},
                         .unknown_query = base::UnknownFields::kRefuse},
                        [p](Context& context, DiffQuestion question) {
                          return show_diff(p, &context, std::move(question));
                        }));
  router.add(style, http::endpoint<RollbackBody, RollbackAnswer>(
                        "POST", "/api/v1/changes/rollback",
                        {.summary = "Bring what people and programs set back to how it was",
                         .tag = kTag,
                         .errors = {409, 410, 412, 429, 503}},
                        [p](Context& context, RollbackBody body) {
                          return roll_back(p, &context, std::move(body));
                        }));
}

}  // namespace weft::api::mesh
