#include "model/kv.h"

#include "base/described_decode.h"

#include <fmt/format.h>

namespace weft::model {

void KvEntry::validate(base::Decoding& at) const {
  if (value.data.size() > kKvValueBytesMax) {
    at.refuse_member("value", base::FieldProblem::kTooLong,
                     fmt::format("at most {} bytes", kKvValueBytesMax));
  }
}

}  // namespace weft::model
