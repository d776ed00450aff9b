// Scenarios for players written in other languages: this program reads the scripts, they need not.
#pragma once

#include "script.h"

#include <string>

namespace weft::scenario {

// Returns: the scenario as JSON on one line, bytes as hexadecimal digits, times in milliseconds;
// what it says nothing about is null.
std::string as_json(const Scenario& scenario);

}  // namespace weft::scenario
