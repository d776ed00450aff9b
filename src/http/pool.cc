#include "http/pool.h"

#include <utility>

namespace weft::http {

std::optional<Kept> BackendPool::take(base::MonoTime now) {
  while (!idle_.empty() && now - idle_.back().since < usable()) {
    Idle newest = std::move(idle_.back());
    idle_.pop_back();
    const base::Nanos idled = now - newest.since;
    if (!newest.socket.is_stale()) {
      return Kept{std::move(newest.socket), newest.requests, idled};
    }
    learner_.on_died(idled, now);
  }
  return std::nullopt;  // whatever is left is older still; sweep() closes it
}

void BackendPool::give(io::Socket socket, base::MonoTime now, std::uint32_t requests) {
  if (idle_.size() < options_.idle_max && !socket.is_stale()) {
    idle_.push_back({std::move(socket), now, requests});
  }
}

void BackendPool::keep_at_most(std::size_t idle_max) {
  options_.idle_max = idle_max;
  if (idle_.size() > idle_max) {
    idle_.erase(idle_.begin(), idle_.end() - static_cast<std::ptrdiff_t>(idle_max));
  }
}

void BackendPool::on_stale(base::Nanos idled, base::MonoTime now) {
  learner_.on_died(idled, now);
  close_all();
}

// Of those that are too old to be used, the oldest stays until the backend or the idle timeout
// ends it: it shows when the backend begins to keep connections longer.
void BackendPool::sweep(base::MonoTime now) {
  bool has_witness = false;
  std::erase_if(idle_, [&](const Idle& entry) {
    const base::Nanos idled = now - entry.since;
    if (idled >= options_.idle_timeout) {
      return true;
    }
    if (entry.socket.is_stale()) {
      learner_.on_died(idled, now);
      return true;
    }
    return idled >= usable() && std::exchange(has_witness, true);
  });
  if (!idle_.empty()) {
    learner_.on_alive(now - idle_.front().since);
  }
}

}  // namespace weft::http
