// The nodes that RadixMap is made of: one piece of memory each, counted by who holds it.
#pragma once

#include "base/table_memory.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

namespace weft::model {

// The header of a node. Behind it lie the byte that each child's keys go on with, in ascending
// order; the label, which is the bytes between that byte of its parent and this node; the value, if
// it has one; a pointer to each child. What a lookup compares so lies at the front, mostly in one
// line of the cache. A node without a value has at least two children.
// Thread: any, as long as it has several holders; who alone holds it may change it.
template <class Value>
class RadixNode final {
 public:
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t kLabelBytesMax = std::numeric_limits<std::uint16_t>::max();

  // How a copy of a node differs from it.
  struct Difference {
    std::size_t gap_at = kNowhere;    // a child that the copy has besides; the caller sets it
    std::size_t left_out = kNowhere;  // a child that it has not
  };

  // A node that the caller holds. Its value is not made yet, if it is to have one, nor are its
  // children set.
  static RadixNode* make(std::string_view label, std::size_t children, bool has_value) {
    void* memory = base::take_table_memory(bytes_of(label.size(), children, has_value));
    auto* node = std::construct_at(static_cast<RadixNode*>(memory));
    node->label_bytes_ = static_cast<std::uint16_t>(label.size());
    node->children_ = static_cast<std::uint16_t>(children);
    node->has_value_ = has_value;
    if (!label.empty()) {
      std::memcpy(node->firsts() + children, label.data(), label.size());
    }
    return node;
  }

  static RadixNode* make_leaf(std::string_view label, Value value) {
    RadixNode* leaf = make(label, 0, true);
    leaf->make_value(std::move(value));
    return leaf;
  }

  // A copy that holds the same children; its value, if it is to have one, is not made yet.
  RadixNode* copy_without_value(std::string_view label, bool has_value, Difference difference) {
    const std::size_t children = children_ + (difference.gap_at != kNowhere ? 1U : 0U) -
                                 (difference.left_out != kNowhere ? 1U : 0U);
    RadixNode* copy = make(label, children, has_value);
    std::size_t to = 0;
    for (std::size_t from = 0; from < children_; ++from) {
      to += from == difference.gap_at ? 1 : 0;
      if (from != difference.left_out) {
        copy->set_child(to++, firsts()[from], keep(links()[from]));
      }
    }
    return copy;
  }

  // The same with the node's own value, if it has one.
  RadixNode* copy(std::string_view label, Difference difference) {
    RadixNode* copy = copy_without_value(label, has_value_, difference);
    if (has_value_) {
      copy->make_value(*value());
    }
    return copy;
  }

  static RadixNode* keep(RadixNode* node) {
    if (node != nullptr) {
      node->holders_.fetch_add(1, std::memory_order_relaxed);
    }
    return node;
  }

  static void release(RadixNode* node) {
    if (node == nullptr || node->holders_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
      return;
    }
    const std::size_t bytes = bytes_of(node->label_bytes_, node->children_, node->has_value_);
    for (std::size_t i = 0; i < node->children_; ++i) {
      release(node->links()[i]);
    }
    if (node->has_value_) {
      std::destroy_at(node->value());
    }
    std::destroy_at(node);
    base::free_table_memory(node, bytes);
  }

  // Nobody else can see a node that has one holder, when that holder is seen by nobody else.
  bool has_one_holder() const { return holders_.load(std::memory_order_acquire) == 1; }

  bool has_value() const { return has_value_; }
  std::size_t children() const { return children_; }
  std::size_t label_bytes() const { return label_bytes_; }
  std::string_view label() { return {firsts() + children_, label_bytes_}; }

  Value* value() { return reinterpret_cast<Value*>(behind_front()); }
  void make_value(Value value) { std::construct_at(this->value(), std::move(value)); }

  // Most nodes lie in two lines: who goes on to one waits for both together.
  void fetch_rest() { __builtin_prefetch(this->at(base::kLineBytes)); }

  RadixNode* child(std::size_t at) { return links()[at]; }
  char first(std::size_t at) { return firsts()[at]; }
  void set_child(std::size_t at, char first, RadixNode* child) {
    links()[at] = child;
    firsts()[at] = first;
  }
  RadixNode* exchange_child(std::size_t at, RadixNode* child) {
    return std::exchange(links()[at], child);
  }

  // Which child has the keys that go on with `first`; kNowhere: none.
  std::size_t child_at(char first) {
    const void* found = std::memchr(firsts(), static_cast<unsigned char>(first), children_);
    return found == nullptr ? kNowhere
                            : static_cast<std::size_t>(static_cast<const char*>(found) - firsts());
  }

  // Where a new child for such keys belongs.
  std::size_t gap_for(char first) {
    return static_cast<std::size_t>(
        std::lower_bound(firsts(), firsts() + children_, first, is_before) - firsts());
  }

  static bool is_before(char left, char right) {
    return static_cast<unsigned char>(left) < static_cast<unsigned char>(right);
  }

 private:
  struct alignas(RadixNode*) Word {
    std::byte bytes[sizeof(RadixNode*)];
  };
  static_assert(alignof(Value) <= sizeof(Word) && sizeof(Value) % sizeof(Word) == 0);

  // Of the header, the bytes of the children and the label, before the value and the children.
  static std::size_t front_words(std::size_t label_bytes, std::size_t children) {
    return (sizeof(RadixNode) + children + label_bytes + sizeof(Word) - 1) / sizeof(Word);
  }
  static std::size_t bytes_of(std::size_t label_bytes, std::size_t children, bool has_value) {
    return (front_words(label_bytes, children) + children) * sizeof(Word) +
           (has_value ? sizeof(Value) : 0);
  }

  std::byte* at(std::size_t bytes) { return reinterpret_cast<std::byte*>(this) + bytes; }
  char* firsts() { return reinterpret_cast<char*>(at(sizeof(RadixNode))); }
  std::byte* behind_front() { return at(front_words(label_bytes_, children_) * sizeof(Word)); }
  RadixNode** links() {
    return reinterpret_cast<RadixNode**>(behind_front() + (has_value_ ? sizeof(Value) : 0));
  }

  std::atomic<std::uint32_t> holders_{1};
  std::uint16_t label_bytes_ = 0;
  std::uint16_t children_ = 0;
  bool has_value_ = false;
};

}  // namespace weft::model
