// One check of a service in a file (catalog_file.h), and its words.
// Source: contract/consul.md §2.1.
#pragma once

#include "base/json.h"
#include "cli/file_members.h"

#include <string>
#include <string_view>

namespace weft::cli {

// The service that is checked. Lifetime: borrows its body.
struct CheckPlace {
  const json::object& service;
};

// Returns: the check as Consul's API takes it. A path alone as `http` is one of the service itself.
// What is wrong is noted. Thread: any; pure.
json::object read_catalog_check(const json::object& given, std::string place, const CheckPlace& at,
                                FileNotes& notes);

// Consul's name of a member of a check as files write it, "" when it has none: "HTTP" is "http".
std::string_view file_word_of_check(std::string_view consul);

}  // namespace weft::cli
