// Scanners: every one this machine can run marks what the scalar one marks, and reads no byte
// beyond.
#include "fuzz.h"
#include "wire/http1_scan.h"

#include <algorithm>
#include <vector>

namespace {

using namespace weft;
using wire::scan::Marks;
using wire::scan::Scanner;

// The marks of `bytes` bytes and of the one that ends a walk.
bool same_marks(const Marks& a, const Marks& b, std::size_t bytes) {
  for (std::size_t i = 0; i <= bytes; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    if (((a.control[i / 64] ^ b.control[i / 64]) & bit) != 0 ||
        (i < bytes && ((a.colon[i / 64] ^ b.colon[i / 64]) & bit) != 0)) {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::size_t skipped = fuzz::take_choice(input, 64);  // how the bytes lie in memory
  input.remove_prefix(std::min(skipped, input.size()));
  // A copy of its own: the sanitizer sees who looks behind its end.
  const std::vector<char> bytes(
      input.begin(),
      input.begin() + static_cast<std::ptrdiff_t>(std::min(input.size(), wire::scan::kChunkBytes)));
  Marks plain;
  wire::scan::scalar().mark(bytes.data(), bytes.size(), plain);
  const std::size_t end = wire::scan::scalar().target_end(bytes.data(), bytes.size());
  WEFT_ASSERT(end <= bytes.size());
  for (const Scanner* scanner : wire::scan::all()) {
    Marks marks;
    scanner->mark(bytes.data(), bytes.size(), marks);
    WEFT_ASSERT(same_marks(marks, plain, bytes.size()));
    WEFT_ASSERT(scanner->target_end(bytes.data(), bytes.size()) == end);
  }
  return 0;
}
