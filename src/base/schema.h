// JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) of described types.
//
//   base::Schemas schemas(base::UnknownFields::kRefuse);
//   json::object reference = base::schema_of<RegisterRequest>(schemas);   // {"$ref": ...}
//   schemas.components()                                                   // goes to
//   components/schemas
#pragma once

#include "base/described_type.h"

#include <string_view>
#include <utility>

namespace weft::base {

// The named schemas a document has collected so far, in the order of their first use.
// Thread: its owner.
class Schemas final {
 public:
  explicit Schemas(UnknownFields unknown = UnknownFields::kIgnore) : unknown_(unknown) {}

  bool contains(std::string_view name) const { return components_.contains(name); }
  void put(std::string_view name, json::object schema) {
    components_.insert_or_assign(name, std::move(schema));
  }
  UnknownFields unknown() const { return unknown_; }
  // For a document over several API families: holds for the types put in from now on.
  void set_unknown(UnknownFields unknown) { unknown_ = unknown; }
  const json::object& components() const { return components_; }

 private:
  UnknownFields unknown_;
  json::object components_;
};

// Returns: the schema of T; described structs are put into `schemas` and referenced.
template <class T>
json::object schema_of(Schemas& schemas) {
  return described::ShapeOf<T>::schema(schemas);
}

}  // namespace weft::base
