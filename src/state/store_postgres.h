// The store that several nodes share: a schema of a PostgreSQL database. PostgreSQL is the engine
// that agrees on an order; a node that appends proves that it has seen everything before.
//
// The same tables as the embedded store's (README.md). An append is one statement, so that no node
// that stops or is cut off in mid-append leaves a lock behind for the others to wait for. It ends
// with a NOTIFY that wakes the other nodes, who listen on a connection of their own. A node that
// keeps coming too late, because another writes all the time, takes a turn: the others wait until
// it has appended, half a second at most.
#pragma once

#include "base/log.h"
#include "base/mutex.h"
#include "base/time.h"
#include "io/descriptor_wait.h"
#include "state/retention.h"
#include "state/store.h"
#include "state/store_postgres_db.h"
#include "state/store_postgres_statements.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::state {

// Connections are opened again when they broke.
// Thread: any (synchronised). Calls block, each at most for the patience but for load(), which may
// take as long as it gets on.
class StorePostgres final : public Store {
 public:
  struct Options {
    std::string url;  // postgresql:// or postgres://, as libpq takes it; several hosts are tried
    std::string schema = "weft";  // lower-case letters, digits and _; made when it is not there
    // With a server that does not answer, per call. The server itself ends a statement a little
    // earlier, so that most slow calls end with nothing done.
    base::Millis patience = base::Millis(5000);
    base::Millis silence_max = base::Millis(1200);  // of who attends
    Retention retention{};     // of several nodes the one that keeps least decides
    base::Log* log = nullptr;  // is told why PostgreSQL cannot be reached
  };

  // Connects, creates or upgrades the tables. Lifetime: the log outlives it.
  // Errors: kInvalid (url, schema; another program's schema), kUnavailable, kTimeout, kForbidden,
  // kNotFound (no such database), kUnsupported (a newer weft wrote it), kNoSpace, kIo.
  static base::Result<std::unique_ptr<StorePostgres>> open(const Options& options);

  ~StorePostgres() override;
  base::Result<std::uint64_t> load(const ObjectSink& each) override;
  base::Result<void> append(std::uint64_t last_index,
                            std::span<const StoredChange> changes) override;
  base::Result<std::vector<StoredChange>> follow(std::uint64_t index, std::size_t limit) override;
  base::Result<HistoryPage> history(const HistoryQuery& query) override;
  // Closes the connections. Others may go on as before.
  base::Result<void> release() override;
  base::Result<void> take_back() override;
  bool is_shared() const override { return true; }
  base::Result<Heard> wait_for_later(std::uint64_t index, base::Millis patience) override;
  void stop_waiting() override;
  base::Result<void> tell(std::span<const std::string> words) override;
  // By an advisory lock of the connection that appends. The server ends a connection from which it
  // hears nothing for options.silence_max, and so the lock of a process that is cut off or stopped.
  base::Result<std::vector<std::uint32_t>> attend(std::uint32_t mark) override;

 private:
  // The newest entry of the log that this process has seen. When it is no longer there, the
  // database is not the one it was: a backup was put back, or a standby without the last writes
  // took over.
  struct Anchor {
    std::uint64_t index = 0;  // 0: none
    std::int64_t time_ns = 0;
  };

  StorePostgres(Options options, std::vector<PgTarget> targets, io::WakeFlag wake);
  base::MonoTime deadline() const { return io::deadline_after(options_.patience); }
  base::Result<PgConnection> connect(const io::WakeFlag* cut_short, base::MonoTime deadline);
  void log_failure(const std::string& why);
  base::Result<void> check_open() const;

  base::Result<void> need_main(base::MonoTime until) WEFT_REQUIRES(mutex_);
  base::Result<void> check_anchor(base::MonoTime until) WEFT_REQUIRES(mutex_);
  base::Result<PgRows> ask(const std::string& sql, const PgArguments& arguments)
      WEFT_REQUIRES(mutex_);
  base::Result<void> find_conflict(std::uint64_t last_index, base::MonoTime until)
      WEFT_REQUIRES(mutex_);
  base::Result<void> append_in_turn(std::uint64_t last_index, const PgArguments& arguments,
                                    base::MonoTime until) WEFT_REQUIRES(mutex_);
  base::Result<std::uint64_t> load_snapshot(const ObjectSink& each) WEFT_REQUIRES(mutex_);
  base::Result<std::uint64_t> load_index() WEFT_REQUIRES(mutex_);
  void note_seen(const StoredChange& newest) WEFT_REQUIRES(mutex_);

  base::Result<Heard> wait_on_listener(std::uint64_t index, base::MonoTime until)
      WEFT_REQUIRES(listen_mutex_);
  base::Result<std::vector<std::string>> words_after(PgNotification first)
      WEFT_REQUIRES(listen_mutex_);
  base::Result<void> take_attendance_lock(std::uint32_t mark, base::MonoTime until)
      WEFT_REQUIRES(mutex_);
  base::Result<bool> need_listener() WEFT_REQUIRES(listen_mutex_);
  base::Result<std::uint64_t> last_index() WEFT_REQUIRES(listen_mutex_);
  bool is_news(const PgNotification& heard, std::uint64_t index) const;

  const Options options_;
  const std::vector<PgTarget> targets_;
  const PgStatements statements_;

  base::Mutex mutex_;  // one caller at a time
  std::unique_ptr<PgConnection> main_ WEFT_GUARDED_BY(mutex_);
  Anchor anchor_ WEFT_GUARDED_BY(mutex_);
  int conflicts_ WEFT_GUARDED_BY(mutex_) = 0;             // since the last append
  std::uint64_t seen_index_ WEFT_GUARDED_BY(mutex_) = 0;  // the highest, whatever became of it
  bool went_back_ WEFT_GUARDED_BY(mutex_) = false;        // until it is loaded again
  bool attends_ WEFT_GUARDED_BY(mutex_) = false;          // the lock is main_'s

  base::Mutex listen_mutex_;  // as long as somebody waits
  std::unique_ptr<PgConnection> listener_ WEFT_GUARDED_BY(listen_mutex_);

  const io::WakeFlag wake_;  // raised: nobody waits on the listener
  std::atomic<bool> released_{false};
  std::atomic<bool> stopped_{false};
  std::atomic<int> own_backend_{0};  // the server's process that sends our notifications

  base::Mutex log_mutex_;
  std::string last_why_ WEFT_GUARDED_BY(log_mutex_);
};

}  // namespace weft::state
