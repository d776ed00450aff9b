// The stage of a scenario: one gateway loop in a simulated world, with a client and a backend that
// speak the script's bytes and keep what they hear. Neither uses the gateway's own parser.
#pragma once

#include "script.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::scenario {

// How the client's bytes travel.
enum class Pace : std::uint8_t {
  kAtOnce,
  kByByte,    // a millisecond apart
  kByPieces,  // of a few hundred bytes, a millisecond apart
};
std::string_view pace_name(Pace pace);

// What the two have seen in the end.
struct Seen {
  std::string client;
  bool closed = false;                // the client's connection
  std::vector<std::string> requests;  // of the backend; whole ones
  std::string rest;                   // what it got of others
};

// Plays it once. Thread: any; nothing is shared between two calls.
Seen perform(const Scenario& scenario, Pace pace);

// Returns: a sentence for each expectation that was not met.
std::vector<std::string> judge(const Scenario& scenario, const Seen& seen);

}  // namespace weft::scenario
