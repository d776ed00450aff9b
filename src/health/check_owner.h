// Whose checks they are: an instance's, or a node's.
#pragma once

#include "model/instance.h"
#include "model/node.h"
#include "model/row.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace weft::health {

// Names an owner; one of the two is empty. Lifetime: the texts', which are borrowed.
struct OwnerKey {
  std::string_view node{};      // Node::name
  std::string_view instance{};  // Instance::id

  bool operator==(const OwnerKey&) const = default;
};

// An owner as the registry has it. Shares its row, so it stays valid whatever the registry becomes
// meanwhile. Thread: its loop.
class CheckOwner final {
 public:
  explicit CheckOwner(model::RowPtr<model::Instance> row) : row_(std::move(row)) {}
  explicit CheckOwner(model::RowPtr<model::Node> row) : row_(std::move(row)) {}

  // Null when it is the other kind. Lifetime: the owner's.
  const model::Instance* instance() const { return object_of<model::Instance>(); }
  const model::Node* node() const { return object_of<model::Node>(); }

  OwnerKey key() const {
    const model::Instance* of = instance();
    return of != nullptr ? OwnerKey{{}, of->id} : OwnerKey{node()->name, {}};
  }
  model::CheckKey key_of(const model::CheckSpec& spec) const {
    return {key().node, key().instance, spec.id};
  }
  const std::vector<model::CheckSpec>& checks() const {
    return *std::visit([](const auto& row) { return &row->object.checks; }, row_);
  }
  const std::string& address() const {
    return *std::visit([](const auto& row) { return &row->object.address; }, row_);
  }
  // 0: none, as for a node.
  std::uint32_t port() const {
    const model::Instance* of = instance();
    return of != nullptr ? of->port : 0;
  }
  // The node's name; empty: of an instance of which nobody said.
  const std::string& home() const {
    return *std::visit([](const auto& row) { return &home_of(row->object); }, row_);
  }
  // Row::number, Row::modified_index.
  std::uint32_t number() const {
    return std::visit([](const auto& row) { return row->number; }, row_);
  }
  std::uint64_t modified_index() const {
    return std::visit([](const auto& row) { return row->modified_index; }, row_);
  }

  // Its row, whichever it is, kept alive.
  std::shared_ptr<const void> row() const {
    return std::visit([](const auto& row) { return std::shared_ptr<const void>(row); }, row_);
  }

 private:
  static const std::string& home_of(const model::Instance& instance) { return instance.node; }
  static const std::string& home_of(const model::Node& node) { return node.name; }

  template <class T>
  const T* object_of() const {
    const auto* row = std::get_if<model::RowPtr<T>>(&row_);
    return row != nullptr ? &(*row)->object : nullptr;
  }

  std::variant<model::RowPtr<model::Instance>, model::RowPtr<model::Node>> row_;
};

// Is `after` what `before` was, with new contents: the same row, of the same service?
bool is_same_owner(const CheckOwner& before, const CheckOwner& after);

// Does what this check of `before` found hold for `after`? Source: model::is_same_check.
bool is_same_check(const CheckOwner& before, const CheckOwner& after, std::string_view check);

}  // namespace weft::health
