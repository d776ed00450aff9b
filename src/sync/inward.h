// The way in: from a Consul into the mesh.
//
// Two requests wait there for news, however many services there are: /v1/catalog/services wakes up
// when any registration changes, /v1/health/state/any when any check does, and says which. What may
// have changed is then read by short requests, a few at a time. chosen: one waiting request per
// service would be woken more exactly, but an agent allows a client 200 connections
// (http_max_conns_per_client), and so many services are soon there.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/task.h"
#include "state/state.h"
#include "sync/answers.h"
#include "sync/consul_client.h"
#include "sync/incoming.h"
#include "sync/reach.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::sync {

// Who writes, for the audit log.
inline constexpr const char* kSyncActor = "consul-sync";

// What both ways stand on; outlives them.
struct SyncParts {
  io::Loop& loop;
  state::State& state;
  base::Log& log;
  ConsulClient& consul;
  Reach& reach;
  SyncMeters& meters;
};

// How fast; of both ways.
struct SyncSpeed {
  base::Nanos interval = base::Seconds(1);       // at the least between two looks at one thing
  base::Nanos wait = base::Seconds(30);          // of a request that waits for news
  base::Nanos pause_max = base::Seconds(30);     // after errors, before the next try
  base::Nanos stale_after = base::Seconds(10);   // of silence
  base::Nanos relist_after = base::Seconds(60);  // what is there of ours is read anew
  std::size_t requests_at_once = 8;              // beside those that wait
};

// Thread: its loop. Lifetime: stop() has ended before it goes.
class Inward final {
 public:
  enum class Takes : std::uint8_t { kAll, kNothing };  // kNothing: what came in is given back

  Inward(const SyncParts& parts, IncomingRules rules, const SyncSpeed& speed, Takes takes)
      : parts_(parts), rules_(std::move(rules)), speed_(speed), takes_(takes), wake_(parts.loop) {}
  Inward(const Inward&) = delete;
  Inward& operator=(const Inward&) = delete;

  void start();
  io::Task<void> stop();

 private:
  // Waits for news of one kind, again and again.
  io::Task<void> watch(Asked asked);
  base::Result<void> take(Asked asked, const ConsulAnswer& answer);
  void take_names(std::vector<std::string> names);
  void take_digests(CheckDigests digests);
  void fail(Asked asked, const base::Error& error);

  // Reads what may have changed, and brings the mesh there.
  io::Task<void> work();
  io::Task<bool> rest();
  bool has_work() const;
  base::MonoTime stale_at() const;
  io::Task<bool> look();
  io::Task<bool> read_entries();
  static io::Task<bool> read_service(Inward* in, std::string name);
  io::Task<bool> reconcile();
  io::Task<bool> mark_stale();
  io::Task<bool> write(std::vector<StepGroup> groups);
  void log_refused(const std::vector<std::string>& refused);

  void on_changes(const state::FeedBatch& batch);
  void mark_dirty_on(std::string_view node);

  const SyncParts parts_;
  const IncomingRules rules_;
  const SyncSpeed speed_;
  const Takes takes_;
  io::Event wake_;
  io::TaskScope scope_;
  io::TaskScope readers_;
  state::Feed::Subscription subscription_;
  bool stopping_ = false;

  // What is known of the other side. Both false: nothing, or it may be old.
  bool has_names_ = false;
  bool has_digests_ = false;
  std::set<std::string, std::less<>> names_;
  CheckDigests digests_;
  RemoteServices known_;
  std::set<std::string, std::less<>> dirty_;  // names that are to be read
  bool is_local_dirty_ = false;               // somebody else has written here
  bool is_marked_ = false;                    // what came in is marked as stale
  std::vector<std::string> refused_;          // as the log says
};

}  // namespace weft::sync
