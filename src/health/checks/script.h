// A program of this machine, or of a container on it, ends with 0.
#pragma once

#include "base/result.h"
#include "health/check.h"
#include "io/loop.h"
#include "model/check.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::health {

enum class Scripts : std::uint8_t { kForbidden, kAllowed };

// What is run: CheckDetails::args as they are (kScript); with the docker command in a container,
// there through a shell only where CheckDetails::shell names one (kDocker).
// Errors: kInvalid (no program; a container that has no container's name).
base::Result<std::vector<std::string>> script_command(const model::CheckSpec& spec);

// The last bytes of what a program prints, which are those that say how it went.
// Thread: its loop (a value).
class OutputTail final {
 public:
  explicit OutputTail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void add(std::string_view bytes);
  std::string_view text() const;

 private:
  std::size_t bytes_max_;
  std::string kept_;  // up to twice as much
};

// Exit status 0 passes, 1 warns, anything else is critical. A program that is not done by the
// deadline is killed with all that it started in its process group; what it started in a container
// is docker's. Starting one blocks the loop for about a millisecond.
// Source: contract/consul.md §2.1; Consul's script checks.
// Thread: its loop. Lifetime: the loop outlives it.
class ScriptCheck final : public Check {
 public:
  ScriptCheck(io::Loop& loop, Scripts scripts) : loop_(loop), scripts_(scripts) {}

  io::Task<ProbeResult> probe(CheckTarget target, base::MonoTime deadline) override;

 private:
  io::Loop& loop_;
  const Scripts scripts_;
};

}  // namespace weft::health
