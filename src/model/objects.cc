#include "model/objects.h"

#include "base/described_decode.h"
#include "base/described_encode.h"

namespace weft::model {

std::string key_of(const Object& object) {
  return std::visit([](const auto& value) { return key_of(value); }, object);
}

base::FieldErrors validate(const Object& object) {
  return std::visit(
      [](const auto& value) {
        // Through its JSON form, so that what passes can also be read back by the store.
        std::remove_cvref_t<decltype(value)> copy;
        return base::decode_onto(copy, base::encode(value));
      },
      object);
}

}  // namespace weft::model
