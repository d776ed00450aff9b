// HTTP/1.1 messages as the players of a scenario tell them apart: without the gateway's own parser,
// and only as far as the gateway's and the scripts' own spelling goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft::scenario {

inline constexpr std::string_view kLineEnd = "\r\n";
inline constexpr std::string_view kHeadEnd = "\r\n\r\n";

// The value of a field in a head; empty when it has none.
std::string_view field_of(std::string_view head, std::string_view name);

// A chunked body at the front of `bytes`, as far as it has come.
struct Chunks {
  std::size_t end = std::string_view::npos;  // its trailer included; npos: not there yet
  std::string data;
};
Chunks read_chunks(std::string_view bytes);

// How a message without a length and without chunks ends.
enum class Ending : std::uint8_t { kWithHead, kWithConnection };

// The end of the message at the front of `bytes`; npos: not there yet.
std::size_t message_end(std::string_view bytes, bool has_body, Ending ending);

}  // namespace weft::scenario
