// Colours of the terminal, or none.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace weft::cli {

enum class Tone : std::uint8_t { kPlain, kGood, kWarning, kBad, kDim, kStrong };

// Reads one variable of the environment.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

// Of this process. Thread: any, while nobody sets variables.
std::optional<std::string> process_environment(std::string_view name);

// Thread: any (immutable).
class Paint final {
 public:
  enum class Colours : std::uint8_t { kOff, kOn };

  explicit Paint(Colours colours) : colours_(colours) {}

  // Colours on a terminal, unless NO_COLOR says no or TERM cannot.
  // Source: no-color.org (set and not empty).
  static Paint choose(bool is_terminal, const Environment& environment);

  std::string operator()(Tone tone, std::string_view text) const;
  Colours colours() const { return colours_; }

 private:
  Colours colours_;
};

// healthy is good, degraded a warning, unhealthy bad, anything else dim.
Tone tone_of_state(std::string_view state);

}  // namespace weft::cli
