#include "http/query.h"

#include "base/text.h"

#include <algorithm>

namespace weft::http {
namespace {

base::Result<std::string> decode_part(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto decoded = base::percent_decode(spaced);
  if (!decoded || !base::is_utf8(*decoded)) {
    return base::fail(base::Code::kInvalid, "broken escape in the query", base::Side::kClient);
  }
  return *std::move(decoded);
}

}  // namespace

base::Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) {
      continue;
    }
    const std::size_t equals = part.find('=');
    QueryPair pair;
    WEFT_TRY(pair.name, decode_part(part.substr(0, equals)));
    if (equals != std::string_view::npos) {
      pair.has_value = true;
      WEFT_TRY(pair.value, decode_part(part.substr(equals + 1)));
    }
    query.pairs_.push_back(std::move(pair));
  }
  return query;
}

const QueryPair* Query::find(std::string_view name) const {
  const auto at = std::find_if(pairs_.rbegin(), pairs_.rend(),
                               [&](const QueryPair& pair) { return pair.name == name; });
  return at == pairs_.rend() ? nullptr : &*at;
}

std::optional<std::string_view> Query::value(std::string_view name) const {
  const QueryPair* pair = find(name);
  return pair == nullptr ? std::nullopt : std::optional<std::string_view>(pair->value);
}

}  // namespace weft::http
