#include "cli/paint.h"

#include <cstdlib>

namespace weft::cli {
namespace {

// Source: ECMA-48 §8.3.117 (SGR). Only the sixteen colours that follow the user's theme.
std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kDim:
      return "\x1b[2m";
    case Tone::kStrong:
      return "\x1b[1m";
  }
  return "";
}

}  // namespace

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Paint Paint::choose(bool is_terminal, const Environment& environment) {
  const bool is_refused = !environment("NO_COLOR").value_or("").empty();
  const bool is_dumb = environment("TERM").value_or("dumb") == "dumb";
  return Paint(is_terminal && !is_refused && !is_dumb ? Colours::kOn : Colours::kOff);
}

std::string Paint::operator()(Tone tone, std::string_view text) const {
  if (colours_ == Colours::kOff || tone == Tone::kPlain || text.empty()) {
    return std::string(text);
  }
  return std::string(code_of(tone)) + std::string(text) + "\x1b[0m";
}

Tone tone_of_state(std::string_view state) {
  if (state == "healthy") {
    return Tone::kGood;
  }
  if (state == "degraded") {
    return Tone::kWarning;
  }
  return state == "unhealthy" ? Tone::kBad : Tone::kDim;
}

}  // namespace weft::cli
