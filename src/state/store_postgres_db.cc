#include "state/store_postgres_db.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace weft::state {
namespace {

using base::Code;
using base::Retry;

// What PostgreSQL's errors mean, by the beginning of their SQLSTATE; the first that fits counts.
// Source: PostgreSQL, "Error Codes".
struct SqlState {
  std::string_view begin;
  Code code;
  const char* what;
};
constexpr std::array kSqlStates = {
    SqlState{"28", Code::kForbidden, "PostgreSQL refuses the user or the password"},
    SqlState{"3D000", Code::kNotFound, "PostgreSQL has no such database"},
    SqlState{"42501", Code::kForbidden, "PostgreSQL: the user lacks a privilege"},
    SqlState{"42P01", Code::kIo, "PostgreSQL: weft's tables are gone"},
    SqlState{"3F000", Code::kIo, "PostgreSQL: weft's schema is gone"},
    SqlState{"53100", Code::kNoSpace, "PostgreSQL: its disk is full"},
    SqlState{"53", Code::kUnavailable, "PostgreSQL is out of connections or memory"},
    SqlState{"57014", Code::kTimeout, "PostgreSQL took too long"},
    SqlState{"55P03", Code::kTimeout, "PostgreSQL took too long for a lock"},
    SqlState{"57P", Code::kUnavailable, "PostgreSQL is starting or stopping"},
    SqlState{"08", Code::kUnavailable, "PostgreSQL: the connection failed"},
    SqlState{"25006", Code::kUnavailable, "PostgreSQL only reads: it is a standby"},
    SqlState{"40", Code::kConflict, "PostgreSQL: another transaction came in between"},
    SqlState{"58", Code::kIo, "PostgreSQL: its system failed"},
    SqlState{"XX001", Code::kIo, "PostgreSQL: its data are damaged"},
    SqlState{"XX002", Code::kIo, "PostgreSQL: an index is damaged"},
};

base::Error error_of_state(std::string_view state, Retry retry) {
  for (const SqlState& known : kSqlStates) {
    if (state.starts_with(known.begin)) {
      return {known.code, base::Side::kStore, retry, 0, known.what};
    }
  }
  return {Code::kIo, base::Side::kStore, retry, 0, "PostgreSQL refuses a statement"};
}

// A failed start has no field with the state; as we ask for messages, it is the message's last
// word.
std::string_view state_of_message(std::string_view message) {
  const std::string_view word = message.substr(message.find_last_of(" \n") + 1);
  const bool is_state = word.size() == 5 && std::ranges::all_of(word, [](char c) {
                          return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                        });
  return is_state ? word : std::string_view();
}

void drop_notice(void* /*unused*/, const PGresult* /*notice*/) {}

// Settings of a connection: the earlier are defaults that the URL may change, so they come first.
std::vector<std::pair<std::string, std::string>> settings_of(const PgTarget& target,
                                                             base::Millis patience) {
  const auto seconds = std::max<std::int64_t>(1, patience.count() / 1000);
  std::vector<std::pair<std::string, std::string>> all = {
      {"fallback_application_name", "weft"},
      // A standby would take the connection and refuse every write.
      {"target_session_attrs", "read-write"},
      // Kerberos would be asked on every connection, by calls that block.
      {"gssencmode", "disable"},
      {"keepalives", "1"},
      {"keepalives_idle", fmt::format("{}", seconds)},
      {"keepalives_interval", fmt::format("{}", std::max<std::int64_t>(1, seconds / 3))},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", fmt::format("{}", patience.count())}};
  all.insert(all.end(), target.settings.begin(), target.settings.end());
  return all;
}

// Bytes that TLS has unpacked and libpq has not taken are not seen by poll(2); so the wait for a
// server that speaks TLS looks again from time to time.
constexpr base::Millis kTlsLookAgain{200};

}  // namespace

void PgConnection::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

PgConnection::PgConnection(Handle handle, const Options& options)
    : handle_(std::move(handle)), cut_short_(options.cut_short) {}

namespace {

// What is left until `deadline`, shared by `parts`.
base::MonoTime share_of(base::MonoTime deadline, std::size_t parts) {
  const base::MonoTime now = io::deadline_after(base::Nanos(0));
  return now + (deadline - now) / static_cast<std::int64_t>(parts);
}

void say_why(std::string& why, std::string_view reason) {
  why += why.empty() ? "" : "; ";
  why += reason;
}

}  // namespace

base::Result<PgConnection> PgConnection::open(const Options& options, base::MonoTime deadline,
                                              std::string& why) {
  base::Result<PgConnection> last =
      base::fail(Code::kUnavailable, "PostgreSQL: no server is named", base::Side::kStore);
  for (std::size_t at = 0; at < options.targets.size(); ++at) {
    const base::MonoTime until = share_of(deadline, options.targets.size() - at);
    const auto addresses = resolve_target(options.targets[at], until);
    if (!addresses) {
      say_why(why, addresses.error().what);
      last = base::fail(addresses.error());
      continue;
    }
    for (std::size_t i = 0; i < addresses->size(); ++i) {
      last = connect((*addresses)[i], options, share_of(until, addresses->size() - i), why);
      if (last || last.error().code == Code::kCancelled) {
        return last;
      }
    }
  }
  return last;
}

base::Result<PgConnection> PgConnection::connect(const PgTarget& target, const Options& options,
                                                 base::MonoTime deadline, std::string& why) {
  const auto settings = settings_of(target, options.patience);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : settings) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  PgConnection made(Handle(PQconnectStartParams(keywords.data(), values.data(), 0)), options);
  if (made.handle_ == nullptr) {
    return base::fail(Code::kUnavailable, "out of memory", base::Side::kStore);
  }
  PQsetErrorVerbosity(made.handle_.get(), PQERRORS_SQLSTATE);
  PQsetNoticeReceiver(made.handle_.get(), drop_notice, nullptr);
  const auto connected = made.finish_connect(deadline, why);
  if (!connected) {
    base::Error error = connected.error();
    error.retry = Retry::kSafe;
    return base::fail(error);
  }
  return made;
}

// Source: libpq, PQconnectPoll.
base::Result<void> PgConnection::finish_connect(base::MonoTime deadline, std::string& why) {
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (PQstatus(handle_.get()) != CONNECTION_BAD && next != PGRES_POLLING_FAILED) {
    if (next == PGRES_POLLING_OK && PQsetnonblocking(handle_.get(), 1) == 0) {
      return {};
    }
    const auto waited =
        wait(next == PGRES_POLLING_READING ? io::kReadable : io::kWritable, deadline);
    if (!waited) {
      say_why(why, waited.error().what);
      return waited;
    }
    next = PQconnectPoll(handle_.get());
  }
  std::string_view message = PQerrorMessage(handle_.get());
  message = message.substr(0, message.find('\n'));
  // Of a connection libpq says where it was to go, and the server's own text is left out but for
  // its state; what it says of settings repeats them.
  say_why(why, message.starts_with("connection to server") ? message : "a setting is refused");
  const std::string_view state = state_of_message(message);
  if (!state.empty()) {
    return base::fail(error_of_state(state, Retry::kSafe));
  }
  return base::fail(Code::kUnavailable, "PostgreSQL cannot be reached", base::Side::kStore);
}

// What the server makes of what was sent is not known.
std::unexpected<base::Error> PgConnection::lost() {
  handle_.reset();
  return base::fail(Code::kUnavailable, "PostgreSQL: the connection was lost", base::Side::kStore);
}

base::Result<void> PgConnection::wait(std::uint8_t wanted, base::MonoTime deadline) {
  const auto waited =
      io::wait_for_descriptor(PQsocket(handle_.get()), wanted, deadline, cut_short_);
  if (waited) {
    return {};
  }
  base::Error error = waited.error();
  error.side = base::Side::kStore;
  if (error.code == Code::kTimeout) {
    error.what = "PostgreSQL does not answer in time";
  }
  return base::fail(error);
}

base::Result<void> PgConnection::flush(base::MonoTime deadline) {
  for (;;) {
    const int left = PQflush(handle_.get());
    if (left < 0) {
      return lost();
    }
    if (left == 0) {
      return {};
    }
    // The server may have to be read before it reads on.
    const auto waited = wait(io::kReadable | io::kWritable, deadline);
    if (!waited) {
      handle_.reset();
      return waited;
    }
    if (PQconsumeInput(handle_.get()) == 0) {
      return lost();
    }
  }
}

base::Result<void> PgConnection::wait_for_result(base::MonoTime deadline) {
  while (PQisBusy(handle_.get()) != 0) {
    const bool is_tls = PQsslInUse(handle_.get()) != 0;
    const base::MonoTime look_again =
        is_tls ? std::min(deadline, io::deadline_after(kTlsLookAgain)) : deadline;
    const auto waited = wait(io::kReadable, look_again);
    const bool goes_on = !waited && waited.error().code == Code::kTimeout && look_again < deadline;
    if (!waited && !goes_on) {
      handle_.reset();
      return waited;
    }
    if (PQconsumeInput(handle_.get()) == 0) {
      return lost();
    }
  }
  return {};
}

// Takes everything that answers what was sent. A commit is over when the server is ready for the
// next query, which is after its last result; so the first error counts, wherever it comes.
base::Result<PgRows> PgConnection::finish(int sent, base::MonoTime deadline) {
  if (sent == 0) {
    return lost();
  }
  WEFT_TRY_VOID(flush(deadline));
  PgRows rows;
  std::optional<base::Error> error;
  for (;;) {
    WEFT_TRY_VOID(wait_for_result(deadline));
    PGresult* result = PQgetResult(handle_.get());
    if (result == nullptr) {
      break;
    }
    PgRows taken(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK) {
      rows = std::move(taken);
    } else if (status != PGRES_COMMAND_OK && !error) {
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      error = error_of_state(state != nullptr ? state : "08000", Retry::kSafe);
    }
  }
  if (PQstatus(handle_.get()) == CONNECTION_BAD) {
    const std::unexpected<base::Error> gone = lost();
    return error ? base::fail(base::Error{error->code, error->side, Retry::kNever, 0, error->what})
                 : gone;
  }
  return error ? base::Result<PgRows>(base::fail(*error)) : std::move(rows);
}

base::Result<void> PgConnection::run_script(const std::string& sql, base::MonoTime deadline) {
  if (handle_ == nullptr) {
    return lost();
  }
  WEFT_TRY_VOID(finish(PQsendQuery(handle_.get(), sql.c_str()), deadline));
  return {};
}

namespace {

// The arguments as libpq takes them, in binary.
struct RawArguments {
  explicit RawArguments(const PgArguments& arguments)
      : formats(arguments.count(), 1), count(static_cast<int>(arguments.count())) {
    for (const std::string& value : arguments.values()) {
      values.push_back(value.data());
      lengths.push_back(static_cast<int>(value.size()));
    }
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  int count;
};

// chosen: half of what the server takes in one message.
constexpr std::size_t kArgumentBytesMax = 512 * 1024 * 1024;

std::unexpected<base::Error> too_large() {
  return base::fail(Code::kLimit, "too much for one statement of PostgreSQL", base::Side::kStore);
}

}  // namespace

base::Result<PgRows> PgConnection::run(const std::string& sql, const PgArguments& arguments,
                                       base::MonoTime deadline) {
  if (handle_ == nullptr) {
    return lost();
  }
  if (arguments.bytes() > kArgumentBytesMax) {
    return too_large();
  }
  const RawArguments raw(arguments);
  const int sent =
      PQsendQueryParams(handle_.get(), sql.c_str(), raw.count, arguments.types().data(),
                        raw.values.data(), raw.lengths.data(), raw.formats.data(), 1);
  return finish(sent, deadline);
}

base::Result<void> PgConnection::prepare(const std::string& sql, const PgArguments& arguments,
                                         base::MonoTime deadline) {
  if (prepared_.contains(sql)) {
    return {};
  }
  const std::string name = fmt::format("weft_{}", prepared_.size() + 1);
  const int sent = PQsendPrepare(handle_.get(), name.c_str(), sql.c_str(),
                                 static_cast<int>(arguments.count()), arguments.types().data());
  WEFT_TRY_VOID(finish(sent, deadline));
  prepared_.emplace(sql, name);
  return {};
}

base::Result<PgRows> PgConnection::run_prepared(const std::string& sql,
                                                const PgArguments& arguments,
                                                base::MonoTime deadline) {
  if (handle_ == nullptr) {
    return lost();
  }
  if (arguments.bytes() > kArgumentBytesMax) {
    return too_large();
  }
  WEFT_TRY_VOID(prepare(sql, arguments, deadline));
  const RawArguments raw(arguments);
  const int sent =
      PQsendQueryPrepared(handle_.get(), prepared_.at(sql).c_str(), raw.count, raw.values.data(),
                          raw.lengths.data(), raw.formats.data(), 1);
  return finish(sent, deadline);
}

base::Result<std::optional<PgNotification>> PgConnection::next_notification(
    base::MonoTime deadline) {
  while (handle_ != nullptr) {
    if (PGnotify* raw = PQnotifies(handle_.get()); raw != nullptr) {
      PgNotification heard{.channel = raw->relname, .payload = raw->extra, .backend = raw->be_pid};
      PQfreemem(raw);
      return heard;
    }
    const auto waited = wait(io::kReadable, deadline);
    if (!waited && waited.error().code == Code::kTimeout) {
      return std::nullopt;
    }
    if (!waited) {
      handle_.reset();
      return base::fail(waited.error());
    }
    if (PQconsumeInput(handle_.get()) == 0) {
      break;
    }
  }
  return lost();
}

bool PgConnection::is_alive() {
  // A server that ends a session says why before it closes the connection: both are read.
  while (handle_ != nullptr &&
         io::wait_for_descriptor(PQsocket(handle_.get()), io::kReadable, base::MonoTime{})) {
    if (PQconsumeInput(handle_.get()) == 0) {
      handle_.reset();
    }
  }
  return handle_ != nullptr;
}

int PgConnection::backend() const { return handle_ == nullptr ? 0 : PQbackendPID(handle_.get()); }

}  // namespace weft::state
