#include "model/node.h"

#include "base/described_decode.h"
#include "model/instance.h"

namespace weft::model {

void Node::validate(base::Decoding& at) const {
  validate_metadata(metadata, at);
  validate_checks(checks, at);
}

}  // namespace weft::model
