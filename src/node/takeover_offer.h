// The side of a running node: it offers its listeners and its store to a process of the same user
// that asks for them. Start at run(); takeover_message.h has the conversation.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "io/handover_socket.h"
#include "io/loop.h"
#include "io/task.h"
#include "node/takeover_message.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::node {

// A listening socket to give away. Lifetime of the descriptor: while the node accepts.
struct OfferedListener {
  ListenerName name;
  int descriptor = -1;
};

// Thread: the control loop. Lifetime: run() has ended before destruction.
class TakeoverOffer final {
 public:
  // What the node does when it is asked.
  struct Acts {
    std::function<std::vector<OfferedListener>()> listeners;
    // Lets the store go. Returns: the index of its newest change.
    std::function<io::Task<base::Result<std::uint64_t>>()> release_store;
    // Nobody took over after all.
    std::function<io::Task<base::Result<void>>()> take_back_store;
    // Somebody did, and accepts on these addresses from now on.
    std::function<void(const std::vector<std::string>& taken)> leave;
  };

  // Errors: HandoverListener::listen()'s.
  static base::Result<std::unique_ptr<TakeoverOffer>> open(io::Loop& loop, base::Log& log,
                                                           const std::string& data_dir, Acts acts);
  TakeoverOffer(io::Loop& loop, base::Log& log, std::unique_ptr<io::HandoverListener> listener,
                Acts acts);

  // One asker after the other, until somebody has taken over.
  io::Task<void> run();

 private:
  enum class Outcome : std::uint8_t { kGoOn, kLeft };

  io::Task<Outcome> hand_over(io::HandoverSocket* peer);
  io::Task<Outcome> hand_over_store(io::HandoverSocket* peer);
  io::Task<base::Result<TakeoverMessage>> hear(io::HandoverSocket* peer, TakeoverWord expected,
                                               base::Nanos patience);
  base::Result<void> send_listeners(io::HandoverSocket& peer);

  io::Loop& loop_;
  base::Log& log_;
  std::unique_ptr<io::HandoverListener> listener_;
  Acts acts_;
};

}  // namespace weft::node
