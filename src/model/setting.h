// A setting of the whole mesh that is changed at run time and survives a restart.
#pragma once

#include "base/described.h"
#include "base/json.h"
#include "model/names.h"

#include <string>

namespace weft::model {

// Thread: any (a value). What a value means is known by the room that reads the key.
struct Setting {
  std::string key{};
  json::value value{};

  bool operator==(const Setting&) const = default;

  static constexpr auto kFields =
      base::fields(base::field("key").required().length(1, kNameLengthMax).pattern(kNamePattern));
};
BOOST_DESCRIBE_STRUCT(Setting, (), (key, value))

inline std::string key_of(const Setting& setting) { return setting.key; }

}  // namespace weft::model
