#include "wire/websocket_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::wire {
namespace {

using namespace std::string_literals;
using Kind = WebsocketEventKind;

std::string frame(Opcode opcode, std::string_view payload, bool fin = true, bool masked = true) {
  FrameHead head;
  head.opcode = opcode;
  head.fin = fin;
  head.masked = masked;
  head.mask = {'\x01', '\x80', '\x7f', '\xff'};
  head.payload_bytes = payload.size();
  std::array<char, kFrameHeadBytesMax> bytes;
  const std::size_t head_bytes = encode_frame_head(head, bytes);
  std::string body(payload);
  if (masked) {
    apply_mask(body, head.mask);
  }
  return std::string(bytes.data(), head_bytes) + body;
}

// What a server makes of `bytes` that come in pieces: one line per event, and how it ended.
std::string events(const std::string& bytes, std::size_t piece, const WebsocketLimits& limits = {},
                   WebsocketRole role = WebsocketRole::kServer) {
  static constexpr std::array<const char*, 6> kKindNames{"none", "text", "binary",
                                                         "ping", "pong", "close"};
  MessageAssembler assembler(role, limits);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string input = bytes.substr(at, piece);
    std::span<char> rest(input);
    for (;;) {
      const auto event = assembler.next(rest);
      if (!event) {
        return out + "failed " + std::to_string(static_cast<int>(assembler.close_code()));
      }
      if (event->kind == Kind::kNone) {
        EXPECT_TRUE(rest.empty());
        break;
      }
      out += kKindNames[static_cast<std::size_t>(event->kind)];
      out += event->kind == Kind::kClose ? " " + std::to_string(event->close_code) : "";
      out += " " + std::string(event->payload) + "\n";
    }
  }
  return out;
}

void expect_events(const std::string& bytes, const std::string& expected,
                   const WebsocketLimits& limits = {}) {
  for (std::size_t piece = 1; piece <= std::min<std::size_t>(bytes.size(), 200); ++piece) {
    ASSERT_EQ(events(bytes, piece, limits), expected) << "in pieces of " << piece;
  }
  ASSERT_EQ(events(bytes, bytes.size(), limits), expected) << "in one piece";
}

TEST(Messages, ComeWholeInPiecesOfAnySize) {
  expect_events(
      frame(Opcode::kText, "Hello") + frame(Opcode::kBinary, "\0\xff"s) + frame(Opcode::kText, ""),
      "text Hello\nbinary \0\xff\ntext \n"s);
}

TEST(Messages, AreJoinedFromFragments) {
  expect_events(frame(Opcode::kText, "Hel", false) + frame(Opcode::kContinuation, "lo", false) +
                    frame(Opcode::kContinuation, " you"),
                "text Hello you\n");
  expect_events(frame(Opcode::kBinary, "", false) + frame(Opcode::kContinuation, "", false) +
                    frame(Opcode::kContinuation, "x") + frame(Opcode::kText, "next"),
                "binary x\ntext next\n");
}

TEST(Messages, LetControlFramesBetweenTheirFragments) {
  expect_events(frame(Opcode::kText, "Hel", false) + frame(Opcode::kPing, "are you there") +
                    frame(Opcode::kContinuation, "lo") + frame(Opcode::kPong, ""),
                "ping are you there\ntext Hello\npong \n");
}

TEST(Messages, MayBeLongerThanOneRead) {
  const std::string payload(100'000, 'x');
  EXPECT_EQ(events(frame(Opcode::kBinary, payload), 4096), "binary " + payload + "\n");
  EXPECT_EQ(events(frame(Opcode::kBinary, payload), 200'000), "binary " + payload + "\n");
}

TEST(Messages, AreAskedOfAClientInTheOtherDirection) {
  const std::string bytes = frame(Opcode::kText, "Hello", true, false);
  EXPECT_EQ(events(bytes, 100, {}, WebsocketRole::kClient), "text Hello\n");
  EXPECT_EQ(events(bytes, 100, {}, WebsocketRole::kServer), "failed 1002");
  EXPECT_EQ(events(frame(Opcode::kText, "x"), 100, {}, WebsocketRole::kClient), "failed 1002");
}

TEST(Fragmentation, IsRefusedOutOfOrder) {
  expect_events(frame(Opcode::kContinuation, "x"), "failed 1002");
  expect_events(frame(Opcode::kText, "a", false) + frame(Opcode::kText, "b"), "failed 1002");
  expect_events(frame(Opcode::kText, "a", false) + frame(Opcode::kBinary, "b", false),
                "failed 1002");
  expect_events(frame(Opcode::kText, "a") + frame(Opcode::kContinuation, "b"),
                "text a\nfailed 1002");
}

TEST(MalformedFrames, FailTheConnectionAsAProtocolError) {
  expect_events("\xc1\x80\x01\x02\x03\x04", "failed 1002");
  expect_events("\x83\x80\x01\x02\x03\x04", "failed 1002");
  expect_events(frame(Opcode::kPing, "x", false), "failed 1002");
}

TEST(Text, MustBeUtf8AcrossFragments) {
  expect_events(frame(Opcode::kText, "\xe2\x82", false) + frame(Opcode::kContinuation, "\xac"),
                "text \xe2\x82\xac\n");
  expect_events(frame(Opcode::kText, "\xe2\x82"), "failed 1007");
  expect_events(frame(Opcode::kText, "\xff"), "failed 1007");
  expect_events(frame(Opcode::kText, "\xed\xa0\x80"), "failed 1007");
  expect_events(frame(Opcode::kText, "ok", false) + frame(Opcode::kContinuation, "\xf4\x90", false),
                "failed 1007");
  expect_events(frame(Opcode::kBinary, "\xff\xfe"), "binary \xff\xfe\n");
}

TEST(Text, FailsBeforeItsFrameEndsWhenItCannotBecomeValid) {
  const std::string bytes = frame(Opcode::kText, "\xff" + std::string(1000, 'a'));
  EXPECT_EQ(events(bytes.substr(0, 20), 20), "failed 1007");
}

TEST(Limits, BoundAMessageByItsDeclaredAndJoinedLength) {
  const WebsocketLimits limits{.message_bytes = 10};
  expect_events(frame(Opcode::kText, "0123456789"), "text 0123456789\n", limits);
  expect_events(frame(Opcode::kText, "0123456789a"), "failed 1009", limits);
  expect_events(frame(Opcode::kText, "01234", false) +
                    frame(Opcode::kContinuation, "56789", false) + frame(Opcode::kContinuation, ""),
                "text 0123456789\n", limits);
  expect_events(frame(Opcode::kText, "01234", false) + frame(Opcode::kContinuation, "56789a"),
                "failed 1009", limits);
  // The length alone is enough: nothing is awaited or set aside for it.
  EXPECT_EQ(events("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04"s, 100),
            "failed 1009");
}

TEST(Close, CarriesCodeAndReasonAndEndsEverything) {
  expect_events(frame(Opcode::kClose,
                      "\x03\xe8"
                      "bye") +
                    frame(Opcode::kText, "late"),
                "close 1000 bye\n");
  expect_events(frame(Opcode::kClose, ""), "close 1005 \n");
  expect_events(frame(Opcode::kText, "half", false) + frame(Opcode::kClose, "\x0f\xa0"),
                "close 4000 \n");
}

TEST(Close, IsRefusedWithABadCodeReasonOrLength) {
  expect_events(frame(Opcode::kClose, "x"), "failed 1002");
  expect_events(frame(Opcode::kClose, "\x03\xed"), "failed 1002");  // 1005
  expect_events(frame(Opcode::kClose, "\x07\xd0"), "failed 1002");  // 2000
  expect_events(frame(Opcode::kClose, "\x03\xe8\xff"), "failed 1007");
}

}  // namespace
}  // namespace weft::wire
