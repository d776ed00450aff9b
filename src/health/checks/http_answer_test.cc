#include "health/checks/http_answer.h"

#include <gtest/gtest.h>

#include <memory>

namespace weft::health {
namespace {

// Feeds `bytes` in pieces of `piece_bytes` as a connection would.
class HttpAnswerTest : public testing::Test {
 protected:
  base::Result<bool> feed(std::string_view bytes, std::size_t piece_bytes) {
    base::Result<bool> done = false;
    io::Buffer in = buffers_.take();
    while (!bytes.empty() && done && !*done) {
      in.compact();
      in.append(bytes.substr(0, piece_bytes));
      bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
      done = answer_.fold(in, *scratch_);
    }
    return done;
  }

  // Whole and byte by byte must come to the same.
  void expect_answer(std::string_view bytes, std::uint16_t status, std::string_view body) {
    for (const std::size_t piece_bytes : {bytes.size(), std::size_t{1}}) {
      answer_ = HttpAnswer();
      const auto done = feed(bytes, piece_bytes);
      ASSERT_TRUE(done) << done.error().what;
      EXPECT_TRUE(*done);
      EXPECT_EQ(answer_.status(), status);
      EXPECT_EQ(answer_.body(), body);
    }
  }

  base::Code code_of(std::string_view bytes, std::size_t piece_bytes) {
    answer_ = HttpAnswer();
    const auto done = feed(bytes, piece_bytes);
    return done ? base::Code::kInternal : done.error().code;
  }

  io::BufferPool buffers_;
  HttpAnswer answer_;
  std::unique_ptr<wire::ResponseHead> scratch_ = std::make_unique<wire::ResponseHead>();
};

TEST_F(HttpAnswerTest, EndsWithItsContentLength) {
  expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine", 200, "fine");
  EXPECT_EQ(answer_.reason(), "OK");
}

TEST_F(HttpAnswerTest, ToAHeadEndsWithItsHead) {
  answer_ = HttpAnswer(wire::Method::kHead);
  const auto done = feed("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", 7);
  ASSERT_TRUE(done);
  EXPECT_TRUE(*done);
  EXPECT_EQ(answer_.status(), 200);
}

TEST_F(HttpAnswerTest, EndsWithItsLastChunk) {
  expect_answer(
      "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n2\r\n!!\r\n0\r\n\r\n", 500,
      "bad!!");
}

TEST_F(HttpAnswerTest, EndsWithItsHeadWhenThereIsNoBody) {
  expect_answer("HTTP/1.1 204 No Content\r\n\r\n", 204, "");
  expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "");
}

TEST_F(HttpAnswerTest, PassesOverInformationalHeads) {
  expect_answer("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200,
                "");
}

TEST_F(HttpAnswerTest, WaitsForTheEndOfTheStreamWhenNothingElseEndsTheBody) {
  const auto done = feed("HTTP/1.0 200 OK\r\n\r\nso far", 1);
  ASSERT_TRUE(done);
  EXPECT_FALSE(*done);
  EXPECT_EQ(answer_.status(), 200);
  EXPECT_EQ(answer_.body(), "so far");
}

TEST_F(HttpAnswerTest, TakesTheBeginningOfALongBodyOnly) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
  const auto done = feed(head + std::string(5000, 'x'), 700);
  ASSERT_TRUE(done);
  EXPECT_TRUE(*done);
  EXPECT_EQ(answer_.body().size(), HttpAnswer::kBodyBytesMax);
}

TEST_F(HttpAnswerTest, RefusesWhatIsNotHttp) {
  for (const std::size_t piece_bytes : {std::size_t{1000}, std::size_t{1}}) {
    EXPECT_EQ(code_of("SSH-2.0-OpenSSH_9.2\r\n\r\n", piece_bytes), base::Code::kBadMessage);
    EXPECT_EQ(code_of("HTTP/1.1 200 OK\nA: b\n\n", piece_bytes), base::Code::kBadMessage);
  }
}

TEST_F(HttpAnswerTest, RefusesAHeadWithoutAnEnd) {
  const std::string head = "HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x');
  EXPECT_EQ(code_of(head, 1), base::Code::kHeadTooLarge);
  EXPECT_EQ(code_of(head, 3000), base::Code::kHeadTooLarge);
}

TEST_F(HttpAnswerTest, RefusesToBeKeptWaitingByInformationalHeads) {
  std::string heads;
  for (int i = 0; i <= HttpAnswer::kInformationalMax; ++i) {
    heads += "HTTP/1.1 102 Processing\r\n\r\n";
  }
  EXPECT_EQ(code_of(heads, 1), base::Code::kBadMessage);
}

TEST_F(HttpAnswerTest, KeepsItsStatusWhenTheBodyIsBroken) {
  EXPECT_EQ(code_of("HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 1),
            base::Code::kBadMessage);
  EXPECT_EQ(answer_.status(), 503);
}

}  // namespace
}  // namespace weft::health
