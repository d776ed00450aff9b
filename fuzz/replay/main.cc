// Runs every fuzz target on its seeds, without libFuzzer: a crash or a failed assertion ends the
// program and names the seed. `weft_fuzz_replay [CORPUS_DIR]`; the last line is the sum.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#define WEFT_TARGET(name) \
  extern "C" int weft_fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "targets.inc"
#undef WEFT_TARGET

namespace {

struct Target {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
};

#define WEFT_TARGET(name) Target{#name, weft_fuzz_##name},
constexpr Target kTargets[] = {
#include "targets.inc"
};
#undef WEFT_TARGET

// The seed at work, for the signal handler.
std::string current;

void name_the_seed(int signal) {
  std::fprintf(stderr, "signal %d with %s\n", signal, current.c_str());
  std::_Exit(1);
}

// Returns: how many seeds were run.
int replay(const Target& target, const std::filesystem::path& corpus) {
  int count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(corpus / target.name, error)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    current = entry.path().string();
    target.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++count;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path corpus = argc > 1 ? argv[1] : WEFT_CORPUS;
  std::signal(SIGABRT, name_the_seed);
  std::signal(SIGSEGV, name_the_seed);
  int passed = 0;
  int failed = 0;
  for (const Target& target : kTargets) {
    const int count = replay(target, corpus);
    passed += count;
    if (count == 0) {
      std::printf("%s has no seed\n", target.name);
      ++failed;
    }
  }
  std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
