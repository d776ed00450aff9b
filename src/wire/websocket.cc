#include "wire/websocket.h"

#include "base/check.h"
#include "base/text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

namespace weft::wire {
namespace {

using base::Code;
using base::Result;
using base::Side;

constexpr std::string_view kAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
constexpr std::size_t kKeyBytes = 16;
constexpr std::uint8_t kFinBit = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kMaskBit = 0x80;

std::unexpected<base::Error> bad(const char* what) { return base::fail(Code::kBadMessage, what); }

bool is_opcode(std::uint8_t value) { return value <= 2 || (value >= 8 && value <= 10); }

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) {
    value = value << 8 | static_cast<unsigned char>(c);
  }
  return value;
}

void write_big_endian(std::uint64_t value, std::size_t bytes, char* out) {
  for (std::size_t i = 0; i < bytes; ++i) {
    out[i] = static_cast<char>(value >> (8 * (bytes - 1 - i)) & 255);
  }
}

// RFC 6455 §5.2: how many bytes of length follow the first two.
std::size_t extended_length_bytes(std::uint8_t short_length) {
  return short_length < 126 ? 0 : short_length == 126 ? 2 : 8;
}

const char* check_length(const FrameHead& head, std::size_t extended) {
  const std::uint64_t shortest = extended == 2 ? 126 : extended == 8 ? 65536 : 0;
  if (head.payload_bytes < shortest) {
    return "a frame length is not in its shortest form (RFC 6455 §5.2)";
  }
  if (head.payload_bytes >> 63 != 0) {
    return "a frame length overflows (RFC 6455 §5.2)";
  }
  return nullptr;
}

void append_frame_with(std::string& out, const FrameHead& head, std::string_view payload) {
  std::array<char, kFrameHeadBytesMax> bytes;
  out.append(bytes.data(), encode_frame_head(head, bytes));
  const std::size_t start = out.size();
  out.append(payload);
  if (head.masked) {
    apply_mask({out.data() + start, payload.size()}, head.mask);
  }
}

FrameHead head_of(Opcode opcode, std::string_view payload) {
  WEFT_ASSERT(!is_control(opcode) || payload.size() <= kControlPayloadBytesMax);
  FrameHead head;
  head.opcode = opcode;
  head.payload_bytes = payload.size();
  return head;
}

}  // namespace

bool is_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

Result<std::size_t> parse_frame_head(std::string_view input, FrameHead& out) {
  if (input.size() < 2) {
    return std::size_t{0};
  }
  const auto first = static_cast<std::uint8_t>(input[0]);
  const auto second = static_cast<std::uint8_t>(input[1]);
  if ((first & kReservedBits) != 0) {
    return bad("a reserved bit without an extension (RFC 6455 §5.2)");
  }
  if (!is_opcode(first & 15)) {
    return bad("a reserved opcode (RFC 6455 §5.2)");
  }
  out.opcode = static_cast<Opcode>(first & 15);
  out.fin = (first & kFinBit) != 0;
  out.masked = (second & kMaskBit) != 0;
  const auto short_length = static_cast<std::uint8_t>(second & 127);
  if (is_control(out.opcode) && (!out.fin || short_length > kControlPayloadBytesMax)) {
    return bad("a control frame is fragmented or longer than 125 bytes (RFC 6455 §5.5)");
  }
  const std::size_t extended = extended_length_bytes(short_length);
  const std::size_t bytes = 2 + extended + (out.masked ? 4 : 0);
  if (input.size() < bytes) {
    return std::size_t{0};
  }
  out.payload_bytes = extended == 0 ? short_length : read_big_endian(input.substr(2, extended));
  if (const char* what = check_length(out, extended)) {
    return bad(what);
  }
  if (out.masked) {
    std::memcpy(out.mask.data(), input.data() + 2 + extended, out.mask.size());
  }
  return bytes;
}

std::size_t encode_frame_head(const FrameHead& head, std::span<char, kFrameHeadBytesMax> out) {
  const std::size_t extended = head.payload_bytes < 126 ? 0 : head.payload_bytes < 65536 ? 2 : 8;
  const std::uint64_t short_length = extended == 0 ? head.payload_bytes : extended == 2 ? 126 : 127;
  out[0] = static_cast<char>((head.fin ? kFinBit : 0) | static_cast<std::uint8_t>(head.opcode));
  out[1] = static_cast<char>((head.masked ? kMaskBit : 0) | short_length);
  write_big_endian(head.payload_bytes, extended, out.data() + 2);
  std::size_t bytes = 2 + extended;
  if (head.masked) {
    std::memcpy(out.data() + bytes, head.mask.data(), head.mask.size());
    bytes += head.mask.size();
  }
  return bytes;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_frame_with(out, head_of(opcode, payload), payload);
}

void append_masked_frame(std::string& out, Opcode opcode, std::string_view payload,
                         base::Random& random) {
  FrameHead head = head_of(opcode, payload);
  head.masked = true;
  const std::uint64_t bits = random.next();
  std::memcpy(head.mask.data(), &bits, head.mask.size());
  append_frame_with(out, head, payload);
}

std::string close_payload(CloseCode code, std::string_view reason) {
  std::string out(2, '\0');
  write_big_endian(static_cast<std::uint16_t>(code), 2, out.data());
  std::size_t bytes = std::min(reason.size(), kControlPayloadBytesMax - 2);
  while (bytes < reason.size() && bytes > 0 && (reason[bytes] & 0xc0) == 0x80) {
    --bytes;  // a continuation byte stands at the cut
  }
  return out.append(reason.substr(0, bytes));
}

void apply_mask(std::span<char> payload, const std::array<char, 4>& mask, std::size_t offset) {
  std::array<char, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) {
    turned[i] = mask[(offset + i) % 4];
  }
  std::uint64_t key = 0;
  std::memcpy(&key, turned.data(), sizeof key);
  std::size_t at = 0;
  for (; at + 8 <= payload.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, payload.data() + at, sizeof word);
    word ^= key;
    std::memcpy(payload.data() + at, &word, sizeof word);
  }
  for (; at < payload.size(); ++at) {
    payload[at] = static_cast<char>(payload[at] ^ turned[at % 8]);
  }
}

std::string accept_key(std::string_view key) {
  std::string text(key);
  text += kAcceptSuffix;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int bytes = 0;
  const int done = EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha1(), nullptr);
  WEFT_ASSERT(done == 1 && bytes == 20);
  return base::to_base64({reinterpret_cast<const char*>(digest.data()), bytes});
}

std::string make_websocket_key(base::Random& random) {
  std::array<char, kKeyBytes> bytes;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    const std::uint64_t bits = random.next();
    std::memcpy(bytes.data() + at, &bits, sizeof bits);
  }
  return base::to_base64({bytes.data(), bytes.size()});
}

Result<void> validate_websocket_request(const RequestHead& head) {
  const auto refuse = [](const char* what) {
    return base::fail(Code::kBadMessage, what, Side::kClient);
  };
  if (head.method != Method::kGet || head.version_minor < 1) {
    return refuse("a WebSocket handshake is a GET of HTTP/1.1 (RFC 6455 §4.2.1)");
  }
  if (!head.framing.upgrade ||
      !header_has_token(head.headers.value(HeaderId::kUpgrade), "websocket")) {
    return refuse("no Upgrade to websocket (RFC 6455 §4.2.1)");
  }
  if (head.framing.body == BodyKind::kChunked || head.framing.content_length > 0) {
    return refuse("a WebSocket handshake with content: its bytes would be taken for frames");
  }
  if (head.headers.value(HeaderId::kSecWebsocketVersion) != "13") {
    return base::fail(Code::kUnsupported, "only version 13 of WebSocket (RFC 6455 §4.4)",
                      Side::kClient);
  }
  const auto key = base::from_base64(head.headers.value(HeaderId::kSecWebsocketKey));
  if (!key || key->size() != kKeyBytes) {
    return refuse("Sec-WebSocket-Key is not 16 bytes in base64 (RFC 6455 §4.2.1)");
  }
  return {};
}

Result<void> validate_websocket_response(const ResponseHead& head, std::string_view key) {
  const auto refuse = [](const char* what) {
    return base::fail(Code::kBadMessage, what, Side::kBackend);
  };
  if (head.status != 101 || !head.framing.upgrade ||
      !base::iequals(head.headers.value(HeaderId::kUpgrade), "websocket")) {
    return refuse("no switch to websocket (RFC 6455 §4.1)");
  }
  if (head.headers.value(HeaderId::kSecWebsocketAccept) != accept_key(key)) {
    return refuse("Sec-WebSocket-Accept does not fit the key (RFC 6455 §4.1)");
  }
  if (!head.headers.value(HeaderId::kSecWebsocketExtensions).empty()) {
    return refuse("an extension that was not asked for (RFC 6455 §4.1)");
  }
  return {};
}

}  // namespace weft::wire
