#include "http/headers.h"

#include "base/text.h"

namespace weft::http {

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return base::iequals(field.first, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (base::iequals(field.first, name)) {
      return field.second;
    }
  }
  return std::nullopt;
}

}  // namespace weft::http
