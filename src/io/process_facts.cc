#include "io/process_facts.h"

#include "base/text.h"

#include <fstream>
#include <sstream>
#include <string>

namespace weft::io {
namespace {

// "VmRSS:      1234 kB" -> 1234.
std::uint64_t number_in(const std::string& line) {
  std::istringstream words(line.substr(line.find(':') + 1));
  std::string number;
  words >> number;
  return base::parse_u64(number).value_or(0);
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) {
      facts.resident_bytes = number_in(line) * 1024;
    } else if (line.starts_with("Threads:")) {
      facts.threads = number_in(line);
    }
  }
  return facts;
}

}  // namespace weft::io
