// A service: a name under which instances are found, called and watched.
#pragma once

#include "base/described.h"
#include "base/json.h"
#include "model/labels.h"
#include "model/names.h"

#include <string>
#include <vector>

namespace weft::model {

// Thread: any (a value).
struct Service {
  std::string name{};
  std::string version{};
  std::string space = "default";  // the namespace of the faces that have one
  std::string description{};
  std::vector<std::string> tags{};
  json::object metadata{};
  // Came with its first instance and goes with its last. A declared service stays without any.
  bool implicit = false;

  bool operator==(const Service&) const = default;
  void validate(base::Decoding& at) const {
    validate_tags(tags, at);
    validate_metadata(metadata, at);
  }

  static constexpr auto kFields = base::fields(
      base::field("name").required().length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("version").length(0, 50),
      base::field("space").length(1, kNameLengthMax).pattern(kNamePattern),
      base::field("description").length(0, 4096), base::field("tags").length(0, kTagsMax),
      base::field("metadata").length(0, kMetadataEntriesMax));
};
BOOST_DESCRIBE_STRUCT(Service, (), (name, version, space, description, tags, metadata, implicit))

inline std::string key_of(const Service& service) { return service.name; }

}  // namespace weft::model
