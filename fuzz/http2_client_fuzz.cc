// An HTTP/2 client: whatever the peer sends, in pieces of any size, ends in an answer, an error or
// a wait for more, within its limits.
#include "fuzz.h"
#include "wire/http2_client.h"

#include <string>

namespace {

using namespace weft;

constexpr wire::Http2ClientLimits kLimits{.head_bytes = 1000, .body_bytes = 2000};

struct Outcome {
  bool is_done = false;
  bool has_failed = false;
  std::uint16_t status = 0;
  std::string body;

  bool operator==(const Outcome&) const = default;
};

Outcome converse(std::string_view input, std::size_t piece, bool asks) {
  wire::Http2Client client(kLimits);
  if (asks) {
    client.send_request({.method = "POST", .authority = "a", .body = "b"});
  } else {
    client.send_ping();
  }
  Outcome out;
  for (std::size_t at = 0; at < input.size() && !out.is_done && !out.has_failed; at += piece) {
    client.take_output();
    out.has_failed = !client.fold(input.substr(at, piece));
    out.is_done = client.is_done();
  }
  std::size_t head_bytes = 0;
  for (const auto& [name, value] : client.answer().fields) {
    head_bytes += name.size() + value.size() + 32;
  }
  WEFT_ASSERT(head_bytes <= kLimits.head_bytes);
  WEFT_ASSERT(client.answer().body.size() <= kLimits.body_bytes);
  WEFT_ASSERT(!out.is_done || !asks || client.answer().status >= 200);
  out.status = client.answer().status;
  out.body = client.answer().body;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const bool asks = fuzz::take_choice(input, 2) == 0;
  const std::size_t piece = fuzz::take_choice(input, 64) + 1;
  const Outcome whole = converse(input, input.size() + 1, asks);
  const Outcome pieces = converse(input, piece, asks);
  // What came behind the end may be what fails the whole.
  WEFT_ASSERT(whole.has_failed || whole.is_done == pieces.is_done);
  return 0;
}
