// One run: a node with everything in it, its fleet, its clients, and what goes wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weft::sim {

struct Outcome {
  std::vector<std::string> complaints;  // empty: all was well
  std::string story;                    // what happened, a line each
  std::uint64_t fingerprint = 0;        // equal for equal runs
  std::uint64_t answered = 0;           // requests that got a 200
  std::uint64_t unanswered = 0;
};

enum class Telling : std::uint8_t { kMishaps, kEverything };

// The same seed gives the same run. Thread: any; nothing is shared between two calls.
Outcome perform(std::uint64_t seed, Telling telling);

}  // namespace weft::sim
