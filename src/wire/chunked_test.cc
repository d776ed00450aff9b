#include "wire/chunked.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace weft::wire {
namespace {

using base::Code;
using namespace std::string_literals;

// Decodes `text` in pieces of `piece` bytes, as a connection would.
struct Decoded {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
  std::optional<Code> error;
  std::string what;
};

Decoded decode(const std::string& text, std::size_t piece, const ChunkedLimits& limits = {}) {
  ChunkedDecoder decoder(limits);
  Decoded out;
  for (std::size_t at = 0; at < text.size() && !out.done; at += piece) {
    std::string bytes = text.substr(at, piece);
    const auto step = decoder.decode(bytes);
    if (!step) {
      out.error = step.error().code;
      out.what = step.error().what;
      return out;
    }
    out.payload += bytes.substr(0, step->payload);
    out.consumed += step->consumed;
    out.done = step->done;
    EXPECT_TRUE(step->done || step->consumed == bytes.size());
    EXPECT_EQ(step->done, decoder.is_done());
  }
  return out;
}

struct Body {
  std::string text;
  std::string payload;
};

class ChunkedBody : public testing::TestWithParam<Body> {};

TEST_P(ChunkedBody, IsTakenOutOfItsFramingInPiecesOfAnySize) {
  const Body& body = GetParam();
  for (std::size_t piece = 1; piece <= body.text.size() + 4; ++piece) {
    const Decoded decoded = decode(body.text + "GET ", piece);
    ASSERT_FALSE(decoded.error) << decoded.what;
    ASSERT_TRUE(decoded.done) << piece;
    EXPECT_EQ(decoded.payload, body.payload);
    EXPECT_EQ(decoded.consumed, body.text.size());
  }
}

TEST_P(ChunkedBody, IsNotDoneBeforeItsLastByte) {
  const std::string& text = GetParam().text;
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const Decoded decoded = decode(text.substr(0, cut), text.size());
    EXPECT_FALSE(decoded.error) << decoded.what;
    EXPECT_FALSE(decoded.done);
  }
}

INSTANTIATE_TEST_SUITE_P(Rfc9112Section7, ChunkedBody,
                         testing::Values(Body{"0\r\n\r\n", ""},
                                         Body{"5\r\nhello\r\n0\r\n\r\n", "hello"},
                                         Body{"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"},
                                         Body{"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
                                         Body{"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
                                         Body{"0005\r\nhello\r\n000\r\n\r\n", "hello"},
                                         Body{"0000000000000002\r\nhi\r\n0\r\n\r\n", "hi"},
                                         Body{"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
                                         Body{"2;a\r\nhi\r\n0;last\r\n\r\n", "hi"},
                                         Body{"2;a=b;c=\"d;\\\"e\"\r\nhi\r\n0\r\n\r\n", "hi"},
                                         Body{"2; a = b ; c\r\nhi\r\n0\r\n\r\n", "hi"},
                                         Body{"2;a=\"\"\t;b\r\nhi\r\n0\r\n\r\n", "hi"},
                                         Body{"2\r\nhi\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", "hi"}));

struct Broken {
  std::string text;
  const char* why;
};

class BrokenChunks : public testing::TestWithParam<Broken> {};

TEST_P(BrokenChunks, AreRefusedInPiecesOfAnySize) {
  const Broken& broken = GetParam();
  for (std::size_t piece = 1; piece <= broken.text.size(); ++piece) {
    const Decoded decoded = decode(broken.text, piece);
    ASSERT_EQ(decoded.error, Code::kBadMessage) << piece;
    EXPECT_NE(decoded.what.find(broken.why), std::string::npos) << decoded.what;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section7, BrokenChunks,
    testing::Values(
        Broken{"\r\n", "begins with"}, Broken{"g\r\n", "begins with"}, Broken{"-1\r\n", "begins"},
        Broken{"+5\r\nhello", "begins with"}, Broken{" 5\r\nhello", "begins with"},
        Broken{";a\r\n", "begins with"}, Broken{"0x5\r\nhello", "no digit"},
        Broken{"5 \r\nhello", "no digit"}, Broken{"5\t\r\nhello", "no digit"},
        Broken{"5 ;a\r\nhello", "no digit"}, Broken{"5h\r\n", "no digit"},
        Broken{"5,5\r\n", "no digit"}, Broken{"1_0\r\n", "no digit"},
        Broken{"5\0\r\n"s, "no digit"}, Broken{"5.0\r\n", "no digit"},
        Broken{"00000000000000001\r\n", "overflows"}, Broken{"fffffffffffffffff\r\n", "overflows"},
        Broken{"10000000000000005\r\nhello", "overflows"}, Broken{"5\nhello", "bare LF"},
        Broken{"5\rhello", "bare CR"}, Broken{"5\r\r\nhello", "bare CR"},
        Broken{"5\r\nhello0\r\n\r\n", "does not end"}, Broken{"5\r\nhello!\r\n", "does not end"},
        Broken{"5\r\nhell\r\n0\r\n\r\n", "does not end"},
        Broken{"5\r\nhello\n0\r\n", "does not end"}, Broken{"5\r\nhello\rX", "bare CR"},
        Broken{"5;\r\nhello", "without a name"}, Broken{"5;;\r\nhello", "without a name"},
        Broken{"5;=a\r\n", "without a name"}, Broken{"5;\"a\"\r\n", "without a name"},
        Broken{"5;a=\r\n", "or value"}, Broken{"5;a=b=c\r\n", "malformed"},
        Broken{"5;a b\r\n", "malformed"}, Broken{"5;a=\"b\"c\r\n", "malformed"},
        Broken{"5;a\nhello", "bare LF"}, Broken{"5;a=\"\n\"\r\n", "control byte"},
        Broken{"5;a=\"\\\x01\"\r\n", "control byte"}, Broken{"5;a=\"\r\n\"\r\n", "control byte"},
        Broken{"5;a\x80\r\n", "malformed"}, Broken{"0\r\n: x\r\n\r\n", "without a name"},
        Broken{"0\r\n x: y\r\n\r\n", "without a name"}, Broken{"0\r\nX : y\r\n\r\n", "not a token"},
        Broken{"0\r\nX\r\n\r\n", "not a token"}, Broken{"0\r\nX: a\x01\r\n\r\n", "control byte"},
        Broken{"0\r\nX: a\n\r\n", "control byte"},
        Broken{"0\r\nX: a\r\n b\r\n\r\n", "without a name"}, Broken{"0\r\nX: a\rb", "bare CR"},
        Broken{"0\r\n\n", "without a name"}, Broken{"0\r\n\rX", "bare CR"}));

TEST(ChunkedLimits, BoundAnExtension) {
  const auto with_extension = [](std::size_t bytes) {
    return "1;" + std::string(bytes, 'a') + "\r\nx\r\n0\r\n\r\n";
  };
  EXPECT_TRUE(decode(with_extension(1023), 64).done);  // its CR counts too
  EXPECT_EQ(decode(with_extension(1024), 64).error, Code::kBodyTooLarge);
  EXPECT_EQ(decode("1;a=\"" + std::string(200'000, 'a'), 64).error, Code::kBodyTooLarge);
}

TEST(ChunkedLimits, BoundTheTrailers) {
  const ChunkedLimits limits{.trailer_bytes = 9};
  EXPECT_TRUE(decode("0\r\na: bcd\r\n\r\n", 3, {.trailer_bytes = 10}).done);
  EXPECT_EQ(decode("0\r\na: bcd\r\n\r\n", 3, limits).error, Code::kBodyTooLarge);
  std::string endless = "0\r\n";
  for (int i = 0; i < 5000; ++i) {
    endless += "a: bcd\r\n";
  }
  EXPECT_EQ(decode(endless, 512).error, Code::kBodyTooLarge);
}

TEST(ChunkedLimits, BoundFramingThatCarriesNextToNothing) {
  std::string stingy;
  for (int i = 0; i < 1000; ++i) {
    stingy += "1;" + std::string(500, 'a') + "\r\nx\r\n";
  }
  EXPECT_EQ(decode(stingy, 4096).error, Code::kBodyTooLarge);
}

TEST(ChunkedLimits, LetSmallChunksAndSignedChunksPass) {
  std::string small;
  std::string with_signatures;
  for (int i = 0; i < 20'000; ++i) {
    small += "1\r\nx\r\n";
  }
  for (int i = 0; i < 500; ++i) {
    with_signatures +=
        "200;chunk-signature=" + std::string(64, 'f') + "\r\n" + std::string(512, 'x') + "\r\n";
  }
  EXPECT_EQ(decode(small + "0\r\n\r\n", 4096).payload.size(), 20'000U);
  EXPECT_EQ(decode(with_signatures + "0\r\n\r\n", 4096).payload.size(), 500U * 512U);
}

TEST(ChunkHead, IsReadBackByTheDecoder) {
  for (const std::uint64_t size : {1ULL, 9ULL, 10ULL, 255ULL, 4096ULL, 65537ULL}) {
    std::array<char, kChunkHeadBytesMax> head;
    const std::size_t bytes = encode_chunk_head(size, head);
    const std::string text = std::string(head.data(), bytes) + std::string(size, 'x') +
                             std::string(kChunkEnd) + std::string(kLastChunk);
    const Decoded decoded = decode(text, text.size());
    EXPECT_TRUE(decoded.done);
    EXPECT_EQ(decoded.payload.size(), size);
  }
}

TEST(ChunkHead, FitsItsRoomWithTheLargestSize) {
  std::array<char, kChunkHeadBytesMax> head;
  EXPECT_EQ(encode_chunk_head(~std::uint64_t{0}, head), kChunkHeadBytesMax);
  EXPECT_EQ(std::string(head.data(), head.size()), "ffffffffffffffff\r\n");
}

}  // namespace
}  // namespace weft::wire
