// Copies of requests for a second service, sent on the side: nobody waits for them, and what comes
// back is dropped. A mirrored request is never repeated.
#pragma once

#include "io/loop.h"
#include "io/resolver.h"
#include "io/task.h"
#include "proxy/loop_cluster.h"
#include "wire/http1.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace weft::proxy {

struct MirrorOptions {
  std::size_t under_way_max = 64;  // per loop; further copies are not made
  wire::HeadLimits head;           // of the answers
};

// Thread: its loop. Lifetime: stop() is awaited before destruction; clusters outlive their copies.
class Mirrors final {
 public:
  Mirrors(io::Loop& loop, const MirrorOptions& options) : loop_(loop), options_(options) {}

  // May another copy be made?
  bool has_room() const { return scope_.size() < options_.under_way_max && !scope_.is_stopping(); }

  // Sends `request`, a head as the backend gets it and its whole body, to an endpoint of `cluster`.
  // Precondition: has_room().
  void send(LoopCluster& cluster, std::string request, wire::Method method);

  io::Task<void> stop() { co_await scope_.stop(); }

  std::uint64_t sent_total() const { return sent_total_; }  // that got an answer

 private:
  static io::Task<void> run(Mirrors* self, LoopCluster* cluster, std::string request,
                            wire::Method method);
  io::Task<void> exchange(LoopCluster* cluster, const std::string* request, wire::Method method);
  io::Task<base::Result<io::Socket>> connect(LoopCluster* cluster, std::uint32_t endpoint,
                                             base::MonoTime deadline);
  io::Task<base::Result<bool>> read_answer(io::Socket* socket, wire::Method method,
                                           base::MonoTime deadline, std::uint16_t* status);

  io::Loop& loop_;
  const MirrorOptions options_;
  std::uint64_t sent_total_ = 0;
  io::TaskScope scope_;
};

}  // namespace weft::proxy
