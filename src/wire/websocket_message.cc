#include "wire/websocket_message.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace weft::wire {

using base::Code;
using base::Result;

std::unexpected<base::Error> MessageAssembler::fail(CloseCode code, const char* what) {
  close_code_ = code;
  state_ = State::kClosed;
  return base::fail(code == CloseCode::kTooBig ? Code::kBodyTooLarge : Code::kBadMessage, what);
}

Result<WebsocketEvent> MessageAssembler::next(std::span<char>& input) {
  if (message_given_) {
    message_given_ = false;
    message_ = {};  // gives the memory back: an idle connection holds none
  }
  for (;;) {
    if (state_ == State::kClosed) {
      input = input.last(0);
      return WebsocketEvent{};
    }
    if (state_ == State::kHead) {
      WEFT_TRY(const bool whole, take_head(input));
      if (!whole) {
        return WebsocketEvent{};
      }
      WEFT_TRY_VOID(begin_frame());
    }
    if (input.empty() && frame_taken_ < frame_.payload_bytes) {
      return WebsocketEvent{};
    }
    WEFT_TRY(const WebsocketEvent event, take_payload(input));
    if (event.kind != WebsocketEventKind::kNone) {
      return event;
    }
  }
}

// Returns: false when the head is not whole yet; its bytes are kept.
Result<bool> MessageAssembler::take_head(std::span<char>& input) {
  if (input.empty()) {
    return false;
  }
  const std::size_t room = head_.size() - head_bytes_;
  const std::size_t count = std::min(room, input.size());
  std::memcpy(head_.data() + head_bytes_, input.data(), count);
  const auto parsed = parse_frame_head({head_.data(), head_bytes_ + count}, frame_);
  if (!parsed) {
    return fail(CloseCode::kProtocolError, parsed.error().what);
  }
  if (*parsed == 0) {
    head_bytes_ += count;
    input = input.subspan(count);
    return false;
  }
  input = input.subspan(*parsed - head_bytes_);
  head_bytes_ = 0;
  return true;
}

// RFC 6455 §5.1, §5.4: which frame may come now.
Result<void> MessageAssembler::begin_frame() {
  if (frame_.masked != (role_ == WebsocketRole::kServer)) {
    return fail(CloseCode::kProtocolError, frame_.masked
                                               ? "a masked frame from a server (RFC 6455 §5.1)"
                                               : "an unmasked frame from a client (RFC 6455 §5.1)");
  }
  state_ = State::kPayload;
  frame_taken_ = 0;
  if (is_control(frame_.opcode)) {
    return {};
  }
  if ((frame_.opcode == Opcode::kContinuation) != in_message_) {
    return fail(CloseCode::kProtocolError,
                in_message_ ? "a new message within a fragmented one (RFC 6455 §5.4)"
                            : "a continuation of no message (RFC 6455 §5.4)");
  }
  if (!in_message_) {
    in_message_ = true;
    message_opcode_ = frame_.opcode;
    utf8_.reset();
  }
  if (frame_.payload_bytes > limits_.message_bytes - message_.size()) {
    return fail(CloseCode::kTooBig, "a message is too large");
  }
  return {};
}

Result<WebsocketEvent> MessageAssembler::take_payload(std::span<char>& input) {
  const auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(frame_.payload_bytes - frame_taken_, input.size()));
  const std::span<char> bytes = input.first(count);
  input = input.subspan(count);
  if (frame_.masked) {
    apply_mask(bytes, frame_.mask, static_cast<std::size_t>(frame_taken_ % 4));
  }
  const std::string_view piece(bytes.data(), bytes.size());
  const bool is_whole = count == frame_.payload_bytes;  // the frame, in this input
  if (is_control(frame_.opcode)) {
    if (!is_whole) {
      std::memcpy(control_.data() + frame_taken_, piece.data(), piece.size());
    }
  } else {
    // §8.1: text that cannot become valid any more fails at once, not at the message's end.
    if (message_opcode_ == Opcode::kText && !utf8_.feed(piece)) {
      return fail(CloseCode::kInvalidPayload, "text is not UTF-8 (RFC 6455 §8.1)");
    }
    if (!is_whole || !frame_.fin || !message_.empty()) {
      message_ += piece;
    }
  }
  frame_taken_ += count;
  return frame_taken_ < frame_.payload_bytes ? WebsocketEvent{}
                                             : end_frame(is_whole ? piece : std::string_view());
}

// `in_place`: the frame's payload if it lies whole in the input.
Result<WebsocketEvent> MessageAssembler::end_frame(std::string_view in_place) {
  state_ = State::kHead;
  if (is_control(frame_.opcode)) {
    const auto bytes = static_cast<std::size_t>(frame_.payload_bytes);
    return end_control(in_place.size() == bytes ? in_place
                                                : std::string_view(control_.data(), bytes));
  }
  return frame_.fin ? end_message(in_place) : WebsocketEvent{};
}

Result<WebsocketEvent> MessageAssembler::end_message(std::string_view in_place) {
  if (message_opcode_ == Opcode::kText && !utf8_.is_complete()) {
    return fail(CloseCode::kInvalidPayload, "text ends within a character (RFC 6455 §8.1)");
  }
  in_message_ = false;
  WebsocketEvent event;
  event.kind =
      message_opcode_ == Opcode::kText ? WebsocketEventKind::kText : WebsocketEventKind::kBinary;
  event.payload = message_.empty() ? in_place : std::string_view(message_);
  message_given_ = !message_.empty();
  return event;
}

Result<WebsocketEvent> MessageAssembler::end_control(std::string_view payload) {
  WebsocketEvent event;
  event.payload = payload;
  if (frame_.opcode != Opcode::kClose) {
    event.kind =
        frame_.opcode == Opcode::kPing ? WebsocketEventKind::kPing : WebsocketEventKind::kPong;
    return event;
  }
  event.kind = WebsocketEventKind::kClose;
  event.close_code = static_cast<std::uint16_t>(CloseCode::kNone);
  if (payload.size() == 1) {
    return fail(CloseCode::kProtocolError, "a close frame of one byte (RFC 6455 §5.5.1)");
  }
  if (!payload.empty()) {
    event.close_code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                                  static_cast<unsigned char>(payload[1]));
    event.payload = payload.substr(2);
    if (!is_close_code(event.close_code)) {
      return fail(CloseCode::kProtocolError, "a reserved close code (RFC 6455 §7.4)");
    }
    if (!base::is_utf8(event.payload)) {
      return fail(CloseCode::kInvalidPayload, "a close reason is not UTF-8 (RFC 6455 §5.5.1)");
    }
  }
  state_ = State::kClosed;
  return event;
}

}  // namespace weft::wire
