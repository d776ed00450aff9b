// Changes to the fields of a head on its way.
#pragma once

#include "base/text.h"
#include "model/route_policies.h"
#include "proxy/head_writer.h"

#include <algorithm>
#include <ranges>
#include <string_view>

namespace weft::proxy {

// Is the field left out of what is copied? A list is short, so it is walked.
inline bool is_edited_away(const model::FieldEdits& edits, std::string_view name) {
  return std::ranges::any_of(edits.remove,
                             [&](const auto& each) { return base::iequals(each, name); }) ||
         std::ranges::any_of(edits.set,
                             [&](const auto& line) { return base::iequals(line.name, name); });
}

inline void write_edited_fields(const model::FieldEdits& edits, HeadWriter& out) {
  for (const auto* lines : {&edits.set, &edits.add}) {
    for (const model::FieldLine& line : *lines) {
      out.field(line.name, line.value);
    }
  }
}

}  // namespace weft::proxy
