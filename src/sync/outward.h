// The way out: what is at home in the mesh is kept registered at a Consul.
#pragma once

#include "base/result.h"
#include "io/event.h"
#include "io/task.h"
#include "state/feed.h"
#include "sync/inward.h"
#include "sync/outgoing.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::sync {

// Knows what is there of ours: read at the start, after every failure and from time to time; what
// differs is written, nothing else. So no write is lost while Consul is away, and what others do to
// ours is put right.
// Thread: its loop. Lifetime: stop() has ended before it goes.
class Outward final {
 public:
  enum class Sends : std::uint8_t { kAll, kNothing };  // kNothing: what went out is taken back

  Outward(const SyncParts& parts, OutgoingRules rules, const SyncSpeed& speed, Sends sends)
      : parts_(parts), rules_(std::move(rules)), speed_(speed), sends_(sends), wake_(parts.loop) {}
  Outward(const Outward&) = delete;
  Outward& operator=(const Outward&) = delete;

  void start();
  io::Task<void> stop();

 private:
  // One request, and what is there after it.
  struct Write {
    enum class What : std::uint8_t { kRegister, kDeregister, kDropCheck, kDropNode };
    What what = What::kRegister;
    std::string key{};      // an id; of kDropCheck the check's
    OutgoingEntry entry{};  // of kRegister
  };

  io::Task<void> work();
  io::Task<bool> rest();
  io::Task<bool> look();
  io::Task<base::Result<void>> list();
  std::vector<Write> writes_to(const OutgoingSet& wanted) const;
  static io::Task<bool> carry_out(Outward* out, Write write);
  json::object body_of(const Write& write) const;
  void note_done(const Write& write);
  void note_refused(const Write& write, const base::Error& error);
  void on_changes(const state::FeedBatch& batch);

  const SyncParts parts_;
  const OutgoingRules rules_;
  const SyncSpeed speed_;
  const Sends sends_;
  io::Event wake_;
  io::TaskScope scope_;
  io::TaskScope writers_;
  state::Feed::Subscription subscription_;
  bool stopping_ = false;

  bool is_listed_ = false;  // there_ is what is there
  bool is_dirty_ = true;    // something has changed here
  base::MonoTime relist_at_{};
  OutgoingThere there_;
  OutgoingSet refused_;  // not tried again before they change, or what is there was read anew
  OutgoingSet logged_;   // of those, as the log says
};

}  // namespace weft::sync
