// Some of the fields of a described type: those a document names, at any depth. null takes one
// back. A field nobody knows is refused, whatever the family does elsewhere: there is nothing to
// ignore in a document that only says what is to change.
#pragma once

#include "base/described_decode.h"
#include "base/schema.h"

#include <string>
#include <vector>

namespace weft::base {

// Thread: any (a value).
template <class T>
struct Partial {
  T value{};                           // the others have their initialisers
  std::vector<std::string> given{};    // "timeouts.request", in the order of the type
  std::vector<std::string> cleared{};  // the same of what was null, also groups: "timeouts"

  void decode(const json::value& in, Decoding& at) {
    decode_group(in, value, "", at);
    described::run_rules(value, at);
  }
  static json::object schema(Schemas& schemas) { return schema_of<T>(schemas); }

 private:
  template <class Group>
  void decode_group(const json::value& in, Group& out, const std::string& prefix, Decoding& at) {
    if (!in.is_object()) {
      at.refuse(FieldProblem::kNotObject, "must be an object");
      return;
    }
    const json::object& object = in.get_object();
    described::refuse_unknown(object, &described::is_known_field<Group>, at);
    boost::mp11::mp_for_each<described::Members<Group>>([&](auto member) {
      const json::value* found = object.if_contains(member.name);
      if (found == nullptr) {
        return;
      }
      const std::string name = prefix + member.name;
      using Value = std::remove_cvref_t<decltype(out.*member.pointer)>;
      if (found->is_null()) {
        cleared.push_back(name);
      } else if constexpr (Described<Value>) {
        const Decoding::Step step(at, std::string(member.name));
        decode_group(*found, out.*member.pointer, name + ".", at);
      } else {
        described::decode_member(object, out, member, at);
        given.push_back(name);
      }
    });
  }
};

}  // namespace weft::base
