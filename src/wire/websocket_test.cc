#include "wire/websocket.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

using base::Code;
using namespace std::string_literals;

TEST(AcceptKey, IsTheOneOfTheSpecification) {
  EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // §1.3
}

TEST(WebsocketKey, IsSixteenBytesAndDiffers) {
  base::Random random(3);
  const std::string key = make_websocket_key(random);
  EXPECT_EQ(base::from_base64(key)->size(), 16U);
  EXPECT_NE(key, make_websocket_key(random));
}

struct HeadCase {
  std::string bytes;
  Opcode opcode;
  std::uint64_t payload_bytes;
  bool fin = true;
  bool masked = false;
};

class FrameHeads : public testing::TestWithParam<HeadCase> {};

TEST_P(FrameHeads, AreParsedEncodedAndAskForMoreWhenCut) {
  const HeadCase& expected = GetParam();
  FrameHead head;
  ASSERT_EQ(parse_frame_head(expected.bytes + "xyz", head).value_or(0), expected.bytes.size());
  EXPECT_EQ(head.opcode, expected.opcode);
  EXPECT_EQ(head.payload_bytes, expected.payload_bytes);
  EXPECT_EQ(head.fin, expected.fin);
  EXPECT_EQ(head.masked, expected.masked);
  std::array<char, kFrameHeadBytesMax> encoded;
  const std::size_t bytes = encode_frame_head(head, encoded);
  EXPECT_EQ(std::string(encoded.data(), bytes), expected.bytes);
  for (std::size_t cut = 0; cut < expected.bytes.size(); ++cut) {
    EXPECT_EQ(parse_frame_head(expected.bytes.substr(0, cut), head).value_or(9), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rfc6455Section5Point7, FrameHeads,
    testing::Values(
        HeadCase{"\x81\x05"s, Opcode::kText, 5}, HeadCase{"\x01\x03"s, Opcode::kText, 3, false},
        HeadCase{"\x80\x02"s, Opcode::kContinuation, 2}, HeadCase{"\x89\x05"s, Opcode::kPing, 5},
        HeadCase{"\x8a\x85\x37\xfa\x21\x3d"s, Opcode::kPong, 5, true, true},
        HeadCase{"\x88\x7d"s, Opcode::kClose, 125},
        HeadCase{"\x82\x7e\x01\x00"s, Opcode::kBinary, 256},
        HeadCase{"\x82\x7e\xff\xff"s, Opcode::kBinary, 65535},
        HeadCase{"\x82\x7f\0\0\0\0\0\x01\0\0"s, Opcode::kBinary, 65536},
        HeadCase{"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s, Opcode::kBinary, 0x7fffffffffffffff},
        HeadCase{"\x82\xff\0\0\0\0\0\x01\0\0\x01\x02\x03\x04"s, Opcode::kBinary, 65536, true,
                 true}));

TEST(FrameHeads, AreRefusedWhenReservedOrMalformed) {
  FrameHead head;
  for (const std::string& bytes :
       {"\xc1\x05"s, "\xa1\x05"s, "\x91\x05"s,                 // reserved bits
        "\x83\x05"s, "\x87\x05"s, "\x8b\x05"s, "\x8f\x05"s,    // reserved opcodes
        "\x09\x05"s, "\x08\x00"s, "\x0a\x05"s,                 // fragmented control
        "\x89\x7e\x00\x7e"s, "\x88\x7f\0\0\0\0\0\0\0\x7e"s,    // long control
        "\x82\x7e\x00\x7d"s, "\x82\x7f\0\0\0\0\0\0\xff\xff"s,  // not the shortest length
        "\x82\x7f\x80\0\0\0\0\0\0\0"s, "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    const auto result = parse_frame_head(bytes, head);
    ASSERT_FALSE(result) << testing::PrintToString(bytes);
    EXPECT_EQ(result.error().code, Code::kBadMessage);
  }
}

TEST(Mask, IsItsOwnInverseAtEveryOffsetAndLength) {
  const std::array<char, 4> mask{'\x37', '\xfa', '\x21', '\x3d'};
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t bytes = 0; bytes < 40; ++bytes) {
      std::string text(bytes, 'a');
      apply_mask(text, mask, offset);
      for (std::size_t i = 0; i < bytes; ++i) {
        ASSERT_EQ(text[i], static_cast<char>('a' ^ mask[(offset + i) % 4]));
      }
      apply_mask(text, mask, offset);
      ASSERT_EQ(text, std::string(bytes, 'a'));
    }
  }
}

TEST(Mask, GivesTheSpecificationsExample) {
  std::string hello = "Hello";
  apply_mask(hello, {'\x37', '\xfa', '\x21', '\x3d'});
  EXPECT_EQ(hello, "\x7f\x9f\x4d\x51\x58");
}

TEST(Frames, AreAppendedWholeWithAndWithoutMask) {
  std::string out;
  append_frame(out, Opcode::kText, "Hello");
  EXPECT_EQ(out, "\x81\x05Hello");
  base::Random random(1);
  std::string masked;
  append_masked_frame(masked, Opcode::kText, "Hello", random);
  FrameHead head;
  const std::size_t bytes = parse_frame_head(masked, head).value_or(0);
  EXPECT_EQ(bytes, 6U);
  EXPECT_TRUE(head.masked);
  std::string payload = masked.substr(bytes);
  apply_mask(payload, head.mask);
  EXPECT_EQ(payload, "Hello");
}

TEST(CloseCodes, AreThoseThatMayBeSent) {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1011, 1012, 1014, 3000, 4999}) {
    EXPECT_TRUE(is_close_code(static_cast<std::uint16_t>(code))) << code;
  }
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    EXPECT_FALSE(is_close_code(static_cast<std::uint16_t>(code))) << code;
  }
}

TEST(ClosePayload, FitsAControlFrameAndStaysUtf8) {
  EXPECT_EQ(close_payload(CloseCode::kNormal, "bye"),
            "\x03\xe8"
            "bye");
  EXPECT_EQ(close_payload(CloseCode::kGoingAway, ""), "\x03\xe9");
  std::string long_reason(122, 'a');
  long_reason += "\xe2\x82\xac and more";
  const std::string payload = close_payload(CloseCode::kInternal, long_reason);
  EXPECT_EQ(payload.substr(2), std::string(122, 'a'));
  EXPECT_EQ(close_payload(CloseCode::kInternal, std::string(200, 'b')).size(),
            kControlPayloadBytesMax);
}

base::Result<void> validate(const std::string& text) {
  RequestHead head;
  const auto parsed = parse_request_head(text, {}, head);
  EXPECT_TRUE(parsed && *parsed > 0);
  return validate_websocket_request(head);
}

constexpr const char* kHandshake =
    "GET /ws/ui HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(Handshake, IsTakenAsBrowsersSendIt) {
  EXPECT_TRUE(validate(kHandshake));
  EXPECT_TRUE(validate(with(kHandshake, "Upgrade: websocket", "Upgrade: WebSocket")));
}

TEST(Handshake, IsRefusedWhenAPieceIsMissingOrWrong) {
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
           {"GET", "POST"},
           {"HTTP/1.1", "HTTP/1.0"},
           {"Upgrade: websocket", "Upgrade: h2c"},
           {"Upgrade: websocket\r\n", ""},
           {"keep-alive, Upgrade", "keep-alive"},
           {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ=="},
           {"dGhlIHNhbXBsZSBub25jZQ==", "not base64"},
           {"Sec-WebSocket-Key", "Sec-WebSocket-Kex"},
           {"Host: a", "Host: a\r\nContent-Length: 4"}}) {
    const auto result = validate(with(kHandshake, from, to));
    ASSERT_FALSE(result) << from;
    EXPECT_EQ(result.error().code, Code::kBadMessage) << from;
  }
  EXPECT_EQ(validate(with(kHandshake, "Version: 13", "Version: 8")).error().code,
            Code::kUnsupported);
}

TEST(HandshakeAnswer, MustFitTheKey) {
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  const auto check = [](const std::string& text, std::string_view key) {
    ResponseHead head;
    EXPECT_TRUE(parse_response_head(text, Method::kGet, {}, head));
    return validate_websocket_response(head, key).has_value();
  };
  EXPECT_TRUE(check(answer, "dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(check(answer, "AAAAAAAAAAAAAAAAAAAAAA=="));
  EXPECT_FALSE(check(with(answer, "101", "200"), "dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(
      check(with(answer, "Upgrade: websocket", "Upgrade: h2c"), "dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(check(with(answer, "Upgrade: w", "Sec-WebSocket-Extensions: x\r\nUpgrade: w"),
                     "dGhlIHNhbXBsZSBub25jZQ=="));
}

}  // namespace
}  // namespace weft::wire
