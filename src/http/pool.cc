#include "http/pool.h"

namespace weft::http {

std::optional<Kept> BackendPool::take(base::MonoTime now) {
  while (!idle_.empty()) {
    Idle newest = std::move(idle_.back());
    idle_.pop_back();
    if (now - newest.since < options_.idle_timeout && !newest.socket.is_stale()) {
      return Kept{std::move(newest.socket), newest.requests};
    }
  }
  return std::nullopt;
}

void BackendPool::give(io::Socket socket, base::MonoTime now, std::uint32_t requests) {
  if (idle_.size() < options_.idle_max && !socket.is_stale()) {
    idle_.push_back({std::move(socket), now, requests});
  }
}

void BackendPool::sweep(base::MonoTime now) {
  std::erase_if(idle_, [&](const Idle& entry) {
    return now - entry.since >= options_.idle_timeout || entry.socket.is_stale();
  });
}

}  // namespace weft::http
