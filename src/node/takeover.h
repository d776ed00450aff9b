// The side of a process that takes over from a running one: its listeners, then its store, then its
// work. takeover_message.h has the conversation, takeover_offer.h the other side.
#pragma once

#include "io/handover_socket.h"
#include "io/loop.h"
#include "io/task.h"
#include "io/unique_fd.h"
#include "node/takeover_message.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

// Why it ends here, in a sentence that says what to do. The running process goes on.
template <class T>
using TakenOver = std::expected<T, std::string>;

// Sockets of one address, in the order of the loops that had them.
struct InheritedListeners {
  std::string address;  // as it is bound
  std::vector<io::UniqueFd> descriptors;
};

// Thread: the control loop.
class Takeover final {
 public:
  // Finds the running process and gets its listeners. Nothing changes for it yet.
  static io::Task<TakenOver<std::unique_ptr<Takeover>>> begin(io::Loop* loop, std::string data_dir);

  Takeover(io::Loop& loop, std::unique_ptr<io::HandoverSocket> peer)
      : loop_(loop), peer_(std::move(peer)) {}

  // Those of an address that the settings have for a role; none when the running process does not
  // listen there. They are whoever asked's, once.
  InheritedListeners take(std::string_view role, std::string_view wanted);
  // Without taking them.
  bool has(std::string_view role, std::string_view wanted) const;

  // The running process stops to write and lets its store go.
  // Returns: the index of the newest change that is in it.
  io::Task<TakenOver<std::uint64_t>> ask_for_store();
  // Everything is prepared: the running process stops to accept and begins to drain.
  io::Task<TakenOver<void>> finish();

 private:
  struct Received {
    ListenerName name;
    io::UniqueFd descriptor;
  };

  io::Task<TakenOver<void>> receive_listeners();
  io::Task<TakenOver<TakeoverMessage>> hear(TakeoverWord expected,
                                            std::vector<io::UniqueFd>* descriptors);

  io::Loop& loop_;
  std::unique_ptr<io::HandoverSocket> peer_;
  std::vector<Received> received_;
  std::vector<std::string> taken_;
};

}  // namespace weft::node
