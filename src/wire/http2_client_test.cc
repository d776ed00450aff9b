#include "wire/http2_client.h"

#include "wire/http2_server_for_test.h"

#include <gtest/gtest.h>

namespace weft::wire {
namespace {

using base::Code;

Http2Request make_http2_request() {
  return {.method = "POST",
          .scheme = "http",
          .authority = "web:80",
          .path = "/ask",
          .fields = {{"te", "trailers"}},
          .body = "question"};
}

// Lets both talk until neither has anything to say, in pieces of that size.
base::Result<void> talk(Http2Client& client, Http2ServerForTest& server,
                        std::size_t piece_bytes = 1 << 20) {
  for (;;) {
    const std::string asked = client.take_output();
    EXPECT_TRUE(server.fold(asked));
    const std::string answered = server.take_output();
    if (asked.empty() && answered.empty()) {
      return {};
    }
    for (std::size_t at = 0; at < answered.size(); at += piece_bytes) {
      WEFT_TRY_VOID(client.fold(std::string_view(answered).substr(at, piece_bytes)));
    }
  }
}

TEST(Http2Client, AsksAndIsAnsweredWithTrailersInPiecesOfAnySize) {
  for (const std::size_t piece_bytes : {std::size_t{1} << 20, std::size_t{1}}) {
    Http2ServerForTest server({.fields = {{"content-type", "text/plain"}, {"a", "1"}},
                               .body = "answer",
                               .trailers = {{"a", "2"}, {"b", "3"}}});
    Http2Client client;
    client.send_request(make_http2_request());
    ASSERT_TRUE(talk(client, server, piece_bytes));
    EXPECT_TRUE(client.is_done());
    EXPECT_EQ(client.answer().status, 200);
    EXPECT_EQ(client.answer().body, "answer");
    EXPECT_EQ(client.answer().value("content-type"), "text/plain");
    EXPECT_EQ(client.answer().value("a"), "2");
    EXPECT_EQ(client.answer().value("c"), "");
    EXPECT_EQ(server.body(), "question");
    EXPECT_EQ(server.fields(), (Http2Fields{{":method", "POST"},
                                            {":scheme", "http"},
                                            {":authority", "web:80"},
                                            {":path", "/ask"},
                                            {"te", "trailers"}}));
  }
}

TEST(Http2Client, AnAnswerMayBeNoMoreThanItsHead) {
  Http2ServerForTest server({.status = "404"});
  Http2Client client;
  Http2Request request = make_http2_request();
  request.body.clear();
  client.send_request(std::move(request));
  ASSERT_TRUE(talk(client, server));
  EXPECT_TRUE(client.is_done());
  EXPECT_EQ(client.answer().status, 404);
}

TEST(Http2Client, ABodyMayBeLargerThanAWindow) {
  Http2ServerForTest server({.body = std::string(300'000, 'x')});
  Http2Client client({.body_bytes = 300'000});
  client.send_request(make_http2_request());
  ASSERT_TRUE(talk(client, server));
  EXPECT_TRUE(client.is_done());
  EXPECT_EQ(client.answer().body.size(), 300'000U);
}

TEST(Http2Client, ItsLimitsHold) {
  Http2ServerForTest body({.body = std::string(101, 'x')});
  Http2Client client({.body_bytes = 100});
  client.send_request(make_http2_request());
  EXPECT_EQ(talk(client, body).error().code, Code::kBodyTooLarge);
  Http2ServerForTest head({.fields = {{"a", std::string(2000, 'x')}}});
  Http2Client other({.head_bytes = 1000});
  other.send_request(make_http2_request());
  EXPECT_EQ(talk(other, head).error().code, Code::kHeadTooLarge);
}

TEST(Http2Client, PingsAndHearsOfIt) {
  Http2ServerForTest server;
  Http2Client client;
  client.send_ping();
  EXPECT_FALSE(client.is_done());
  ASSERT_TRUE(talk(client, server, 1));
  EXPECT_TRUE(client.is_done());
  EXPECT_EQ(server.pings(), 1);
}

TEST(Http2Client, ARefusalIsTold) {
  Http2ServerForTest resets({.resets = true});
  Http2Client asking;
  asking.send_request(make_http2_request());
  const auto reset = talk(asking, resets);
  EXPECT_EQ(reset.error().code, Code::kReset);
  EXPECT_EQ(reset.error().side, base::Side::kBackend);
  EXPECT_FALSE(asking.is_done());
  Http2ServerForTest leaves({.leaves = true});
  Http2Client other;
  other.send_request(make_http2_request());
  EXPECT_EQ(talk(other, leaves).error().code, Code::kReset);
}

TEST(Http2Client, AServerOfAnotherProtocolIsFoundOut) {
  for (const char* text : {"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
                           "220 mail ESMTP service ready\r\n"}) {
    Http2Client client;
    client.send_ping();
    client.take_output();
    EXPECT_EQ(client.fold(text).error().code, Code::kBadMessage) << text;
    EXPECT_FALSE(client.is_done());
  }
}

TEST(Http2Client, AnAnswerToAnotherPingIsNoAnswer) {
  Http2Client client;
  client.send_ping();
  client.take_output();
  constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", 9);
  constexpr std::string_view kAck("\0\0\10\6\1\0\0\0\0", 9);
  ASSERT_TRUE(client.fold(kSettings));
  ASSERT_TRUE(client.fold(std::string(kAck) + std::string(8, '\0')));
  EXPECT_FALSE(client.is_done());
}

TEST(Http2Client, WaitsForTheAnswerItself) {
  Http2ServerForTest server;
  Http2Client client;
  client.send_ping();
  const std::string asked = client.take_output();
  ASSERT_TRUE(server.fold(asked.substr(0, asked.size() - 17)));  // all but the PING
  ASSERT_TRUE(client.fold(server.take_output()));
  EXPECT_FALSE(client.is_done());
  ASSERT_TRUE(server.fold(asked.substr(asked.size() - 17)));
  ASSERT_TRUE(client.fold(server.take_output()));
  EXPECT_TRUE(client.is_done());
}

}  // namespace
}  // namespace weft::wire
