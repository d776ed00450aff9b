// Chunked bodies: pieces of any size give the payload and the verdict of the whole.
#include "fuzz.h"
#include "wire/chunked.h"

#include <optional>
#include <string>

namespace {

using namespace weft;

constexpr wire::ChunkedLimits kLimits{
    .extension_bytes = 64, .trailer_bytes = 128, .overhead_bytes = 512};

struct Outcome {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
  const char* error = nullptr;
};

Outcome decode(std::string_view input, std::size_t piece) {
  wire::ChunkedDecoder decoder(kLimits);
  Outcome out;
  while (out.consumed < input.size() && !out.done) {
    std::string bytes(input.substr(out.consumed, piece));
    const auto step = decoder.decode(bytes);
    if (!step) {
      out.error = step.error().what;
      return out;
    }
    WEFT_ASSERT(step->payload <= step->consumed && step->consumed <= bytes.size());
    WEFT_ASSERT(step->done || step->consumed == bytes.size());
    out.payload.append(bytes, 0, step->payload);
    out.consumed += step->consumed;
    out.done = step->done;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const std::size_t piece = fuzz::take_choice(input, 64) + 1;
  const Outcome whole = decode(input, input.size() + 1);
  const Outcome pieces = decode(input, piece);
  WEFT_ASSERT(whole.error == pieces.error && whole.done == pieces.done);
  WEFT_ASSERT(pieces.payload.starts_with(whole.payload));
  if (whole.error == nullptr) {
    WEFT_ASSERT(whole.payload == pieces.payload && whole.consumed == pieces.consumed);
  }
  return 0;
}
