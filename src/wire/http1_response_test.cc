// Response heads by section of the specification.
#include "wire/http1.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

using base::Code;

struct Answer {
  const char* section;
  std::string input;
  std::string understood;  // or "code: part of the reason"
  Method method = Method::kGet;
};

void PrintTo(const Answer& answer, std::ostream* out) {
  *out << answer.section << ' ' << testing::PrintToString(answer.input);
}

std::string ok(const std::string& fields) { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n"; }

std::string status(int code, const std::string& fields = "") {
  return "HTTP/1.1 " + std::to_string(code) + " X\r\n" + fields + "\r\n";
}

std::string response_summary(const ResponseHead& head) {
  static constexpr std::array<const char*, 4> kBodies{"none", "length", "chunked", "until-close"};
  std::string out = std::to_string(head.status) + " " + std::string(head.reason) + " 1." +
                    std::to_string(head.version_minor) + " " +
                    kBodies[static_cast<std::size_t>(head.framing.body)];
  if (head.framing.body == BodyKind::kLength) {
    out += "=" + std::to_string(head.framing.content_length);
  }
  out += head.framing.keep_alive ? " keep" : " close";
  out += head.framing.upgrade ? " upgrade" : "";
  out += head.is_informational ? " informational" : "";
  return out;
}

class Response : public testing::TestWithParam<Answer> {};

TEST_P(Response, IsUnderstoodOrRefusedAsTheSpecificationSays) {
  const Answer& answer = GetParam();
  ResponseHead head;
  const std::string text = answer.input + "behind";  // the head's views point into it
  const auto result = parse_response_head(text, answer.method, {}, head);
  if (result) {
    EXPECT_EQ(response_summary(head), answer.understood);
    EXPECT_EQ(*result, answer.input.size());
    return;
  }
  EXPECT_EQ(result.error().side, base::Side::kBackend);
  const std::string got =
      std::string(base::code_name(result.error().code)) + ": " + result.error().what;
  const std::size_t colon = answer.understood.find(": ");
  ASSERT_NE(colon, std::string::npos) << got;
  EXPECT_EQ(got.substr(0, got.find(": ")), answer.understood.substr(0, colon));
  EXPECT_NE(got.find(answer.understood.substr(colon + 2)), std::string::npos) << got;
}

TEST_P(Response, IsReadTheSameByTheScalarTwinAtEveryCut) {
  const Answer& answer = GetParam();
  for (std::size_t cut = 0; cut <= answer.input.size(); ++cut) {
    const std::string_view part = std::string_view(answer.input).substr(0, cut);
    ResponseHead fast;
    ResponseHead plain;
    const auto a = parse_response_head(part, answer.method, {}, fast);
    const auto b = parse_response_head_scalar(part, answer.method, {}, plain);
    ASSERT_EQ(a.has_value(), b.has_value());
    ASSERT_EQ(a.value_or(1), b.value_or(1));
    if (a && *a > 0) {
      ASSERT_EQ(response_summary(fast), response_summary(plain));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section4StatusLine, Response,
    testing::Values(
        Answer{"4", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "200 OK 1.1 length=2 keep"},
        Answer{"4", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
               "404 Not Found 1.1 length=0 keep"},
        Answer{"4", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200  1.1 length=0 keep"},
        Answer{"4", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200  1.1 length=0 keep"},
        Answer{"4", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "999 Odd 1.1 length=0 keep"},
        Answer{"4", "HTTP/1.1 200 caf\xc3\xa9\tx\r\nContent-Length: 0\r\n\r\n",
               "200 caf\xc3\xa9\tx 1.1 length=0 keep"},
        Answer{"4", "HTTP/1.1  200 OK\r\n\r\n", "bad_message: three digits"},
        Answer{"4", "HTTP/1.1 20 OK\r\n\r\n", "bad_message: three digits"},
        Answer{"4", "HTTP/1.1 2000 OK\r\n\r\n", "bad_message: no space after"},
        Answer{"4", "HTTP/1.1 200OK\r\n\r\n", "bad_message: no space after"},
        Answer{"4", "HTTP/1.1 -20 OK\r\n\r\n", "bad_message: three digits"},
        Answer{"4", "HTTP/1.1\t200 OK\r\n\r\n", "bad_message: three digits"},
        Answer{"4", "HTTP/1.1 099 OK\r\n\r\n", "bad_message: below 100"},
        Answer{"4", "HTTP/1.1 200 O\rK\r\n\r\n", "bad_message: bare CR"},
        Answer{"4", std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20), "bad_message: control"},
        Answer{"4", "HTTP/1.1 200 OK\n\n", "bad_message: bare LF"},
        Answer{"2.3", "HTTP/2.0 200 OK\r\n\r\n", "unsupported: HTTP/1.1"},
        Answer{"2.3", "HTTP/1.1200 OK\r\n\r\n", "bad_message: three digits"},
        Answer{"2.3", "ICY 200 OK\r\n\r\n", "bad_message: version"},
        Answer{"2.3", "http/1.1 200 OK\r\n\r\n", "bad_message: version"},
        Answer{"2.2", "\r\nHTTP/1.1 200 OK\r\n\r\n", "bad_message: version"},
        Answer{"2.2", "SSH-2.0-OpenSSH_9.2\r\n", "bad_message: version"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section5Fields, Response,
    testing::Values(Answer{"5.1", ok("X : y\r\n"), "bad_message: before the colon"},
                    Answer{"5.2", ok("X: a\r\n b\r\n"), "bad_message: folding"},
                    Answer{"5.5", ok("X: a\x01\r\n"), "bad_message: control"},
                    Answer{"5.1", ok(": y\r\n"), "bad_message: empty field name"},
                    Answer{"5", ok("nonsense\r\n"), "bad_message: without a colon"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section6Framing, Response,
    testing::Values(
        Answer{"6.3", ok(""), "200 OK 1.1 until-close close"},
        Answer{"6.3", ok("Content-Length: 5\r\n"), "200 OK 1.1 none keep", Method::kHead},
        Answer{"6.3", ok(""), "200 OK 1.1 none keep", Method::kHead},
        Answer{"6.3", ok("Transfer-Encoding: chunked\r\n"), "200 OK 1.1 none keep", Method::kHead},
        Answer{"6.3", ok("Transfer-Encoding: chunked\r\n"), "200 OK 1.1 chunked keep"},
        Answer{"6.3", status(204), "204 X 1.1 none keep"},
        Answer{"6.3", status(204, "Content-Length: 0\r\n"), "204 X 1.1 none keep"},
        Answer{"6.3", status(204, "Content-Length: 3\r\n"), "204 X 1.1 none close"},
        Answer{"6.3", status(204, "Transfer-Encoding: chunked\r\n"), "204 X 1.1 none close"},
        Answer{"6.3", status(304, "Content-Length: 3\r\n"), "304 X 1.1 none keep"},
        Answer{"6.3", status(205), "205 X 1.1 until-close close"},
        Answer{"6.3", status(100), "100 X 1.1 none keep informational"},
        Answer{"6.3", status(103, "Link: x\r\n"), "103 X 1.1 none keep informational"},
        Answer{"6.3", status(101, "Connection: upgrade\r\nUpgrade: websocket\r\n"),
               "101 X 1.1 none keep upgrade"},
        Answer{"6.3", ok(""), "200 OK 1.1 none keep", Method::kConnect},
        Answer{"6.3", status(403, "Content-Length: 1\r\n"), "403 X 1.1 length=1 keep",
               Method::kConnect},
        Answer{"6.1", ok("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
               "bad_message: both"},
        Answer{"6.1", ok("Transfer-Encoding: gzip\r\n"), "bad_message: exactly chunked"},
        Answer{"6.1", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
               "bad_message: HTTP/1.0"},
        Answer{"6.3", ok("Content-Length: 1\r\nContent-Length: 2\r\n"), "bad_message: twice"},
        Answer{"6.3", ok("Content-Length: 1\r\nContent-Length: 1\r\n"), "bad_message: twice"},
        Answer{"6.3", ok("Content-Length: -1\r\n"), "bad_message: not a number"},
        Answer{"6.3", ok("Content-Length: 99999999999999999999\r\n"), "bad_message: overflows"},
        Answer{"9.3", ok("Content-Length: 1\r\nConnection: close\r\n"),
               "200 OK 1.1 length=1 close"},
        Answer{"9.3", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "200 OK 1.0 length=1 close"},
        Answer{"9.3", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n",
               "200 OK 1.0 length=1 keep"},
        Answer{"9.3", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
               "200 OK 1.0 until-close close"}));

TEST(ResponseLimits, BoundTheHeadOfABackendToo) {
  ResponseHead head;
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a');
  EXPECT_EQ(parse_response_head(endless, Method::kGet, {}, head).error().code, Code::kHeadTooLarge);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 101; ++i) {
    many += "Set-Cookie: a=b\r\n";
  }
  EXPECT_EQ(parse_response_head(many + "\r\n", Method::kGet, {}, head).error().code,
            Code::kTooManyFields);
}

}  // namespace
}  // namespace weft::wire
