// What the names of objects may look like. A face may ask for less (its own pattern), never for
// more. (Members of the nouns all have initialisers, so that `Service{.name = "web"}` is allowed.)
#pragma once

#include <cstddef>
#include <string_view>

namespace weft::model {

// Characters of a service name, instance id, route id, check id or key.
inline constexpr std::size_t kNameLengthMax = 255;

// RE2: no control character. The tab therefore separates the parts of a composed key.
inline constexpr std::string_view kNamePattern = R"(^[^\x00-\x1f\x7f]*$)";
inline constexpr char kKeySeparator = '\t';

}  // namespace weft::model
