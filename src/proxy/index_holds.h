// The route index of one loop, and those before it that exchanges under way still need. Counted on
// the loop: pinning a snapshot touches nothing that another core writes.
#pragma once

#include "base/check.h"
#include "proxy/route_index.h"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace weft::proxy {

// Thread: its loop. Lifetime: outlives its holds.
class IndexHolds final {
  struct Entry {
    std::shared_ptr<const RouteIndex> index;
    std::size_t holds = 0;
  };

 public:
  // Keeps the index it was taken from. Empty by default.
  class Hold final {
   public:
    Hold() = default;
    Hold(IndexHolds& holds, Entry& entry) : holds_(&holds), entry_(&entry) { ++entry.holds; }
    Hold(Hold&& other) noexcept
        : holds_(other.holds_), entry_(std::exchange(other.entry_, nullptr)) {}
    Hold& operator=(Hold&& other) noexcept {
      if (this != &other) {
        release();
        holds_ = other.holds_;
        entry_ = std::exchange(other.entry_, nullptr);
      }
      return *this;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() { release(); }

    void release() {
      if (entry_ != nullptr) {
        holds_->drop(*std::exchange(entry_, nullptr));
      }
    }

   private:
    IndexHolds* holds_ = nullptr;
    Entry* entry_ = nullptr;
  };

  explicit IndexHolds(std::shared_ptr<const RouteIndex> first) { adopt(std::move(first)); }
  IndexHolds(const IndexHolds&) = delete;
  IndexHolds& operator=(const IndexHolds&) = delete;
  ~IndexHolds() { WEFT_ASSERT(entries_.size() == 1 && entries_.front()->holds == 0); }

  void adopt(std::shared_ptr<const RouteIndex> index) {
    std::erase_if(entries_, [](const auto& entry) { return entry->holds == 0; });
    entries_.push_back(std::make_unique<Entry>(Entry{std::move(index)}));
  }
  const std::shared_ptr<const RouteIndex>& current() const { return entries_.back()->index; }
  Hold hold() { return {*this, *entries_.back()}; }
  std::size_t size() const { return entries_.size(); }  // the current one and those before it

 private:
  void drop(Entry& entry) {
    if (--entry.holds == 0 && &entry != entries_.back().get()) {
      std::erase_if(entries_, [&](const auto& each) { return each.get() == &entry; });
    }
  }

  std::vector<std::unique_ptr<Entry>> entries_;  // the newest last
};

}  // namespace weft::proxy
