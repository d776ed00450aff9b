#include "api/mesh/changes.h"

#include "api/kit/past_view.h"
#include "api/kit/shown_change.h"
#include "api/mesh/change_filter.h"
#include "base/described_enum.h"
#include "http/endpoint.h"
#include "state/codec.h"

#include <algorithm>
#include <utility>

namespace weft::api::mesh {
namespace {

using base::Code;
using base::Result;
using http::Context;

constexpr std::size_t kChangesMax = 1000;  // of an answer
constexpr double kWaitMax = 600;           // seconds, as of any long poll
// A client that has gone is noticed this late; its wait holds a place among limits.watchers.
constexpr base::Nanos kClientLookInterval = base::Seconds(15);
// Changes read from the store at a time, and how often for one answer: a filter may let none
// through.
constexpr std::size_t kScanMax = 256;
constexpr int kReadsMax = 20;

struct ChangesQuestion {
  std::optional<std::string> since;
  std::vector<model::Table> table;
  std::optional<std::string> key;
  std::size_t limit = 100;
  base::Nanos wait{0};

  static constexpr auto kFields = base::fields(
      base::field("since").in_query().about(
          "changes after this index or time, oldest first; absent: the newest ones"),
      base::field("table").in_query().length(0, model::kTableCount).about("only of these tables"),
      base::field("key").in_query().length(1, 2048).about("only of objects of this key"),
      base::field("limit").in_query().range(1, kChangesMax),
      base::field("wait")
          .in_query()
          .range(0, kWaitMax)
          .about(
              "with `since`: when there is nothing, answer with the next change or after so long"));
};
BOOST_DESCRIBE_STRUCT(ChangesQuestion, (), (since, table, key, limit, wait))

struct ChangesAnswer {
  std::vector<kit::ShownChange> changes;
  std::uint64_t index = 0;
  std::uint64_t next = 0;
  bool complete = true;

  static constexpr auto kFields =
      base::fields(base::field("changes").about("in the order of their index"),
                   base::field("index").about("of the newest change of all"),
                   base::field("next").about("what to ask for as `since` to go on"),
                   base::field("complete").about("false: there are more, ask on at once"));
};
BOOST_DESCRIBE_STRUCT(ChangesAnswer, (), (changes, index, next, complete))

// One answer as it fills.
struct Page {
  const ChangeFilter filter;
  const std::size_t limit;
  ChangesAnswer answer{};
  std::size_t weight = 0;

  bool is_full() const { return answer.changes.size() >= limit || weight >= kit::kPageWeightMax; }
  // Does the answer want it? A change of a table this version does not know is nobody's.
  bool wants(const state::StoredChange& change) const {
    const auto table = base::parse_enum<model::Table>(change.table);
    return table && filter.matches(*table, change.key);
  }
  void add(const state::StoredChange& change) {
    weight += kit::weight_of(change);
    answer.changes.push_back(kit::show(change));
  }
};

// Takes what memory has after answer.next.
void take_recent(const state::Feed& feed, Page& page) {
  const auto& recent = feed.recent();
  auto change = std::ranges::upper_bound(recent, page.answer.next, {}, &model::Change::index);
  for (; change != recent.end() && !page.is_full(); ++change) {
    page.answer.next = change->index;
    if (page.filter.matches(*change)) {
      page.add(state::encode(*change));
    }
  }
  page.answer.complete = change == recent.end();
}

// Takes what there is after answer.next, from the store as far as memory does not reach.
// Errors: kNotFound (no longer kept), the store's.
io::Task<Result<void>> take_after(const kit::Parts* parts, Page* page) {
  const state::Feed& feed = parts->state.feed();
  for (int reads = 0; page->answer.next < feed.forgotten_index(); ++reads) {
    if (reads == kReadsMax || page->is_full()) {
      page->answer.complete = false;
      co_return Result<void>();
    }
    WEFT_CO_TRY(const std::vector<model::Change> changes,
                co_await parts->state.changes_since(page->answer.next, kScanMax));
    for (auto change = changes.begin(); change != changes.end() && !page->is_full(); ++change) {
      page->answer.next = change->index;
      if (page->filter.matches(*change)) {
        page->add(state::encode(*change));
      }
    }
    if (changes.empty()) {
      page->answer.next = feed.forgotten_index();
    }
  }
  take_recent(feed, *page);
  co_return Result<void>();
}

// The newest that match, oldest first.
io::Task<Result<ChangesAnswer>> newest_changes(const kit::Parts* parts, Page page) {
  page.answer.index = page.answer.next = parts->state.view()->index();
  state::HistoryQuery query{.before_index = page.answer.index + 1, .limit = kScanMax};
  for (int reads = 0; reads < kReadsMax && !page.is_full(); ++reads) {
    WEFT_CO_TRY(const state::HistoryPage read, co_await parts->state.history(query));
    for (auto change = read.changes.begin(); change != read.changes.end() && !page.is_full();
         ++change) {
      if (page.wants(*change)) {
        page.add(*change);
      }
    }
    if (!read.next_before_index) {
      break;
    }
    query.before_index = *read.next_before_index;
  }
  std::ranges::reverse(page.answer.changes);
  co_return std::move(page.answer);
}

io::Task<Result<ChangesAnswer>> changes_after(const kit::Parts* parts, Context* context, Page page,
                                              base::Nanos wait) {
  state::Feed& feed = parts->state.feed();
  const base::MonoTime end = context->loop.now() + wait;
  for (;;) {
    const Result<void> taken = co_await take_after(parts, &page);
    if (!taken && taken.error().code == Code::kNotFound) {
      const base::Error gone = co_await kit::refuse_gone(*parts, *context);
      co_return base::fail(gone);
    }
    if (!taken) {
      co_return base::fail(taken.error());
    }
    page.answer.index = feed.index();
    const bool has_news = !page.answer.changes.empty() || !page.answer.complete;
    if (has_news || context->loop.now() >= end) {
      co_return std::move(page.answer);
    }
    const auto changed =
        co_await feed.wait_for_change(page.filter.interest(), page.answer.next,
                                      std::min(end, context->loop.now() + kClientLookInterval));
    if (!changed && changed.error().code != Code::kTimeout) {
      co_return base::fail(changed.error());
    }
  }
}

io::Task<Result<ChangesAnswer>> list_changes(const kit::Parts* parts, Context* context,
                                             ChangesQuestion question) {
  Page page{.filter = {bits_of(question.table), std::move(question.key)}, .limit = question.limit};
  if (!question.since) {
    co_return co_await newest_changes(parts, std::move(page));
  }
  WEFT_CO_TRY(page.answer.next,
              co_await kit::index_for(*parts, *context, "since", *std::move(question.since)));
  co_return co_await changes_after(parts, context, std::move(page), question.wait);
}

}  // namespace

void add_changes_route(http::Router& router, const http::FaceStyle& style,
                       const kit::Parts& parts) {
  const kit::Parts* p = &parts;
  router.add(style, http::endpoint<ChangesQuestion, ChangesAnswer>(
                        "GET", "/api/v1/changes",
                        {.summary = "What was changed, when and by whom; waits when asked to",
                         .tag = "history",
                         .errors = {410, 503},
                         .unknown_query = base::UnknownFields::kRefuse},
                        [p](Context& context, ChangesQuestion question) {
                          return list_changes(p, &context, std::move(question));
                        }));
}

}  // namespace weft::api::mesh
