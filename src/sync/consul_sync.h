// ConsulSync: keeps a Consul and this mesh in step. The door of this room.
//
//   ConsulSync sync({loop, resolver, state, log, meters}, options, [] { return true; });
//   sync.start();
//   ...
//   co_await sync.stop();
//
// Of several nodes that share a mesh one syncs at a time: the one whose predicate says so.
#pragma once

#include "base/address.h"
#include "base/log.h"
#include "base/meters.h"
#include "base/result.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "state/state.h"
#include "sync/consul_client.h"
#include "sync/inward.h"
#include "sync/outward.h"
#include "sync/reach.h"
#include "sync/settings.h"

#include <functional>
#include <memory>
#include <string>

namespace weft::sync {

// Thread: its loop. Lifetime: stop() has ended before it goes.
class ConsulSync final {
 public:
  // All outlive it. `resolver` may be null.
  struct Parts {
    io::Loop& loop;
    io::Resolver* resolver;
    state::State& state;
    base::Log& log;
    base::MeterRegistry& meters;
  };

  struct Options {
    base::HostPort address;
    Direction direction = Direction::kBoth;
    std::string prefix;       // put before the names of services that come in
    std::string token;        // empty: none
    std::string mesh_name;    // for people on the other side
    std::string own_address;  // where instances are that have no address of their own
    SyncSpeed speed{};
  };

  // Is it this node that syncs? Empty: always. Asked on the loop; must not block.
  using IsLeader = std::function<bool()>;

  ConsulSync(const Parts& parts, Options options, IsLeader is_leader = {});
  ConsulSync(const ConsulSync&) = delete;
  ConsulSync& operator=(const ConsulSync&) = delete;
  ~ConsulSync();

  void start();
  // Ends what is under way; what was synced stays on both sides.
  io::Task<void> stop();

  // The predicate says something else now: begins with everything anew, or lets go.
  void leadership_changed() { changed_.notify_all(); }

  // The other side answers everything that is asked.
  bool is_up() const { return reach_.is_up(); }

 private:
  struct Term;

  bool is_leader() const { return !is_leader_ || is_leader_(); }
  io::Task<void> run();
  io::Task<bool> wait_until(bool leads);
  io::Task<base::Result<std::string>> mesh_id();
  io::Task<base::Result<void>> begin_term();
  io::Task<void> end_term();

  const Parts parts_;
  const Options options_;
  const IsLeader is_leader_;
  SyncMeters meters_;
  Reach reach_;
  io::Event changed_;
  std::unique_ptr<Term> term_;  // while this node syncs
  io::TaskScope scope_;
};

}  // namespace weft::sync
