#include "model/row.h"

#include "base/check.h"

namespace weft::model {

std::string key_of(const AnyRow& row) {
  WEFT_ASSERT(has_row(row));
  return std::visit(
      [](const auto& pointer) -> std::string {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(pointer)>, std::monostate>) {
          return {};
        } else {
          return key_of(pointer->object);
        }
      },
      row);
}

}  // namespace weft::model
