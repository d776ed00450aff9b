// What can be done with a described value, as tables of functions: everything that decodes, encodes
// and documents JSON walks these, so that a type costs its table and no code of its own.
// described_type.h makes the tables out of types; start there to see how.
//
// Thread: any (immutable).
#pragma once

#include "base/described.h"
#include "base/described_decoding.h"
#include "base/json.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weft::base {

class Schemas;  // schema.h

namespace described {

struct Struct;

// What holds for the value being decoded.
struct Rules {
  const Field& facts;
  const FieldPattern* pattern = nullptr;
};

// Rules of a value that is no member: an item, a whole document.
inline constexpr Field kNoFacts{""};

enum class ShapeKind : std::uint8_t { kScalar, kFlag, kList };

// The values of one type. `out` and `value` point to one.
struct Shape {
  ShapeKind kind;
  void (*decode)(const json::value& in, void* out, const Rules& rules, Decoding& at);
  json::value (*encode)(const void* value);
  json::object (*schema)(Schemas& schemas);
  bool (*is_empty)(const void* value);  // an optional without a value; null: this is no optional
  const Struct& (*as_struct)();         // null: this is no described struct
};

// One member of a described struct.
struct Member {
  Field facts;
  const Shape* shape;
  void* (*in)(void* object);         // where it lies
  const FieldPattern& (*pattern)();  // null: none

  std::string_view name() const { return facts.member; }
  const void* read(const void* object) const { return in(const_cast<void*>(object)); }
};

struct Struct {
  std::span<const Member> members;                      // in the order of BOOST_DESCRIBE_STRUCT
  std::string_view about;                               // its kAbout
  const void* (*defaults)();                            // an object as its initialisers make it
  std::string (*name)();                                // unique in the program
  void (*run_rules)(const void* object, Decoding& at);  // its validate(); null: none
};

// --- decoding ---

// The shapes that need no template.
void decode_bool(const json::value& in, bool& out, Decoding& at);
void decode_text(const json::value& in, std::string& out, const Rules& rules, Decoding& at);
void decode_double(const json::value& in, double& out, const Rules& rules, Decoding& at);
void decode_nanos(const json::value& in, Nanos& out, const Rules& rules, Decoding& at);
// Returns: nullopt when refused. `low` and `high` are the limits of the integer's type.
std::optional<std::int64_t> decode_signed(const json::value& in, std::int64_t low,
                                          std::int64_t high, const Rules& rules, Decoding& at);
std::optional<std::uint64_t> decode_unsigned(const json::value& in, std::uint64_t high,
                                             const Rules& rules, Decoding& at);
// Returns: the text of a word-like value, or nullopt when refused.
std::optional<std::string_view> word_of(const json::value& in, Decoding& at);
// Returns: null when it is no list (no object), which is then refused; its size is checked.
const json::array* list_of(const json::value& in, const Rules& rules, Decoding& at);
const json::object* map_of(const json::value& in, const Rules& rules, Decoding& at);
// The members a struct is made of; null when it is no object, which is then refused.
const json::object* object_of(const json::value& in, Decoding& at);

// Decodes one member of `object` from `in`, or leaves it as it is when it may be absent.
void decode_member(const json::object& in, void* object, const Member& member, Decoding& at);
void decode_struct(const json::value& in, void* object, const Struct& type, Decoding& at);
void refuse_unknown(const json::object& in, const Struct& type, Decoding& at);
// What the type says beyond its fields, if it says anything.
void run_rules(const void* object, const Struct& type, Decoding& at);

// --- encoding ---

json::value encode_struct(const void* object, const Struct& type);

// --- schemas ---

// Adds the limits, pattern and description of a field to the schema of its type.
json::object with_facts(json::object schema, const Field& facts);
json::object or_null(json::object schema);
json::object list_schema(json::object items);
json::object map_schema(json::object items);
json::object integer_schema(std::optional<std::int64_t> low, std::optional<std::int64_t> high);
json::object duration_schema();
json::object text_schema(std::string_view format);
json::object typed_schema(std::string_view type);

// "api.mesh.RegisterRequest" for weft::api::mesh::RegisterRequest.
std::string schema_name(std::string_view pretty_function);
// The schema of one member, with its default unless it is required.
json::object member_schema(const Member& member, const Struct& type, Schemas& schemas);
// A described struct is written once, under its name; everybody else points there.
json::object struct_schema(const Struct& type, Schemas& schemas);

}  // namespace described
}  // namespace weft::base
