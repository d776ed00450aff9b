// Membership: this node among those that share a store. Makes it known that it is there, sees who
// is not there any longer, and keeps the rows of the nodes true.
//
//   Membership membership({loop, state, log, meters}, {.name = "a", .id = uuid});
//   WEFT_CO_TRY_VOID(co_await membership.join());   // before its row is written
//   membership.start(write_own_row);
#pragma once

#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "base/time.h"
#include "io/loop.h"
#include "io/task.h"
#include "model/view.h"
#include "state/state.h"

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::membership {

// What a node is called: its row's key, and the UUID that is its own for good.
struct Identity {
  std::string name;
  std::string id;
};

// The mark by which a store knows a node. Thread: any; pure.
std::uint32_t mark_of(std::string_view id);

// Thread: its loop. Lifetime: stop() is awaited before it is destroyed, when it was started.
class Membership final {
 public:
  // All outlive it.
  struct Parts {
    io::Loop& loop;
    state::State& state;
    base::Log& log;
    base::MeterRegistry& meters;
  };
  struct Options {
    // How often it says that it is there. The store waits a little over a second for it.
    base::Nanos look_interval = base::Millis(300);
    // A node that is missed so often in a row has failed. After this node was away itself the
    // others get longer: they were cut off as well, and have not all come back at once.
    int misses_max = 3;
    int misses_after_absence_max = 15;
    // join() waits so long for the end of an earlier process of this node.
    base::Nanos join_patience = base::Seconds(5);
  };

  Membership(const Parts& parts, Identity self, const Options& options);
  Membership(const Parts& parts, Identity self) : Membership(parts, std::move(self), Options{}) {}
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;

  // Says for the first time that this node is there.
  // Errors: kConflict (another process has this id, or a node that is there this name: the text
  // says what to do); the store's.
  io::Task<base::Result<void>> join();

  // Looks from now on. `write_self` writes this node's row, alive, and returns when it is done; it
  // is called when others took it for failed.
  void start(std::function<io::Task<void>()> write_self);

  // Stops to look. The row says that it has left, when the store takes that.
  io::Task<void> leave();
  // Stops to look and says nothing: another process goes on as this node.
  io::Task<void> stop();

 private:
  io::Task<void> look_always();
  io::Task<void> look();
  io::Task<void> mark_as(std::string name, std::string id, model::NodeLife life);
  std::vector<Identity> missing(std::span<const std::uint32_t> marks);
  bool is_first(std::span<const std::uint32_t> marks) const;
  base::Result<void> check_name(std::span<const std::uint32_t> marks) const;
  void note_reach(const base::Result<std::vector<std::uint32_t>>& marks);

  io::Loop& loop_;
  state::State& state_;
  base::Log& log_;
  const Identity self_;
  const std::uint32_t mark_;
  const Options options_;
  base::MeterGroup meters_;
  base::Gauge& nodes_;
  std::function<io::Task<void>()> write_self_;
  std::map<std::string, int, std::less<>> misses_;  // in a row, by the node's name
  int misses_max_;
  bool is_reached_ = true;  // as far as the log was told
  io::TaskScope scope_;
};

}  // namespace weft::membership
