// WebSocket: pieces of any size give the events of the whole; text is UTF-8; limits hold.
#include "base/text.h"
#include "fuzz.h"
#include "wire/websocket.h"
#include "wire/websocket_message.h"

#include <string>
#include <vector>

namespace {

using namespace weft;
using wire::WebsocketEventKind;

constexpr wire::WebsocketLimits kLimits{.message_bytes = 300};

struct Outcome {
  std::string events;
  const char* error = nullptr;
  wire::CloseCode close_code = wire::CloseCode::kNormal;
};

void note(const wire::WebsocketEvent& event, Outcome& out) {
  const bool is_text =
      event.kind == WebsocketEventKind::kText || event.kind == WebsocketEventKind::kClose;
  WEFT_ASSERT(!is_text || base::is_utf8(event.payload));
  WEFT_ASSERT(event.payload.size() <= kLimits.message_bytes);
  out.events += static_cast<char>('a' + static_cast<int>(event.kind));
  out.events += std::to_string(event.close_code) + ":" + std::to_string(event.payload.size()) + ":";
  out.events += event.payload;
}

Outcome assemble(std::string_view input, std::size_t piece, wire::WebsocketRole role) {
  wire::MessageAssembler assembler(role, kLimits);
  Outcome out;
  for (std::size_t at = 0; at < input.size(); at += piece) {
    std::string bytes(input.substr(at, piece));
    std::span<char> rest(bytes);
    for (;;) {
      const auto event = assembler.next(rest);
      if (!event) {
        out.error = event.error().what;
        out.close_code = assembler.close_code();
        return out;
      }
      if (event->kind == WebsocketEventKind::kNone) {
        WEFT_ASSERT(rest.empty());
        break;
      }
      note(*event, out);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size);
  const auto role = static_cast<wire::WebsocketRole>(fuzz::take_choice(input, 2));
  const std::size_t piece = fuzz::take_choice(input, 64) + 1;
  const Outcome whole = assemble(input, input.size() + 1, role);
  const Outcome pieces = assemble(input, piece, role);
  WEFT_ASSERT(whole.events == pieces.events);
  WEFT_ASSERT(whole.error == pieces.error);
  WEFT_ASSERT(whole.close_code == pieces.close_code);

  wire::FrameHead head;
  const auto bytes = wire::parse_frame_head(input, head);
  if (bytes && *bytes > 0) {
    std::array<char, wire::kFrameHeadBytesMax> encoded;
    const std::size_t count = wire::encode_frame_head(head, encoded);
    WEFT_ASSERT(std::string_view(encoded.data(), count) == input.substr(0, *bytes));
  }
  return 0;
}
