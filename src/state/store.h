// The edge to durability: a store keeps the objects and the log of changes.
// Implementations: store_sqlite.h (the embedded default), store_postgres.h (several nodes share
// it), store_memory.h (the fake of both). All obey store_contract_test.cc.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weft::state {

// An object as it lies in the store: names and JSON text, no types.
struct StoredObject {
  std::string table;
  std::string key;
  std::string body;  // JSON
  std::uint64_t created_index = 0;
  std::uint64_t modified_index = 0;

  bool operator==(const StoredObject&) const = default;
};

// One entry of the log: who changed what and when, from what, into what.
struct StoredChange {
  std::uint64_t index = 0;
  base::WallTime time{};  // kept to the nanosecond
  std::string actor;
  std::string table;
  std::string key;
  std::uint64_t created_index = 0;    // of the object
  std::optional<std::string> before;  // JSON; null: the change created it
  std::optional<std::string> after;   // JSON; null: the change deleted it

  bool operator==(const StoredChange&) const = default;
};

// What of the log to read, newest first.
struct HistoryQuery {
  std::uint64_t before_index = std::numeric_limits<std::int64_t>::max();  // exclusive
  std::size_t limit = 100;
  std::string table{};  // empty: all
  std::string key{};    // empty: all; needs a table
};

struct HistoryPage {
  std::vector<StoredChange> changes;
  // The next page's before_index; nullopt at the end of the log. A page may be short or empty and
  // still have a next one: the work of one call is bounded.
  std::optional<std::uint64_t> next_before_index;
};

// What somebody who waits on a shared store hears.
struct Heard {
  std::uint64_t index = 0;           // of the last change
  std::vector<std::string> words{};  // what other processes told, oldest first
};

// Every call may block on a disk or a network: it belongs on a blocking thread.
// Errors of all calls: kIo, kNoSpace, kForbidden, kUnavailable, kTimeout; side kStore. An error
// leaves the store as it was, except that a failed append may turn out to be durable after all: the
// caller asks follow() before it goes on.
// Thread: any (synchronised).
class Store {
 public:
  using ObjectSink = std::function<base::Result<void>(StoredObject)>;

  virtual ~Store() = default;

  // Hands every object to `each`, in no particular order; an error of `each` ends it.
  // Returns: the index of the last change ever appended, also when it was a deletion; 0 when empty.
  virtual base::Result<std::uint64_t> load(const ObjectSink& each) = 0;

  // Appends changes with ascending indexes above `last_index` and brings the objects up to date,
  // whole or not at all. When it returns a value the changes survive a crash of process or machine.
  // `last_index`: the last change the caller has seen.
  // Errors: kConflict when the store has later ones (another node wrote).
  virtual base::Result<void> append(std::uint64_t last_index,
                                    std::span<const StoredChange> changes) = 0;

  // Returns: at most `limit` changes after `index`, oldest first.
  // Errors: kNotFound when some of them are no longer kept, or what the caller has seen is not what
  // is kept (a backup was put back); load() has what became of them.
  virtual base::Result<std::vector<StoredChange>> follow(std::uint64_t index,
                                                         std::size_t limit) = 0;

  virtual base::Result<HistoryPage> history(const HistoryQuery& query) = 0;

  // Lets go of it so that another process can have it; every other call is kUnavailable until
  // take_back(), which does nothing when it was not let go of. What was appended is in it.
  virtual base::Result<void> release() = 0;
  // Errors: kUnavailable while another process has it.
  virtual base::Result<void> take_back() = 0;

  // Can others append while this process has it? Then a refused append (kConflict) is part of the
  // ordinary course, and what others write is to be followed. A store that is one process's alone
  // has no others: nothing below is ever needed for it.
  virtual bool is_shared() const = 0;

  // Blocks until the store has changes after `index`, whoever appended them, or `patience` has
  // passed. On a thread of its own: no other call waits behind it, nor it behind them. One caller
  // at a time. A store that is not shared returns at once.
  // Returns as well when another process tells something. Its index is never below `index`.
  // Errors: kUnavailable (also after release()), kShutdown (after stop_waiting()).
  virtual base::Result<Heard> wait_for_later(std::uint64_t index, base::Millis patience) = 0;

  // Ends wait_for_later(), now and for good: its caller is stopping.
  virtual void stop_waiting() = 0;

  // Tells the other processes something each, texts in UTF-8 of at most kWordBytesMax. Who waits
  // for later hears it, at most once; nobody keeps it for who does not. Not shared: nobody is told.
  static constexpr std::size_t kWordBytesMax = 7900;  // PostgreSQL: a NOTIFY has 8,000 at most
  virtual base::Result<void> tell(std::span<const std::string> words) = 0;

  // Says that the process with this mark is there, and who is. One is there from its first call on,
  // as long as its connection lives and the next call comes in time (half a second at most).
  // Returns: the marks of all that are there; one's own is missing while another process has it.
  // Not shared: one's own alone.
  virtual base::Result<std::vector<std::uint32_t>> attend(std::uint32_t mark) = 0;
};

}  // namespace weft::state
