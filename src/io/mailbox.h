// Mailbox<T>: values from any thread to one loop, in batches. The only way between loops.
#pragma once

#include "io/loop.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace weft::io {

// Thread: any (synchronised) for try_post(); the sink runs on the receiving loop.
// Lifetime: the loop and whatever the sink refers to outlive the last message; the mailbox itself
// is kept alive by messages on their way.
template <class T>
class Mailbox final {
 public:
  // `capacity` bounds the values waiting; more are refused.
  Mailbox(Loop& receiver, std::size_t capacity, std::function<void(T)> sink)
      : state_(std::make_shared<State>(receiver, capacity, std::move(sink))) {}

  // Returns: false when the box is full; the value is dropped and counted by the caller.
  bool try_post(T value) {
    bool was_empty = false;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->waiting.size() >= state_->capacity) {
        return false;
      }
      was_empty = state_->waiting.empty();
      state_->waiting.push_back(std::move(value));
    }
    if (was_empty) {
      state_->receiver.post([state = state_] { state->deliver(); });
    }
    return true;
  }

 private:
  struct State {
    State(Loop& loop, std::size_t bound, std::function<void(T)> to)
        : receiver(loop), capacity(bound), sink(std::move(to)) {}

    void deliver() {
      std::vector<T> batch;
      {
        const std::lock_guard lock(mutex);
        batch.swap(waiting);
      }
      for (T& value : batch) {
        sink(std::move(value));
      }
    }

    Loop& receiver;
    const std::size_t capacity;
    const std::function<void(T)> sink;
    std::mutex mutex;
    std::vector<T> waiting;  // guarded by mutex
  };

  std::shared_ptr<State> state_;
};

}  // namespace weft::io
