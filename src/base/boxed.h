// Boxed<T>: a value that is mostly not there, kept apart so that its absence costs a pointer.
#pragma once

#include <memory>
#include <utility>

namespace weft::base {

// Behaves as std::optional<T> does, copies included. Thread: as T.
template <class T>
class Boxed final {
 public:
  using value_type = T;  // NOLINT(readability-identifier-naming): as std::optional has it

  Boxed() = default;
  explicit Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): it loses sight of who owns the copy
  Boxed(const Boxed& other) : value_(other.copy()) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) {
      value_ = other.copy();
    }
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;
  ~Boxed() = default;

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return *value_; }
  T& operator*() { return *value_; }
  const T* operator->() const { return value_.get(); }
  T* operator->() { return value_.get(); }
  const T* get() const { return value_.get(); }

  T& emplace() {
    value_ = std::make_unique<T>();
    return *value_;
  }
  void reset() { value_.reset(); }

  bool operator==(const Boxed& other) const {
    return value_ == nullptr || other.value_ == nullptr ? value_ == other.value_
                                                        : *value_ == *other.value_;
  }

 private:
  std::unique_ptr<T> copy() const {
    return value_ == nullptr ? nullptr : std::make_unique<T>(*value_);
  }

  std::unique_ptr<T> value_;
};

}  // namespace weft::base
