#include "model/instance.h"

#include "base/described_decode.h"

#include <algorithm>

namespace weft::model {

const CheckSpec* find_check(const std::vector<CheckSpec>& checks, std::string_view check) {
  const auto found = std::ranges::find(checks, check, &CheckSpec::id);
  return found == checks.end() ? nullptr : &*found;
}

bool is_same_check(const Instance& before, const Instance& after, std::string_view check) {
  const CheckSpec* old_spec = find_check(before, check);
  const CheckSpec* spec = find_check(after, check);
  return before.service == after.service && before.address == after.address &&
         before.port == after.port && old_spec != nullptr && spec != nullptr && *old_spec == *spec;
}

void Instance::validate(base::Decoding& at) const {
  validate_tags(tags, at);
  validate_metadata(metadata, at);
  validate_checks(checks, at);
}

void validate_checks(const std::vector<CheckSpec>& checks, base::Decoding& at) {
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (find_check(checks, checks[i].id) != &checks[i]) {
      const base::Decoding::Step list(at, std::string("checks"));
      const base::Decoding::Step item(at, i);
      at.refuse_member("id", "another check of the instance has this id");
    }
  }
}

}  // namespace weft::model
