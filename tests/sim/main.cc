// weft_sim: simulates the whole node with its fleet in virtual time, once per seed.
//
//   weft_sim [--talk] [--twice] FIRST [LAST]
//
// --talk tells everything that happened; --twice runs each seed again and compares. A line per seed
// as it ends; the last line is the tally.
#include "base/text.h"
#include "stage.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weft::sim {
namespace {

struct Wishes {
  std::vector<std::uint64_t> seeds;  // first and last
  bool talk = false;
  bool twice = false;
};

std::optional<Wishes> wishes_of(std::span<char*> arguments) {
  Wishes out;
  for (const std::string_view argument : arguments.subspan(1)) {
    if (argument == "--talk") {
      out.talk = true;
    } else if (argument == "--twice") {
      out.twice = true;
    } else if (const auto number = base::parse_u64(argument)) {
      out.seeds.push_back(*number);
    } else {
      return std::nullopt;
    }
  }
  if (out.seeds.empty() || out.seeds.size() > 2) {
    return std::nullopt;
  }
  return out;
}

bool play(std::uint64_t seed, const Wishes& wishes) {
  const Telling telling = wishes.talk ? Telling::kEverything : Telling::kMishaps;
  Outcome outcome = perform(seed, telling);
  if (wishes.twice && perform(seed, telling).fingerprint != outcome.fingerprint) {
    outcome.complaints.emplace_back("the second run went otherwise than the first");
  }
  if (wishes.talk || !outcome.complaints.empty()) {
    fmt::print("{}", outcome.story);
  }
  for (const std::string& complaint : outcome.complaints) {
    fmt::print("seed {}: {}\n", seed, complaint);
  }
  fmt::print("seed {} {}: {} answered, {} not\n", seed,
             outcome.complaints.empty() ? "passed" : "failed", outcome.answered,
             outcome.unanswered);
  std::fflush(stdout);
  return outcome.complaints.empty();
}

}  // namespace
}  // namespace weft::sim

int main(int argc, char** argv) {
  using namespace weft::sim;
  const auto wishes = wishes_of({argv, static_cast<std::size_t>(argc)});
  if (!wishes) {
    fmt::print(stderr, "weft_sim [--talk] [--twice] FIRST [LAST]\n");
    return 2;
  }
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = wishes->seeds.front(); seed <= wishes->seeds.back(); ++seed) {
    ++(play(seed, *wishes) ? passed : failed);
  }
  fmt::print("{} passed, {} failed, 0 skipped\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
