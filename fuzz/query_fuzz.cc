// Query strings: what is read is UTF-8, and written out again it reads back equal.
#include "base/text.h"
#include "fuzz.h"
#include "http/query.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const auto query = http::Query::parse(fuzz::as_text(data, size));
  if (!query) {
    return 0;
  }
  std::string written;
  for (const http::QueryPair& pair : query->pairs()) {
    WEFT_ASSERT(base::is_utf8(pair.name) && base::is_utf8(pair.value));
    WEFT_ASSERT(query->has(pair.name));
    written += (written.empty() ? "" : "&") + base::percent_encode(pair.name);
    written += pair.has_value ? "=" + base::percent_encode(pair.value) : "";
  }
  const auto again = http::Query::parse(written);
  WEFT_ASSERT(again.has_value());
  for (const http::QueryPair& pair : query->pairs()) {
    WEFT_ASSERT(again->value(pair.name) == query->value(pair.name));
  }
  return 0;
}
