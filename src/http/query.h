// The query of a request target as names and values, decoded.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

struct QueryPair {
  std::string name;
  std::string value;
  bool has_value = false;  // there was a '='
};

// Thread: any (a value).
class Query final {
 public:
  // `text` is what follows the '?'. '+' is a space, as forms write it (WHATWG URL §5.1).
  // Errors: kInvalid for a broken escape or text that is not UTF-8; side kClient.
  static base::Result<Query> parse(std::string_view text);

  // Returns: the last pair of that name, null when there is none.
  const QueryPair* find(std::string_view name) const;
  // Returns: the last value of that name, nullopt when there is none.
  std::optional<std::string_view> value(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  const std::vector<QueryPair>& pairs() const { return pairs_; }

 private:
  std::vector<QueryPair> pairs_;
};

}  // namespace weft::http
