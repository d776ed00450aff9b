// weft_scn: plays scenarios and says which of them did not go as their scripts say.
//
//   weft_scn [--talk] [--once] [--only TEXT] FILE...
//   weft_scn --json [--only TEXT] FILE...
//
// --talk shows what both sides saw; --only leaves out scenarios whose title lacks the text; --json
// plays none and writes each on a line, for players of other processes (tests/differential). Each
// is played as its bytes are written and, without --once, again with its bytes apart. The last line
// is the tally.
#include "dump.h"
#include "script.h"
#include "stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>

namespace weft::scenario {
namespace {

struct Wishes {
  std::vector<std::string> files;
  std::string only;
  bool talk = false;
  bool once = false;
  bool json = false;
};

struct Tally {
  int passed = 0;
  int failed = 0;
};

std::size_t bytes_of(const std::vector<Piece>& pieces) {
  std::size_t out = 0;
  for (const Piece& piece : pieces) {
    out += piece.bytes.size();
  }
  return out;
}

void show_talk(const Seen& seen) {
  std::cout << "--- the client saw\n" << as_script(seen.client) << "\n";
  for (const std::string& request : seen.requests) {
    std::cout << "--- the backend got\n" << as_script(request) << "\n";
  }
  if (!seen.rest.empty()) {
    std::cout << "--- the backend got in part\n" << as_script(seen.rest) << "\n";
  }
}

void play_fleet(const Scenario& scenario, bool talk, Tally& tally) {
  std::string said;
  const std::vector<std::string> complaints = play_world(scenario, talk ? &said : nullptr);
  ++(complaints.empty() ? tally.passed : tally.failed);
  if (talk || !complaints.empty()) {
    std::cout << fmt::format("{}:{}: {} ({})\n", scenario.file, scenario.line, scenario.title,
                             scenario.source);
  }
  for (const std::string& complaint : complaints) {
    std::cout << "  " << complaint << "\n";
  }
  std::cout << said;
}

void play_at(const Scenario& scenario, Pace pace, bool talk, Tally& tally) {
  const Seen seen = perform(scenario, pace);
  const std::vector<std::string> complaints = judge(scenario, seen);
  ++(complaints.empty() ? tally.passed : tally.failed);
  if (talk || !complaints.empty()) {
    std::cout << fmt::format("{}:{}: {} ({}; {})\n", scenario.file, scenario.line, scenario.title,
                             pace_name(pace), scenario.source);
  }
  for (const std::string& complaint : complaints) {
    std::cout << "  " << complaint << "\n";
  }
  if (talk) {
    show_talk(seen);
  }
}

void play(const Scenario& scenario, const Wishes& wishes, Tally& tally) {
  if (scenario.world) {
    play_fleet(scenario, wishes.talk, tally);
    return;
  }
  constexpr std::size_t kBytesApartMax = 4096;
  play_at(scenario, Pace::kAtOnce, wishes.talk, tally);
  if (!wishes.once) {
    const bool is_long = bytes_of(scenario.client) > kBytesApartMax;
    play_at(scenario, is_long ? Pace::kByPieces : Pace::kByByte, wishes.talk, tally);
  }
}

void play_file(const std::string& file, const Wishes& wishes, Tally& tally) {
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto scenarios = parse_script(file, text);
  if (!in || !scenarios) {
    std::cout << (in ? scenarios.error() : file + " cannot be read") << "\n";
    ++tally.failed;
    return;
  }
  for (const Scenario& scenario : *scenarios) {
    if (!scenario.title.contains(wishes.only)) {
      continue;
    }
    if (wishes.json && scenario.world) {
      continue;  // a fleet has no place around a single process
    }
    if (wishes.json) {
      std::cout << as_json(scenario) << "\n";
      ++tally.passed;
    } else {
      play(scenario, wishes, tally);
    }
  }
}

Wishes wishes_of(std::span<char*> arguments) {
  Wishes out;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--talk") {
      out.talk = true;
    } else if (argument == "--once") {
      out.once = true;
    } else if (argument == "--json") {
      out.json = true;
    } else if (argument == "--only" && i + 1 < arguments.size()) {
      out.only = arguments[++i];
    } else {
      out.files.emplace_back(argument);
    }
  }
  return out;
}

}  // namespace
}  // namespace weft::scenario

int main(int argc, char** argv) {
  using namespace weft::scenario;
  const Wishes wishes = wishes_of({argv, static_cast<std::size_t>(argc)});
  Tally tally;
  for (const std::string& file : wishes.files) {
    play_file(file, wishes, tally);
  }
  if (tally.passed + tally.failed == 0) {
    std::cout << fmt::format("no title has '{}' in it; read tests/scenarios/README.md\n",
                             wishes.only);
  }
  if (!wishes.json) {
    std::cout << fmt::format("{} passed, {} failed, 0 skipped\n", tally.passed, tally.failed);
  }
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}
