#include "proxy/body.h"

#include "base/random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weft::proxy {
namespace {

wire::Framing framing_of(wire::BodyKind kind, std::uint64_t length = 0) {
  wire::Framing framing;
  framing.body = kind;
  framing.content_length = length;
  return framing;
}

// Sends `wire_bytes` through source and frame in pieces of random size, as the relay does.
std::string pass(const wire::Framing& from, SinkFraming to, std::string_view wire_bytes,
                 std::uint64_t seed, std::string_view head = "") {
  io::BufferPool pool;
  base::Random random(seed);
  BodySource source(from);
  io::Buffer buffer = pool.take();
  std::string out;
  while (!source.is_done()) {
    const std::size_t count = std::min<std::size_t>(wire_bytes.size(), 1 + random.below(700));
    buffer.append(wire_bytes.substr(0, count));
    wire_bytes.remove_prefix(count);
    const auto piece = source.take(buffer);
    EXPECT_TRUE(piece) << "seed " << seed;
    if (!piece) {
      return "";
    }
    Framed framed = frame_piece(buffer, *piece, to, head);
    if (framed.bytes.empty() && !head.empty()) {
      out += head;
      framed = frame_piece(buffer, *piece, to, "");
    }
    head = {};
    out += framed.bytes;
    out += framed.rest;
    buffer.consume(framed.added + piece->consumed);
  }
  return out + "|" + std::string(buffer.view()) + std::string(wire_bytes);
}

std::string chunked(std::string_view payload, base::Random& random) {
  std::string out;
  while (!payload.empty()) {
    const std::size_t count = std::min<std::size_t>(payload.size(), 1 + random.below(3000));
    out += fmt::format("{:x}\r\n{}\r\n", count, payload.substr(0, count));
    payload.remove_prefix(count);
  }
  return out + "0\r\n\r\n";
}

std::string unchunk(std::string_view text) {
  std::string out;
  wire::ChunkedDecoder decoder;
  std::string copy(text);
  const auto step = decoder.decode({copy.data(), copy.size()});
  EXPECT_TRUE(step && step->done);
  return step ? copy.substr(0, step->payload) + "|" + copy.substr(step->consumed) : out;
}

TEST(Body, ALengthEndsWhereItSaysAndLeavesTheNextMessage) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(pass(framing_of(wire::BodyKind::kLength, 5), SinkFraming::kRaw, "helloNEXT", seed),
              "hello|NEXT");
  }
}

TEST(Body, AnyPayloadSurvivesReframingInAnyPieces) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    base::Random random(seed);
    std::string payload(random.below(20'000), 'x');
    for (char& c : payload) {
      c = static_cast<char>(random.next());
    }
    const std::string head(random.below(2) * random.below(3000), 'h');
    const std::string as_chunks = chunked(payload, random) + "NEXT";
    const std::string raw =
        pass(framing_of(wire::BodyKind::kChunked), SinkFraming::kRaw, as_chunks, seed, head);
    EXPECT_EQ(raw, head + payload + "|NEXT") << "seed " << seed;
    const std::string again =
        pass(framing_of(wire::BodyKind::kChunked), SinkFraming::kChunked, as_chunks, seed, head);
    const std::size_t bar = again.rfind("|NEXT");
    ASSERT_NE(bar, std::string::npos) << "seed " << seed;
    EXPECT_EQ(unchunk(std::string_view(again).substr(head.size(), bar - head.size())),
              payload + "|")
        << "seed " << seed;
  }
}

// nginx CVE-2026-42945.
TEST(Body, TheEndOfAChunkNeverOverwritesWhatFollowsTheBody) {
  for (const std::string_view last : {"\n", "\r\n", "\n\r\n"}) {
    io::BufferPool pool;
    io::Buffer buffer = pool.take();
    BodySource source(framing_of(wire::BodyKind::kChunked));
    const std::string all = "5\r\nhello\r\n0\r\n\r\n";
    buffer.append(std::string_view(all).substr(0, all.size() - last.size()));
    auto piece = source.take(buffer);
    ASSERT_TRUE(piece);
    buffer.consume(frame_piece(buffer, *piece, SinkFraming::kChunked, {}).added + piece->consumed);
    buffer.append(last);
    buffer.append("NEXT");
    piece = source.take(buffer);
    ASSERT_TRUE(piece && piece->done);
    const Framed framed = frame_piece(buffer, *piece, SinkFraming::kChunked, {});
    EXPECT_EQ(std::string(framed.bytes) + std::string(framed.rest), "0\r\n\r\n");
    buffer.consume(framed.added + piece->consumed);
    EXPECT_EQ(buffer.view(), "NEXT");
  }
}

TEST(Body, AFullBufferSendsTheEndOfItsChunkByItself) {
  io::BufferPool pool;
  io::Buffer buffer = pool.take();
  buffer.append(std::string(buffer.tail_room(), 'x'));
  BodySource source(framing_of(wire::BodyKind::kUntilClose));
  const auto piece = source.take(buffer);
  ASSERT_TRUE(piece);
  const Framed framed = frame_piece(buffer, *piece, SinkFraming::kChunked, {});
  EXPECT_EQ(framed.rest, "\r\n");
  EXPECT_TRUE(framed.bytes.ends_with("xxx"));
}

TEST(Body, AStreamThatEndsEarlyIsAnErrorUnlessItsEndIsTheBodysEnd) {
  EXPECT_FALSE(BodySource(framing_of(wire::BodyKind::kLength, 5)).end());
  EXPECT_FALSE(BodySource(framing_of(wire::BodyKind::kChunked)).end());
  EXPECT_TRUE(BodySource(framing_of(wire::BodyKind::kUntilClose)).end());
  EXPECT_TRUE(BodySource(framing_of(wire::BodyKind::kNone)).end());
}

}  // namespace
}  // namespace weft::proxy
