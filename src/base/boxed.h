// Boxed<T>: a value that is mostly not there, kept apart so that its absence costs a pointer, and
// its copies share one piece of memory until one of them is changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace weft::base {

// Behaves as std::optional<T> does, copies included: who gets at the value to change it has a copy
// of its own from then on. So a reference to change it by is good until the next copy.
// Thread: as T; copies that share a value may be on several threads.
// NOLINTBEGIN(clang-analyzer-cplusplus.NewDelete): it takes each holder for the last one.
template <class T>
class Boxed final {
 public:
  using value_type = T;  // NOLINT(readability-identifier-naming): as std::optional has it

  Boxed() = default;
  explicit Boxed(T value) : held_(make(std::move(value))) {}
  Boxed(const Boxed& other) : held_(other.held_) {
    if (held_ != nullptr) {
      held_->holders.fetch_add(1, std::memory_order_relaxed);
    }
  }
  Boxed(Boxed&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  Boxed& operator=(Boxed other) noexcept {
    std::swap(held_, other.held_);
    return *this;
  }
  ~Boxed() { reset(); }

  bool has_value() const { return held_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return held_->value; }
  T& operator*() { return own(); }
  const T* operator->() const { return &held_->value; }
  T* operator->() { return &own(); }
  const T* get() const { return held_ == nullptr ? nullptr : &held_->value; }

  T& emplace() {
    *this = Boxed(T());
    return held_->value;
  }
  void reset() {
    if (held_ != nullptr && held_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const std::unique_ptr<Held> last(held_);
    }
    held_ = nullptr;
  }

  bool operator==(const Boxed& other) const {
    return held_ == other.held_ ||
           (held_ != nullptr && other.held_ != nullptr && held_->value == other.held_->value);
  }

  // Lets its own value go for the equal one of `twin`; does nothing when they differ.
  void share_with(const Boxed& twin) {
    if (held_ != twin.held_ && *this == twin) {
      *this = twin;
    }
  }
  bool shares_with(const Boxed& other) const { return held_ != nullptr && held_ == other.held_; }

 private:
  struct Held {
    explicit Held(T value_of) : value(std::move(value_of)) {}
    std::atomic<std::uint32_t> holders{1};
    T value;
  };

  static Held* make(T value) { return std::make_unique<Held>(std::move(value)).release(); }

  T& own() {
    if (held_->holders.load(std::memory_order_acquire) != 1) {
      *this = Boxed(T(held_->value));
    }
    return held_->value;
  }

  Held* held_ = nullptr;
};
// NOLINTEND(clang-analyzer-cplusplus.NewDelete)

}  // namespace weft::base
