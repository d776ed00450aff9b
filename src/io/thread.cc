#include "io/thread.h"

#include "io/real_clock.h"

#include <pthread.h>
#include <sched.h>

namespace weft::io {

void LoopThread::start(std::optional<int> cpu) {
  is_running_ = true;
  if (!owned_) {
    return;
  }
  thread_ = std::jthread([this, cpu] {
    pthread_setname_np(pthread_self(), loop_.name().substr(0, 15).c_str());
    if (cpu) {
      cpu_set_t set;
      CPU_ZERO(&set);
      CPU_SET(static_cast<std::size_t>(*cpu), &set);
      // Best effort: a container may forbid it, and the loop runs anywhere.
      pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    loop_.run();
  });
}

void LoopThread::stop() {
  is_running_ = false;
  if (thread_.joinable()) {
    loop_.stop_soon();
    thread_.join();
  }
}

LoopMaker loop_threads(DriverKind driver) {
  return [driver](std::string name) -> base::Result<std::unique_ptr<LoopThread>> {
    WEFT_TRY(auto made, make_driver(driver));
    auto loop = std::make_unique<Loop>(std::move(made), std::move(name), entropy_seed());
    return std::make_unique<LoopThread>(std::move(loop));
  };
}

std::size_t usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    return 1;
  }
  return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace weft::io
