// Scripts of scenarios: what a client sends to the gateway, what the backend answers, and what each
// of the two must have seen then. README.md is the language.
#pragma once

#include "base/time.h"
#include "piece.h"
#include "world.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::scenario {

enum class Player : std::uint8_t { kClient, kBackend };

// A text that one of them must have received, or must not.
struct Sight {
  Player by = Player::kClient;
  std::string text;
  bool wanted = true;
};

// One case; an `each` line makes one of each of its values.
struct Scenario {
  std::string file;
  std::size_t line = 0;
  std::string title;
  std::string source;            // the section that asks for it
  std::string heading;           // the title as written, {} where the value of `each` stands in it
  std::string value;             // which, as written
  bool must_be_refused = false;  // no server may take what the client says: promise-1 counts it

  std::vector<Piece> client;
  bool client_ends = false;                 // shuts its side down after the last byte
  std::vector<Piece> backend;               // the answer to each request
  bool backend_closes = false;              // after each answer
  bool backend_early = false;               // answers a head, before the body has come
  base::Nanos patience = base::Seconds(5);  // of the client, for more of the answer

  bool bodiless = false;  // the answers have no body whatever their heads say
  std::optional<std::vector<int>> statuses;
  std::optional<bool> closed;  // is the client's connection, in the end
  std::optional<std::size_t> requests;
  std::vector<Sight> sights;

  std::optional<World> world;  // more than one client and one backend stand around the gateway
};

// Returns: all scenarios of a script, or what is wrong with it ("framing.scn:12: ...").
std::expected<std::vector<Scenario>, std::string> parse_script(const std::string& file,
                                                               std::string_view text);

// Text of a script as the bytes that it stands for, or what is wrong with it.
std::expected<std::string, std::string> unescape(std::string_view text);

// Bytes as a script would write them, cut to `bytes_max`.
std::string as_script(std::string_view bytes, std::size_t bytes_max = 2000);

}  // namespace weft::scenario
