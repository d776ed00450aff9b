// RadixMap: byte strings -> values as a value that is cheap to copy: a copy shares every node with
// its original, and a change afterwards makes anew only the nodes on the way to its key. One walk
// down a text meets the values of all keys that the text begins with.
//
//   RadixMap<Pointer> next = last;  // one count
//   next.put("/api/", pointer);     // as many nodes as lie on the way; `last` stays as it was
//   next.root().walk("/api/v1", [](const Pointer& value) { ... });
//
// What many keys share at their front is kept once. So a lookup in a large map that is in no cache
// waits for few lines of memory: those of the last node or two, since what lies above is shared by
// so many keys that it stays near.
#pragma once

#include "base/check.h"
#include "model/radix_node.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace weft::model {

// Keys are any bytes, at most kKeyBytesMax of them; a change and destruction go as deep as a key
// has bytes. `Value` is cheap to copy, such as a pointer.
// Thread: a map is its owner's; maps on several threads may share nodes.
template <class Value>
class RadixMap final {
 public:
  static constexpr std::size_t kKeyBytesMax = 8 * 1024;

  class Cursor;

  RadixMap() = default;
  RadixMap(const RadixMap& other) : root_(Node::keep(other.root_)), size_(other.size_) {}
  RadixMap(RadixMap&& other) noexcept
      : root_(std::exchange(other.root_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  RadixMap& operator=(RadixMap other) noexcept {
    std::swap(root_, other.root_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~RadixMap() { Node::release(root_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Before the first byte of every key.
  Cursor root() const { return Cursor(root_); }

  // Returns: null when there is none. Lifetime: until this map changes.
  const Value* find(std::string_view key) const {
    Cursor at = root();
    return at.step(key) ? at.value() : nullptr;
  }

  // Adds or replaces.
  void put(std::string_view key, Value value) {
    WEFT_ASSERT(key.size() <= kKeyBytesMax);
    if (root_ == nullptr) {
      root_ = Node::make_leaf(key, std::move(value));
      size_ = 1;
      return;
    }
    set_root(put_below(root_, root_->has_one_holder(), key, value));
  }

  // Returns: was there one?
  bool erase(std::string_view key) {
    if (root_ == nullptr || find(key) == nullptr) {
      return false;
    }
    set_root(erase_below(root_, root_->has_one_holder(), key));
    --size_;
    return true;
  }

  // Calls visit(key, value) for everything, ascending by the bytes of the key.
  template <class Visit>
  void for_each(Visit visit) const {
    std::string key;
    if (root_ != nullptr) {
      visit_below(root_, key, visit);
    }
  }

 private:
  using Node = RadixNode<Value>;
  static_assert(kKeyBytesMax <= Node::kLabelBytesMax);

  void set_root(Node* next) {
    if (next != root_) {
      Node::release(std::exchange(root_, next));
    }
  }

  // The node with another child at `at`: itself, when nobody else sees it. Takes over `child`.
  static Node* with_child(Node* node, bool is_own, std::size_t at, Node* child) {
    Node* changed = is_own ? node : node->copy(node->label(), {});
    Node::release(changed->exchange_child(at, child));
    return changed;
  }

  // Returns: the node with the value under `key`; it takes the place of `node`, which it may be.
  // `is_own`: nobody but this map sees `node`, so that it may be changed in place.
  Node* put_below(Node* node, bool is_own, std::string_view key, Value& value) {
    const std::string_view label = node->label();
    const auto common = static_cast<std::size_t>(
        std::mismatch(label.begin(), label.end(), key.begin(), key.end()).first - label.begin());
    if (common < label.size()) {
      ++size_;
      return split(node, common, key, value);
    }
    key.remove_prefix(common);
    if (key.empty()) {
      return put_here(node, is_own, value);
    }
    const std::size_t at = node->child_at(key.front());
    if (at == Node::kNowhere) {
      ++size_;
      return with_leaf(node, key, value);
    }
    Node* child = node->child(at);
    Node* next = put_below(child, is_own && child->has_one_holder(), key.substr(1), value);
    return next == child ? node : with_child(node, is_own, at, next);
  }

  Node* put_here(Node* node, bool is_own, Value& value) {
    size_ += node->has_value() ? 0 : 1;
    if (is_own && node->has_value()) {
      *node->value() = std::move(value);
      return node;
    }
    Node* copy = node->copy_without_value(node->label(), true, {});
    copy->make_value(std::move(value));
    return copy;
  }

  // `key` leaves the label of `node` after `common` bytes.
  static Node* split(Node* node, std::size_t common, std::string_view key, Value& value) {
    const std::string_view label = node->label();
    Node* lower = node->copy(label.substr(common + 1), {});
    const bool ends_here = key.size() == common;
    Node* upper = Node::make(label.substr(0, common), ends_here ? 1 : 2, ends_here);
    if (ends_here) {
      upper->make_value(std::move(value));
      upper->set_child(0, label[common], lower);
      return upper;
    }
    Node* leaf = Node::make_leaf(key.substr(common + 1), std::move(value));
    const bool leaf_first = Node::is_before(key[common], label[common]);
    upper->set_child(leaf_first ? 0 : 1, key[common], leaf);
    upper->set_child(leaf_first ? 1 : 0, label[common], lower);
    return upper;
  }

  static Node* with_leaf(Node* node, std::string_view key, Value& value) {
    const std::size_t at = node->gap_for(key.front());
    Node* copy = node->copy(node->label(), {.gap_at = at});
    copy->set_child(at, key.front(), Node::make_leaf(key.substr(1), std::move(value)));
    return copy;
  }

  // The same for the node without the key, which is there. Null: nothing is left of it.
  static Node* erase_below(Node* node, bool is_own, std::string_view key) {
    key.remove_prefix(node->label_bytes());
    if (key.empty()) {
      return node->children() == 0   ? nullptr
             : node->children() == 1 ? joined(node, 0)
                                     : node->copy_without_value(node->label(), false, {});
    }
    const std::size_t at = node->child_at(key.front());
    Node* child = node->child(at);
    Node* next = erase_below(child, is_own && child->has_one_holder(), key.substr(1));
    if (next == child) {
      return node;
    }
    if (next != nullptr) {
      return with_child(node, is_own, at, next);
    }
    if (!node->has_value() && node->children() == 2) {
      return joined(node, 1 - at);
    }
    return node->copy(node->label(), {.left_out = at});
  }

  // One of its children in the place of the node.
  static Node* joined(Node* node, std::size_t at) {
    Node* child = node->child(at);
    std::string label(node->label());
    label += node->first(at);
    label += child->label();
    return child->copy(label, {});
  }

  template <class Visit>
  static void visit_below(Node* node, std::string& key, Visit& visit) {
    const std::size_t bytes = key.size();
    key += node->label();
    if (node->has_value()) {
      const Value& value = *node->value();
      visit(std::string_view(key), value);
    }
    for (std::size_t i = 0; i < node->children(); ++i) {
      key += node->first(i);
      visit_below(node->child(i), key, visit);
      key.pop_back();
    }
    key.resize(bytes);
  }

  Node* root_ = nullptr;
  std::size_t size_ = 0;
};

// A place within a map: so many bytes into its keys. A value; several may go on from one place.
// Lifetime: until the map changes.
template <class Value>
class RadixMap<Value>::Cursor final {
 public:
  // Goes on by one byte. Returns: false when no key goes on so; the cursor is of no use then.
  bool step(char byte) {
    if (node_ == nullptr) {
      return false;
    }
    if (at_ < node_->label_bytes()) {
      return node_->label()[at_++] == byte;
    }
    return enter_child(byte);
  }

  // The same by all bytes of `text`.
  bool step(std::string_view text) {
    return walk(text, [](const Value&) {});
  }

  // The same; calls visit(value) wherever a key ends on the way, the place it begins at included.
  // What was visited holds even when it returns false.
  template <class Visit>
  bool walk(std::string_view text, Visit visit) {
    if (node_ == nullptr) {
      return false;
    }
    const char* next = text.data();
    const char* const end = next + text.size();
    for (;;) {
      // Byte by byte: a label is mostly short, often empty.
      const std::string_view label = node_->label();
      while (at_ < label.size() && next != end) {
        if (label[at_++] != *next++) {
          return false;
        }
      }
      if (at_ < label.size()) {
        return true;
      }
      if (node_->has_value()) {
        const Value& here = *node_->value();
        visit(here);
      }
      if (next == end) {
        return true;
      }
      if (!enter_child(*next++)) {
        return false;
      }
    }
  }

  // Of the key that ends here; null: none does.
  const Value* value() const {
    const bool ends = node_ != nullptr && at_ == node_->label_bytes() && node_->has_value();
    return ends ? node_->value() : nullptr;
  }

 private:
  friend class RadixMap;
  explicit Cursor(Node* node) : node_(node) {}

  bool enter_child(char first) {
    const std::size_t at = node_->child_at(first);
    if (at == Node::kNowhere) {
      return false;
    }
    node_ = node_->child(at);
    node_->fetch_rest();
    at_ = 0;
    return true;
  }

  Node* node_;
  std::size_t at_ = 0;  // bytes of its label
};

}  // namespace weft::model
