#include "state/store_postgres.h"

#include "base/hash.h"
#include "base/text.h"
#include "state/store_postgres_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace weft::state {
namespace {

using base::Code;
using base::Result;

// Rows of a load that are in memory besides the objects made of them.
constexpr int kLoadRows = 1000;

// A page of history reads at most this many entries, so that a write never waits long behind it.
constexpr std::size_t kPgHistoryScanMax = 20'000;

// chosen: two nodes that write all the time mostly take turns by themselves; who has lost this
// often in a row asks for one.
constexpr int kConflictsMax = 3;
// Between two tries during another node's turn, which takes a few milliseconds.
constexpr base::Millis kTurnPause{2};

// Of the meshes in one database each has its own locks.
std::uint32_t mesh_mark(const std::string& schema) {
  return static_cast<std::uint32_t>(base::hash64("weft nodes " + schema));
}

// The keys of advisory locks are signed.
std::int64_t as_signed(std::uint32_t mark) { return static_cast<std::int32_t>(mark); }

std::unexpected<base::Error> let_go() {
  return base::fail(Code::kUnavailable, "the connection to PostgreSQL was let go of",
                    base::Side::kStore, base::Retry::kSafe);
}

StoredChange read_pg_change(const PgRows& rows, int row, int column) {
  return {.index = rows.index(row, column),
          .time = base::WallTime(base::Nanos(rows.number(row, column + 1))),
          .actor = rows.bytes(row, column + 2),
          .table = rows.bytes(row, column + 3),
          .key = rows.bytes(row, column + 4),
          .created_index = rows.index(row, column + 5),
          .before = rows.bytes_or_null(row, column + 6),
          .after = rows.bytes_or_null(row, column + 7)};
}

// The arguments of PgStatements::append from $6 on: one array per column, and whether a change is
// the last one of its object in the batch.
void add_columns(PgArguments& arguments, std::span<const StoredChange> changes) {
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> last;
  for (const StoredChange& change : changes) {
    last[{change.table, change.key}] = change.index;
  }
  PgArray index(PgType::kInt8);
  PgArray time(PgType::kInt8);
  PgArray actor(PgType::kBytes);
  PgArray table(PgType::kText);
  PgArray key(PgType::kBytes);
  PgArray created(PgType::kInt8);
  PgArray before(PgType::kBytes);
  PgArray after(PgType::kBytes);
  PgArray is_last(PgType::kBool);
  for (const StoredChange& change : changes) {
    index.add(change.index);
    time.add(std::int64_t{change.time.time_since_epoch().count()});
    actor.add(std::string_view(change.actor));
    table.add(std::string_view(change.table));
    key.add(std::string_view(change.key));
    created.add(change.created_index);
    before.add(change.before);
    after.add(change.after);
    is_last.add(last[{change.table, change.key}] == change.index);
  }
  arguments.add(std::move(index)).add(std::move(time)).add(std::move(actor));
  arguments.add(std::move(table)).add(std::move(key)).add(std::move(created));
  arguments.add(std::move(before)).add(std::move(after)).add(std::move(is_last));
}

// In nanoseconds: what is older the log may forget.
std::int64_t oldest_kept(const Retention& retention, const StoredChange& newest) {
  return retention.age_max == base::Nanos(0)
             ? std::numeric_limits<std::int64_t>::min()
             : (newest.time - retention.age_max).time_since_epoch().count();
}

}  // namespace

StorePostgres::StorePostgres(Options options, std::vector<PgTarget> targets, io::WakeFlag wake)
    : options_(std::move(options)),
      targets_(std::move(targets)),
      statements_(options_.schema),
      wake_(std::move(wake)) {}

StorePostgres::~StorePostgres() = default;

Result<std::unique_ptr<StorePostgres>> StorePostgres::open(const Options& options) {
  WEFT_TRY(std::vector<PgTarget> targets, parse_postgres_url(options.url));
  WEFT_TRY_VOID(check_schema_name(options.schema));
  WEFT_TRY(io::WakeFlag wake, io::WakeFlag::make());
  std::unique_ptr<StorePostgres> store;
  // house(new): the constructor is private.
  store.reset(new StorePostgres(options, std::move(targets), std::move(wake)));
  const base::MutexLock lock(store->mutex_);
  WEFT_TRY_VOID(store->need_main(store->deadline()));
  return store;
}

Result<PgConnection> StorePostgres::connect(const io::WakeFlag* cut_short,
                                            base::MonoTime deadline) {
  std::string why;
  auto connected = PgConnection::open(
      {.targets = targets_, .patience = options_.patience, .cut_short = cut_short}, deadline, why);
  if (!connected) {
    log_failure(why);
    return connected;
  }
  log_failure("");
  WEFT_TRY_VOID(set_up_session(*connected, options_.patience * 4 / 5, deadline));
  return connected;
}

// Says what is wrong once, however often it is tried.
void StorePostgres::log_failure(const std::string& why) {
  const base::MutexLock lock(log_mutex_);
  if (why != last_why_ && !why.empty() && options_.log != nullptr) {
    options_.log->warning("PostgreSQL cannot be connected to", {{"why", why}});
  }
  last_why_ = why;
}

Result<void> StorePostgres::check_open() const {
  return released_ ? Result<void>(let_go()) : Result<void>();
}

// Connects when there is no connection, or the server has closed it.
Result<void> StorePostgres::need_main(base::MonoTime until) {
  WEFT_TRY_VOID(check_open());
  if (main_ && main_->is_alive()) {
    return {};
  }
  main_.reset();
  attends_ = false;
  WEFT_TRY(PgConnection connected, connect(nullptr, until));
  main_ = std::make_unique<PgConnection>(std::move(connected));
  auto ready = upgrade_postgres_schema(*main_, options_.schema, until);
  if (ready) {
    ready = check_anchor(until);
  }
  if (!ready) {
    main_.reset();
    return ready;
  }
  own_backend_ = main_->backend();
  return {};
}

// A connection is lost whenever another server takes over, so this is the time to look. An index
// above everything that anybody here has seen makes all appends conflicts until they have read
// what there is now.
Result<void> StorePostgres::check_anchor(base::MonoTime until) {
  if (anchor_.index == 0 || went_back_) {
    return {};
  }
  WEFT_TRY(const PgRows rows,
           main_->run(statements_.find_anchor, PgArguments().add(anchor_.index), until));
  const bool is_trimmed = rows.count() == 1 && rows.index(0, 0) >= anchor_.index;
  const bool is_there =
      rows.count() == 1 && !rows.is_null(0, 1) && rows.number(0, 1) == anchor_.time_ns;
  if (!is_trimmed && !is_there) {
    WEFT_TRY_VOID(main_->run(statements_.go_on, PgArguments().add(seen_index_), until));
    went_back_ = true;
  }
  return {};
}

// A question that changes nothing, so that it is asked again when the connection turns out dead.
Result<PgRows> StorePostgres::ask(const std::string& sql, const PgArguments& arguments) {
  const base::MonoTime until = deadline();
  const bool was_connected = main_ != nullptr;
  WEFT_TRY_VOID(need_main(until));
  auto rows = main_->run_prepared(sql, arguments, until);
  if (!rows && rows.error().code == Code::kUnavailable && was_connected) {
    WEFT_TRY_VOID(need_main(until));
    rows = main_->run_prepared(sql, arguments, until);
  }
  return rows;
}

Result<std::uint64_t> StorePostgres::load(const ObjectSink& each) {
  const base::MutexLock lock(mutex_);
  const base::MonoTime until = deadline();
  WEFT_TRY_VOID(need_main(until));
  WEFT_TRY_VOID(main_->run_script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", until));
  const auto loaded = load_snapshot(each);
  const auto ended = main_->run_script("ROLLBACK", deadline());
  if (!loaded || !ended) {
    anchor_ = {};
    return loaded ? base::fail(ended.error()) : loaded;
  }
  went_back_ = false;
  return loaded;
}

Result<std::uint64_t> StorePostgres::load_index() {
  WEFT_TRY(const PgRows rows, main_->run(statements_.last_change, {}, deadline()));
  if (rows.count() != 1) {
    return base::fail(Code::kIo, "PostgreSQL: weft's tables are incomplete", base::Side::kStore);
  }
  anchor_ = rows.is_null(0, 1) ? Anchor{} : Anchor{rows.index(0, 1), rows.number(0, 2)};
  seen_index_ = std::max(seen_index_, rows.index(0, 0));
  return rows.index(0, 0);
}

Result<std::uint64_t> StorePostgres::load_snapshot(const ObjectSink& each) {
  WEFT_TRY(const std::uint64_t index, load_index());
  WEFT_TRY_VOID(main_->run_script(statements_.declare_objects, deadline()));
  const std::string fetch = fmt::format("FETCH {} FROM weft_objects", kLoadRows);
  for (;;) {
    WEFT_TRY(const PgRows rows, main_->run(fetch, {}, deadline()));
    for (int row = 0; row < rows.count(); ++row) {
      WEFT_TRY_VOID(each({.table = rows.bytes(row, 0),
                          .key = rows.bytes(row, 1),
                          .body = rows.bytes(row, 4),
                          .created_index = rows.index(row, 2),
                          .modified_index = rows.index(row, 3)}));
    }
    if (rows.count() < kLoadRows) {
      return index;
    }
  }
}

Result<void> StorePostgres::append(std::uint64_t last_index,
                                   std::span<const StoredChange> changes) {
  const base::MutexLock lock(mutex_);
  const base::MonoTime until = deadline();
  WEFT_TRY_VOID(need_main(until));
  if (changes.empty()) {
    return find_conflict(last_index, until);
  }
  PgArguments arguments;
  arguments.add(last_index).add(changes.back().index).add(options_.retention.changes_max);
  // Twice as fast as the log grows, so it shrinks to its bound in small steps.
  arguments.add(std::uint64_t{2 * changes.size()});
  arguments.add(oldest_kept(options_.retention, changes.back()));
  add_columns(arguments, changes);
  const Result<void> appended = append_in_turn(last_index, arguments, until);
  if (appended) {
    conflicts_ = 0;
    note_seen(changes.back());
  } else if (appended.error().code == Code::kConflict && ++conflicts_ >= kConflictsMax) {
    if (!main_->run_script(statements_.take_turn, until)) {
      main_.reset();  // with the transaction it may be in
    }
  }
  return appended;
}

Result<void> StorePostgres::append_in_turn(std::uint64_t last_index, const PgArguments& arguments,
                                           base::MonoTime until) {
  for (;;) {
    WEFT_TRY(const PgRows rows, main_->run_prepared(statements_.append, arguments, until));
    if (rows.count() > 0) {
      return {};
    }
    WEFT_TRY_VOID(find_conflict(last_index, until));
    // Nobody was faster, so it is another node's turn.
    const base::MonoTime again = io::deadline_after(kTurnPause);
    base::ignore(io::wait_for_descriptor(-1, io::kReadable, again), "nothing but the pause");
  }
}

// Errors: kConflict when the store has later changes than `last_index`.
Result<void> StorePostgres::find_conflict(std::uint64_t last_index, base::MonoTime until) {
  WEFT_TRY(const PgRows rows, main_->run_prepared(statements_.last_index, {}, until));
  if (rows.count() == 1 && rows.index(0, 0) <= last_index) {
    return {};
  }
  return base::fail(Code::kConflict, "the store has later changes", base::Side::kStore,
                    base::Retry::kSafe);
}

void StorePostgres::note_seen(const StoredChange& newest) {
  anchor_ = {newest.index, newest.time.time_since_epoch().count()};
  seen_index_ = std::max(seen_index_, newest.index);
}

Result<std::vector<StoredChange>> StorePostgres::follow(std::uint64_t index, std::size_t limit) {
  const base::MutexLock lock(mutex_);
  WEFT_TRY(const PgRows rows,
           ask(statements_.follow, PgArguments().add(index).add(std::uint64_t{limit})));
  if (went_back_) {
    return base::fail(Code::kNotFound, "PostgreSQL has gone back to an earlier state",
                      base::Side::kStore);
  }
  if (rows.count() == 0 || index < rows.index(0, 0)) {
    return base::fail(Code::kNotFound, "older changes are no longer kept", base::Side::kStore);
  }
  std::vector<StoredChange> found;
  for (int row = 0; row < rows.count() && !rows.is_null(row, 1); ++row) {
    found.push_back(read_pg_change(rows, row, 1));
  }
  if (!found.empty()) {
    note_seen(found.back());
  }
  return found;
}

Result<HistoryPage> StorePostgres::history(const HistoryQuery& query) {
  const base::MutexLock lock(mutex_);
  PgArguments arguments;
  arguments.add(query.before_index).add(std::uint64_t{kPgHistoryScanMax});
  arguments.add(std::string_view(query.table)).add(std::string_view(query.key), PgType::kBytes);
  arguments.add(std::uint64_t{query.limit + 1});
  WEFT_TRY(const PgRows rows, ask(statements_.history, arguments));
  HistoryPage page;
  for (int row = 0; row < rows.count() && !rows.is_null(row, 1); ++row) {
    if (page.changes.size() == query.limit) {
      page.next_before_index =
          page.changes.empty() ? query.before_index : page.changes.back().index;
      return page;
    }
    page.changes.push_back(read_pg_change(rows, row, 1));
  }
  if (rows.count() > 0 && !rows.is_null(0, 0)) {
    page.next_before_index = rows.index(0, 0);
  }
  return page;
}

Result<void> StorePostgres::release() {
  released_ = true;
  wake_.raise();
  {
    const base::MutexLock lock(listen_mutex_);
    listener_.reset();
  }
  const base::MutexLock lock(mutex_);
  main_.reset();
  return {};
}

Result<void> StorePostgres::take_back() {
  const base::MutexLock lock(mutex_);
  released_ = false;
  wake_.lower();
  if (stopped_) {
    wake_.raise();
  }
  return need_main(deadline());
}

void StorePostgres::stop_waiting() {
  stopped_ = true;
  wake_.raise();
}

Result<void> StorePostgres::tell(std::span<const std::string> words) {
  PgArray array(PgType::kText);
  for (const std::string& word : words) {
    array.add(std::string_view(word));
  }
  const base::MutexLock lock(mutex_);
  const base::MonoTime until = deadline();
  WEFT_TRY_VOID(need_main(until));
  WEFT_TRY_VOID(main_->run_prepared(statements_.tell, PgArguments().add(std::move(array)), until));
  return {};
}

Result<std::vector<std::uint32_t>> StorePostgres::attend(std::uint32_t mark) {
  const base::MutexLock lock(mutex_);
  const base::MonoTime until = deadline();
  WEFT_TRY_VOID(need_main(until));
  WEFT_TRY_VOID(take_attendance_lock(mark, until));
  WEFT_TRY(const PgRows rows,
           main_->run_prepared(statements_.who_attends,
                               PgArguments().add(as_signed(mesh_mark(options_.schema))), until));
  std::vector<std::uint32_t> marks;
  for (int row = 0; row < rows.count(); ++row) {
    const auto each = static_cast<std::uint32_t>(rows.number(row, 0));
    if (each != mark || attends_) {
      marks.push_back(each);
    }
  }
  return marks;
}

Result<void> StorePostgres::take_attendance_lock(std::uint32_t mark, base::MonoTime until) {
  if (attends_) {
    return {};
  }
  WEFT_TRY_VOID(main_->run_script(
      fmt::format("SET idle_session_timeout = {}", options_.silence_max.count()), until));
  WEFT_TRY(const PgRows rows,
           main_->run(statements_.attend,
                      PgArguments().add(as_signed(mesh_mark(options_.schema))).add(as_signed(mark)),
                      until));
  attends_ = rows.count() == 1 && rows.number(0, 0) == 1;
  return {};
}

Result<Heard> StorePostgres::wait_for_later(std::uint64_t index, base::Millis patience) {
  const base::MutexLock lock(listen_mutex_);
  const auto later = wait_on_listener(index, io::deadline_after(patience));
  if (later || later.error().code != Code::kCancelled) {
    return later;
  }
  if (stopped_) {
    return base::fail(Code::kShutdown, "nobody waits any longer", base::Side::kStore);
  }
  return let_go();
}

Result<Heard> StorePostgres::wait_on_listener(std::uint64_t index, base::MonoTime until) {
  WEFT_TRY(const bool is_new, need_listener());
  if (is_new) {
    // What was written while nobody listened.
    WEFT_TRY(const std::uint64_t last, last_index());
    if (last > index) {
      return Heard{last};
    }
  }
  for (;;) {
    WEFT_TRY(auto heard, listener_->next_notification(until));
    if (heard && !is_news(*heard, index)) {
      continue;
    }
    if (heard && heard->channel == statements_.words_channel) {
      WEFT_TRY(std::vector<std::string> words, words_after(*std::move(heard)));
      WEFT_TRY(const std::uint64_t last, last_index());
      return Heard{std::max(last, index), std::move(words)};
    }
    // Asked again whatever was heard: anybody may notify, and a server that has gone without a word
    // is noticed by this.
    WEFT_TRY(const std::uint64_t last, last_index());
    if (last > index || !heard) {
      return Heard{std::max(last, index)};
    }
  }
}

// With all that has arrived meanwhile: who tells much is not to cost a turn for each of it. News of
// changes among it is seen by the look at the last index that follows.
Result<std::vector<std::string>> StorePostgres::words_after(PgNotification first) {
  std::vector<std::string> words{std::move(first.payload)};
  for (;;) {
    WEFT_TRY(auto more, listener_->next_notification(base::MonoTime{}));
    if (!more) {
      return words;
    }
    if (more->channel == statements_.words_channel && more->backend != own_backend_) {
      words.push_back(std::move(more->payload));
    }
  }
}

// What this process has appended is no news to it.
bool StorePostgres::is_news(const PgNotification& heard, std::uint64_t index) const {
  return heard.backend != own_backend_ &&
         (heard.channel == statements_.words_channel ||
          base::parse_u64(heard.payload).value_or(index + 1) > index);
}

// Returns: whether the connection is a new one.
Result<bool> StorePostgres::need_listener() {
  if (released_ || stopped_) {
    return base::fail(Code::kCancelled, "nobody may wait");
  }
  if (listener_ && listener_->is_alive()) {
    return false;
  }
  listener_.reset();
  const base::MonoTime until = deadline();
  WEFT_TRY(PgConnection connected, connect(&wake_, until));
  WEFT_TRY_VOID(connected.run_script(statements_.listen, until));
  listener_ = std::make_unique<PgConnection>(std::move(connected));
  return true;
}

Result<std::uint64_t> StorePostgres::last_index() {
  WEFT_TRY(const PgRows rows, listener_->run_prepared(statements_.last_index, {}, deadline()));
  return rows.count() == 1 ? rows.index(0, 0) : 0;
}

}  // namespace weft::state
