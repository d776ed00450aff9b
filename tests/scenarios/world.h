// A scenario with more than one client and one backend: services with instances, their settings,
// routes, and requests that come again and again. README.md, "A fleet", is the language.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "piece.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::scenario {

struct Scenario;

// How often something is to happen.
struct Counts {
  std::uint64_t least = 0;
  std::uint64_t most = 0;

  bool holds(std::uint64_t count) const { return count >= least && count <= most; }
};

// What an instance says to a request, and to how many of them.
struct Answer {
  std::vector<Piece> pieces;
  std::optional<std::uint64_t> times;  // null: to all further ones
};

// An instance and when it is there.
struct Instance {
  std::string name;
  std::string service = "web";
  std::string version;
  std::vector<std::string> tags;
  bool is_local = true;  // in the gateway's zone; matters where some are not
  std::uint16_t weight = 100;
  std::string health = "passing";
  base::Nanos joins{0};
  std::optional<base::Nanos> leaves;
  std::optional<base::Nanos> fails_checks;  // critical from then on
  std::vector<Answer> answers;
  bool closes = false;   // after each answer, without saying so
  bool refuses = false;  // nobody listens there
};

// What an instance must have seen.
struct InstanceSight {
  std::string instance;
  std::optional<Counts> requests;
  std::string text;  // when there are no counts
  bool wanted = true;
};

struct World {
  std::map<std::string, json::value> settings;  // by service
  std::vector<json::value> routes;
  std::vector<Instance> instances;
  std::size_t clients = 1;  // at a time
  std::size_t times = 1;    // each of them asks, one after the other
  base::Nanos every{0};     // between an answer and the next request
  std::vector<std::pair<int, Counts>> statuses;
  std::vector<InstanceSight> sights;
  std::optional<std::pair<base::Nanos, base::Nanos>> took;  // the slowest request
};

// Reads a line that begins with `word` when it is about a world. Returns: false when it is not.
std::expected<bool, std::string> read_world_line(std::string_view word, std::string_view rest,
                                                 World& into);

// Plays it. Returns: a sentence for each expectation that was not met; `talk` gets what was said.
// Thread: any; nothing is shared between two calls.
std::vector<std::string> play_world(const Scenario& scenario, std::string* talk);

}  // namespace weft::scenario
