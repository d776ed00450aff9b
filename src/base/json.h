// The one door to Boost.JSON: bytes become a json::value within limits, a json::value becomes text.
// `json::value`, `json::object` and `json::array` are house vocabulary in every room.
// Types with a description (base/described.h) rarely need more than parse_json and write_json.
#pragma once

#include "base/limits.h"
#include "base/result.h"

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft {
namespace json = boost::json;
}

namespace weft::base {

struct JsonLimits {
  std::size_t bytes = default_of(Limit::kBodyBytes);  // of the text
  std::size_t depth = default_of(Limit::kJsonDepth);  // arrays and objects inside one another
};

// Reads exactly one JSON text (RFC 8259: no comments, no trailing commas, valid UTF-8); of members
// with equal names the last one counts.
// Lifetime: of what it returns: that of `memory`, the heap's when there is none.
// Errors: kInvalid (not JSON), kLimit (too deep), kBodyTooLarge (too long); side kClient.
// Thread: any; pure.
Result<json::value> parse_json(std::string_view text, const JsonLimits& limits = {},
                               json::storage_ptr memory = {});

enum class JsonLayout : std::uint8_t {
  kCompact,   // one line, no spaces
  kIndented,  // two spaces per level, for people
};

// Members keep the order in which they were inserted. Numbers are the shortest text that reads back
// equal, never in the 5E-1 form; a number that is not finite becomes null, for JSON has none.
// Thread: any; pure.
std::string write_json(const json::value& value, JsonLayout layout = JsonLayout::kCompact);

// Appends `text` as a JSON string with its quotes. `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

// The same for bytes that somebody else chose: always valid JSON on one line. What is no UTF-8
// becomes U+FFFD, byte by byte; DEL, C1 controls and the line separators of Unicode are escaped.
void append_json_bytes(std::string& out, std::string_view bytes);
// The same to memory that has room for json_bytes_max(bytes.size()). Returns: the end of it there.
char* write_json_bytes(char* to, std::string_view bytes);
constexpr std::size_t json_bytes_max(std::size_t bytes) { return 6 * bytes + 2; }  // \u0000 each

}  // namespace weft::base
