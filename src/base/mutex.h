// A mutex whose data clang checks: members carry WEFT_GUARDED_BY(mutex_), and the `tidy` preset
// refuses an access without the lock (-Wthread-safety). Only for the few synchronised types.
#pragma once

#include <mutex>

#if defined(__clang__)
#define WEFT_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define WEFT_THREAD_ATTRIBUTE(x)
#endif
#define WEFT_GUARDED_BY(x) WEFT_THREAD_ATTRIBUTE(guarded_by(x))
#define WEFT_REQUIRES(x) WEFT_THREAD_ATTRIBUTE(requires_capability(x))

namespace weft::base {

// Thread: any (synchronised).
class WEFT_THREAD_ATTRIBUTE(capability("mutex")) Mutex final {
 public:
  void lock() WEFT_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() WEFT_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a Mutex to the end of the scope.
class WEFT_THREAD_ATTRIBUTE(scoped_lockable) MutexLock final {
 public:
  explicit MutexLock(Mutex& mutex) WEFT_THREAD_ATTRIBUTE(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() WEFT_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  Mutex& mutex_;
};

}  // namespace weft::base
