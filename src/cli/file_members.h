// Reads the members of an object in a file that a person wrote: names in any case and with
// underscores, and a note with its place for everything that is not as it should be.
#pragma once

#include "base/json.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// What was found. Thread: any (a value).
struct FileNotes {
  std::vector<std::string> problems;
  std::vector<std::string> warnings;
};

// "service_id" and "ServiceID" are the same: "serviceid".
std::string normal_name(std::string_view name);

// Lifetime: borrows the object and the notes. Names are given in any spelling.
class FileMembers final {
 public:
  FileMembers(const json::object& object, std::string place, FileNotes& notes);

  // Returns: null when there is none, or it is null. The name is known from now on.
  const json::value* find(std::string_view name);
  // "services[3].port", as the person wrote it; a member that is missing as `name` says it.
  std::string place_of(std::string_view name) const;
  const std::string& place() const { return place_; }

  // Each notes a problem when the member is there and does not fit; then it is as if it was not.
  std::optional<std::string> text(std::string_view name);
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least,
                                      std::uint64_t most);
  std::optional<bool> flag(std::string_view name);
  // The text as it was written: the node reads it too. A unit is required.
  std::optional<std::string> duration(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name);
  std::optional<json::object> text_map(std::string_view name);
  const json::object* object(std::string_view name);
  const json::array* list(std::string_view name);

  void problem(std::string_view name, std::string_view what);
  // Warns of each member that nobody asked for, with the word it may have been meant as.
  void warn_of_unknown();

 private:
  void expected(std::string_view name, std::string_view what, const json::value& got);

  const json::object& object_;
  const std::string place_;
  FileNotes& notes_;
  std::set<std::string> known_;           // normal names
  std::vector<std::string> known_words_;  // as they were asked for
};

}  // namespace weft::cli
