// WebSocket messages out of frames: fragmentation, control frames in between, UTF-8, close.
// Source: RFC 6455 §5.4, §5.5, §8.1. Start at MessageAssembler::next().
#pragma once

#include "base/limits.h"
#include "base/result.h"
#include "wire/utf8.h"
#include "wire/websocket.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weft::wire {

// Which end we are. A server takes only masked frames, a client only unmasked ones (§5.1).
enum class WebsocketRole : std::uint8_t { kServer, kClient };

enum class WebsocketEventKind : std::uint8_t {
  kNone,    // all input is taken and no event is complete
  kText,    // a whole message, valid UTF-8
  kBinary,  // a whole message
  kPing,    // answer with a pong of the same payload
  kPong,
  kClose,  // answer with a close of the same code, then no more frames (§5.5.1)
};

// Lifetime: `payload` until the next call, and as long as the input stays where it is.
struct WebsocketEvent {
  WebsocketEventKind kind = WebsocketEventKind::kNone;
  std::string_view payload;      // kClose: the reason
  std::uint16_t close_code = 0;  // kClose: as sent, 1005 when none was
};

struct WebsocketLimits {
  // Of a whole message, all frames: 1009.
  std::size_t message_bytes = base::default_of(base::Limit::kWebsocketMessageBytes);
};

// Thread: its loop. Holds no memory between messages that come in one piece.
class MessageAssembler final {
 public:
  explicit MessageAssembler(WebsocketRole role, const WebsocketLimits& limits = {})
      : role_(role), limits_(limits) {}

  // Takes bytes from the front of `input` (unmasking them in place) up to the next event, and moves
  // the span behind them. To be called until it says kNone. After a close all input is dropped.
  // Errors: kBadMessage, kBodyTooLarge; send a close with close_code() and end the connection.
  //         Side kSelf: only the caller knows the sender.
  base::Result<WebsocketEvent> next(std::span<char>& input);

  // Why the last next() failed: 1002, 1007 or 1009 (§7.4.1).
  CloseCode close_code() const { return close_code_; }

 private:
  enum class State : std::uint8_t { kHead, kPayload, kClosed };

  base::Result<bool> take_head(std::span<char>& input);
  base::Result<void> begin_frame();
  base::Result<WebsocketEvent> take_payload(std::span<char>& input);
  base::Result<WebsocketEvent> end_frame(std::string_view in_place);
  base::Result<WebsocketEvent> end_control(std::string_view payload);
  base::Result<WebsocketEvent> end_message(std::string_view in_place);
  std::unexpected<base::Error> fail(CloseCode code, const char* what);

  WebsocketRole role_;
  WebsocketLimits limits_;
  State state_ = State::kHead;
  CloseCode close_code_ = CloseCode::kNormal;
  bool in_message_ = false;  // a message has begun and not ended
  Opcode message_opcode_ = Opcode::kText;
  FrameHead frame_;
  std::uint64_t frame_taken_ = 0;              // payload bytes of the frame so far
  std::array<char, kFrameHeadBytesMax> head_;  // a head that came in pieces
  std::size_t head_bytes_ = 0;
  std::array<char, kControlPayloadBytesMax> control_;
  std::string message_;         // what came of the message before this input
  bool message_given_ = false;  // message_ was handed out and is to be emptied
  Utf8Checker utf8_;
};

}  // namespace weft::wire
