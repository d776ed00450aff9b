#include "base/described_encode.h"

#include "base/check.h"
#include "base/described_shape.h"

namespace weft::base::described {

json::value encode_struct(const void* object, const Struct& type) {
  json::object out;
  out.reserve(type.members.size());
  for (const Member& member : type.members) {
    const void* value = member.read(object);
    const bool is_empty = member.shape->is_empty != nullptr && member.shape->is_empty(value);
    if (!is_empty || !member.facts.is_left_out_when_null) {
      WEFT_ASSERT(member.shape->encode != nullptr);  // a type that reads itself is in no answer
      out.emplace(member.name(), member.shape->encode(value));
    }
  }
  return out;
}

}  // namespace weft::base::described
