// Some of the fields of a described type: those a document names, at any depth. null takes one
// back. A field nobody knows is refused, whatever the family does elsewhere: there is nothing to
// ignore in a document that only says what is to change.
#pragma once

#include "base/described_type.h"
#include "base/schema.h"

#include <string>
#include <vector>

namespace weft::base {

// Which fields a document named: "timeouts.request", in the order of the type.
struct PartialNames {
  std::vector<std::string> given{};
  std::vector<std::string> cleared{};  // what was null, also groups: "timeouts"
};

namespace described {
PartialNames decode_partial(const json::value& in, void* object, const Struct& type, Decoding& at);
}  // namespace described

// Thread: any (a value).
template <class T>
struct Partial {
  T value{};  // what is not named has its initialiser
  PartialNames names{};

  void decode(const json::value& in, Decoding& at) {
    names = described::decode_partial(in, &value, described::struct_of<T>(), at);
  }
  static json::object schema(Schemas& schemas) { return schema_of<T>(schemas); }
};

}  // namespace weft::base
