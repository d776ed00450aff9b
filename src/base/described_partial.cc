#include "base/described_partial.h"

namespace weft::base::described {
namespace {

void decode_group(const json::value& in, void* object, const Struct& type,
                  const std::string& prefix, PartialNames& names, Decoding& at) {
  const json::object* document = object_of(in, at);
  if (document == nullptr) {
    return;
  }
  refuse_unknown(*document, type, at);
  for (const Member& member : type.members) {
    const json::value* found = document->if_contains(member.name());
    if (found == nullptr) {
      continue;
    }
    const std::string name = prefix + std::string(member.name());
    if (found->is_null()) {
      names.cleared.push_back(name);
    } else if (member.shape->as_struct != nullptr) {
      const Decoding::Step step(at, std::string(member.name()));
      decode_group(*found, member.in(object), member.shape->as_struct(), name + ".", names, at);
    } else {
      decode_member(*document, object, member, at);
      names.given.push_back(name);
    }
  }
}

}  // namespace

PartialNames decode_partial(const json::value& in, void* object, const Struct& type, Decoding& at) {
  PartialNames names;
  decode_group(in, object, type, "", names, at);
  run_rules(object, type, at);
  return names;
}

}  // namespace weft::base::described
