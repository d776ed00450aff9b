#include "model/node.h"

#include "base/described_decode.h"
#include "model/instance.h"

namespace weft::model {

bool is_same_check(const Node& before, const Node& after, std::string_view check) {
  const CheckSpec* old_spec = find_check(before.checks, check);
  const CheckSpec* spec = find_check(after.checks, check);
  return before.address == after.address && old_spec != nullptr && spec != nullptr &&
         *old_spec == *spec;
}

void Node::validate(base::Decoding& at) const {
  validate_metadata(metadata, at);
  validate_checks(checks, at);
}

}  // namespace weft::model
