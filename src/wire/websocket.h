// WebSocket: the handshake's fields and single frames, RFC 6455. What frames make together is in
// websocket_message.h. Start at parse_frame_head().
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "wire/http1.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weft::wire {

// Source: RFC 6455 §5.2, §11.8. The other values are reserved and refused.
enum class Opcode : std::uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

inline bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

// Source: RFC 6455 §7.4.1. Others of is_close_code() may come from a peer.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kUnsupportedData = 1003,
  kNone = 1005,  // no code was sent; never on the wire
  kInvalidPayload = 1007,
  kPolicy = 1008,
  kTooBig = 1009,
  kInternal = 1011,
  kTryAgainLater = 1013,  // IANA
};

// May this code stand in a close frame? 1000-1003, 1007-1014 and 3000-4999 (RFC 6455 §7.4, IANA).
bool is_close_code(std::uint16_t code);

inline constexpr std::size_t kFrameHeadBytesMax = 14;
inline constexpr std::size_t kControlPayloadBytesMax = 125;

struct FrameHead {
  Opcode opcode = Opcode::kText;
  bool fin = true;  // the last frame of its message
  bool masked = false;
  std::array<char, 4> mask{};       // with masked
  std::uint64_t payload_bytes = 0;  // below 2^63
};

// Parses the head of one frame; no extension is agreed, so the RSV bits must be zero.
// Returns: its length in bytes, 0 when more bytes are needed.
// Errors:  kBadMessage: reserved bits or opcodes, a fragmented or long control frame, a length not
//          in its shortest form (RFC 6455 §5.2, §5.5). Side kSelf: only the caller knows the
//          sender.
// Thread:  any; pure.
base::Result<std::size_t> parse_frame_head(std::string_view input, FrameHead& out);

// Returns: how many bytes were written.
std::size_t encode_frame_head(const FrameHead& head, std::span<char, kFrameHeadBytesMax> out);

// Appends a whole unmasked frame, as a server sends it.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
// The same for a client: masked with a fresh key (RFC 6455 §5.3).
void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload,
                         base::Random& random);

// The payload of a close frame; `reason` is cut to what fits, at a UTF-8 boundary.
std::string close_payload(CloseCode code, std::string_view reason);

// XORs a payload with its mask; `offset`: how many payload bytes came before (RFC 6455 §5.3).
void apply_mask(std::span<char> payload, const std::array<char, 4>& mask, std::size_t offset = 0);

// Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string accept_key(std::string_view key);
// A Sec-WebSocket-Key for a client: 16 random bytes in base64.
std::string make_websocket_key(base::Random& random);

// Is the request a sound opening handshake? RFC 6455 §4.2.1.
// Errors: kBadMessage (400), kUnsupported (a version but 13: 426 with Sec-WebSocket-Version: 13).
base::Result<void> validate_websocket_request(const RequestHead& head);
// Is the answer a sound one to a request with `key`? RFC 6455 §4.1. Errors: kBadMessage.
base::Result<void> validate_websocket_response(const ResponseHead& head, std::string_view key);

}  // namespace weft::wire
