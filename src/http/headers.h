// Header fields that own their text, in the order they came; for the control plane.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::http {

// Names are compared without regard to letter case (RFC 9110 §5.1).
// Thread: any (a value).
class Headers final {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  // Replaces every field of that name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  // Returns: the first value, nullopt when there is none. Lifetime: until the headers change.
  std::optional<std::string_view> find(std::string_view name) const;
  // Returns: the first value, "" when there is none.
  std::string_view value(std::string_view name) const { return find(name).value_or(""); }
  bool has(std::string_view name) const { return find(name).has_value(); }

  bool empty() const { return fields_.empty(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

}  // namespace weft::http
