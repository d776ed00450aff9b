// The few libpq calls that store_postgres.cc needs, with errors as Result and deadlines that hold
// whatever the server does: the calls of libpq that do not block, and waits of our own between.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "io/descriptor_wait.h"
#include "state/store_postgres_target.h"
#include "state/store_postgres_values.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace weft::state {

// What NOTIFY said.
struct PgNotification {
  std::string channel;
  std::string payload;
  int backend = 0;  // the server's process that said it: PgConnection::backend() of its sender
};

// A connection, closed with the object. After a deadline passed, the wait was cut short or the
// server has gone it is dead: every call fails.
// Errors of all calls: kTimeout (the deadline; the server's own limit on a statement, then nothing
// is changed), kUnavailable (the server has gone or cannot be reached), kCancelled (cut short),
// kForbidden, kNotFound (no such database), kNoSpace, kConflict (serialization), kIo; side kStore.
// Retry::kSafe says that the statement has changed nothing.
// Thread: one at a time, blocking.
class PgConnection final {
 public:
  struct Options {
    std::vector<PgTarget> targets;
    base::Millis patience = base::Millis(5000);  // with a server that acknowledges nothing
    const io::WakeFlag* cut_short = nullptr;     // ends every wait when it is raised
  };

  // Connects to the first target that takes writes; each has its share of the time.
  // `why`: where to say what was wrong with each of them, for people; without passwords.
  static base::Result<PgConnection> open(const Options& options, base::MonoTime deadline,
                                         std::string& why);

  // Runs statements without arguments one after the other; what they return is dropped.
  base::Result<void> run_script(const std::string& sql, base::MonoTime deadline);
  base::Result<PgRows> run(const std::string& sql, const PgArguments& arguments,
                           base::MonoTime deadline);
  // The same for a statement that comes often: its plan is kept. `sql` is not a FETCH.
  base::Result<PgRows> run_prepared(const std::string& sql, const PgArguments& arguments,
                                    base::MonoTime deadline);

  // The next one of the channels that were listened to. Returns: nullopt at the deadline, which is
  // no error here.
  base::Result<std::optional<PgNotification>> next_notification(base::MonoTime deadline);

  // False when it is known to be dead; looks whether the server has closed it, and waits for
  // nothing.
  bool is_alive();
  // The number of the server's process.
  int backend() const;

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  using Handle = std::unique_ptr<pg_conn, Close>;

  PgConnection(Handle handle, const Options& options);
  static base::Result<PgConnection> connect(const PgTarget& target, const Options& options,
                                            base::MonoTime deadline, std::string& why);
  base::Result<void> finish_connect(base::MonoTime deadline, std::string& why);
  base::Result<void> prepare(const std::string& sql, const PgArguments& arguments,
                             base::MonoTime deadline);
  base::Result<PgRows> finish(int sent, base::MonoTime deadline);
  base::Result<void> flush(base::MonoTime deadline);
  base::Result<void> wait_for_result(base::MonoTime deadline);
  base::Result<void> wait(std::uint8_t wanted, base::MonoTime deadline);
  std::unexpected<base::Error> lost();

  Handle handle_;  // null: dead
  const io::WakeFlag* cut_short_;
  std::map<std::string, std::string> prepared_;  // names by statement
};

}  // namespace weft::state
