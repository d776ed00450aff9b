// Request heads by section of the specification: what is taken, what is refused and by which rule.
#include "wire/http1.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weft::wire {
namespace {

using base::Code;
using namespace std::string_literals;

struct Refusal {
  const char* section;
  std::string input;
  Code code = Code::kBadMessage;
  const char* why = "";  // part of the reason
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.section << ' ' << testing::PrintToString(refusal.input);
}

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields) {
  return "POST /in HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n";
}

std::string with_host(const std::string& value) {
  return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}

class RefusedRequest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedRequest, IsAnErrorThatNamesTheRule) {
  const Refusal& refusal = GetParam();
  RequestHead head;
  const auto result = parse_request_head(refusal.input, {}, head);
  ASSERT_FALSE(result.has_value()) << "taken as " << *result << " bytes";
  EXPECT_EQ(result.error().code, refusal.code);
  EXPECT_EQ(result.error().side, base::Side::kClient);
  EXPECT_NE(std::string(result.error().what).find(refusal.why), std::string::npos)
      << result.error().what;
}

// Whatever follows must not turn a refusal into something else.
TEST_P(RefusedRequest, StaysRefusedWhateverFollows) {
  RequestHead head;
  const auto result = parse_request_head(GetParam().input + "X: y\r\n\r\n" + get("/"), {}, head);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section2LinesAndVersions, RefusedRequest,
    testing::Values(
        Refusal{"9112 2.2", "GET / HTTP/1.1\nHost: a\n\n", Code::kBadMessage, "bare LF"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\r\nHost: a\n\r\n", Code::kBadMessage, "bare LF"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\r\nHost: a\r\n\n", Code::kBadMessage, "bare LF"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\rHost: a\r\r", Code::kBadMessage, "bare CR"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", Code::kBadMessage,
                "bare CR"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", Code::kBadMessage, "bare CR"},
        Refusal{"9112 2.2", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 2.2", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 2.2", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage, "white space"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", Code::kBadMessage,
                "white space"},
        Refusal{"9112 2.2", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", Code::kBadMessage,
                "white space"},
        Refusal{"9112 2.3", "GET /\r\n\r\n", Code::kBadMessage, "no HTTP version"},
        Refusal{"9112 2.3", "GET / \r\n\r\n", Code::kBadMessage, "not an HTTP version"},
        Refusal{"9112 2.3", "GET / http/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage,
                "not an HTTP version"},
        Refusal{"9112 2.3", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", Code::kBadMessage,
                "behind the HTTP version"},
        Refusal{"9112 2.3", "GET / HTTP/01.1\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9112 2.3", "GET / HTTP/1,1\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9112 2.3", "GET / HTTP/1\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9112 2.3", "GET / HTTP/1.\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9112 2.3", "GET / HTTP/+1.1\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9112 2.3", "GET / HTPP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9112 2.3", "GET / ICY/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage},
        Refusal{"9110 15.6.6", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", Code::kUnsupported, "HTTP/1.1"},
        Refusal{"9110 15.6.6", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", Code::kUnsupported},
        Refusal{"9110 15.6.6", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", Code::kUnsupported},
        Refusal{"9110 15.6.6", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", Code::kUnsupported},
        Refusal{"9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Code::kUnsupported}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section3RequestLine, RefusedRequest,
    testing::Values(
        Refusal{"9112 3", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage, "more than one"},
        Refusal{"9112 3", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
        Refusal{"9112 3", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage, "token"},
        Refusal{"9112 3", "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3", "GET / a HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3.1", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage, "token"},
        Refusal{"9112 3.1", "G\0ET / HTTP/1.1\r\nHost: a\r\n\r\n"s, Code::kBadMessage, "token"},
        Refusal{"9112 3.1", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03 rest"s, Code::kBadMessage,
                "token"},
        Refusal{"9112 3.1", "Host: a\r\n\r\n", Code::kBadMessage, "token"},
        Refusal{"9112 3.1", std::string(40, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n",
                Code::kBadMessage, "32"},
        Refusal{"9112 3.2", get("/a#b"), Code::kBadMessage, "no request target"},
        Refusal{"9112 3.2", get("/a?b#c")}, Refusal{"9112 3.2", get("/a\x01z")},
        Refusal{"9112 3.2", get("/a\0z"s)}, Refusal{"9112 3.2", get("/a\x7fz")},
        Refusal{"9112 3.2", get("/caf\xc3\xa9")}, Refusal{"9112 3.2", get("/a\"b")},
        Refusal{"9112 3.2", get("/<a>")},
        Refusal{"9112 3.2", get("/a\\..\\b"), Code::kBadMessage, "backslash"},
        Refusal{"9112 3.2", get("a/b"), Code::kBadMessage, "no known form"},
        Refusal{"9112 3.2", get("?a=b")}, Refusal{"9112 3.2", get("..")},
        Refusal{"9112 3.2.2", get("ftp://a.test/"), Code::kBadMessage, "scheme"},
        Refusal{"9112 3.2.2", get("file:///etc/passwd"), Code::kBadMessage, "scheme"},
        Refusal{"9112 3.2.2", get("http:///path"), Code::kBadMessage, "authority"},
        Refusal{"9112 3.2.2", get("http://"), Code::kBadMessage, "authority"},
        Refusal{"9110 4.2.4", get("http://user@a.test/"), Code::kBadMessage, "authority"},
        Refusal{"9110 4.2.4", get("http://u:p@a.test/"), Code::kBadMessage, "authority"},
        Refusal{"9112 3.2.2", get("http://a.test:99999/"), Code::kBadMessage, "authority"},
        Refusal{"9112 3.2.3", get("a.test:80"), Code::kBadMessage, "no known form"},
        Refusal{"9112 3.2.3", "CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage,
                "host:port"},
        Refusal{"9112 3.2.3", "CONNECT a.test HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3.2.3", "CONNECT a.test: HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3.2.3", "CONNECT [::1] HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3.2.3", "CONNECT http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3.2.3", "CONNECT a:80?x HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refusal{"9112 3.2.4", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", Code::kBadMessage, "OPTIONS"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section3Host, RefusedRequest,
    testing::Values(
        Refusal{"9112 3.2", "GET / HTTP/1.1\r\n\r\n", Code::kBadMessage, "no Host"},
        Refusal{"9112 3.2", "GET / HTTP/1.1\r\nX: y\r\n\r\n", Code::kBadMessage, "no Host"},
        Refusal{"9112 3.2", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Code::kBadMessage,
                "twice"},
        Refusal{"9112 3.2", "GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n", Code::kBadMessage,
                "twice"},
        Refusal{"9112 3.2", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Code::kBadMessage,
                "twice"},
        Refusal{"9112 3.2.2", "GET http://a.test/ HTTP/1.1\r\n\r\n", Code::kBadMessage, "no Host"},
        Refusal{"9112 3.2.2", "GET http://a.test/ HTTP/1.1\r\nHost: a b\r\n\r\n"},
        Refusal{"9110 7.2", with_host("")}, Refusal{"9110 7.2", with_host("a b")},
        Refusal{"9110 7.2", with_host("a/b")}, Refusal{"9110 7.2", with_host("user@a")},
        Refusal{"9110 7.2", with_host("a,b")}, Refusal{"9110 7.2", with_host("http://a")},
        Refusal{"9110 7.2", with_host(":80")}, Refusal{"9110 7.2", with_host("a:80:80")},
        Refusal{"9110 7.2", with_host("a:8x")}, Refusal{"9110 7.2", with_host("a:-1")},
        Refusal{"9110 7.2", with_host("a:65536")}, Refusal{"9110 7.2", with_host("[::1")},
        Refusal{"9110 7.2", with_host("::1")}, Refusal{"9110 7.2", with_host("[]")},
        Refusal{"9110 7.2", with_host("[a.test]")}, Refusal{"9110 7.2", with_host("[::1]x")},
        Refusal{"9110 7.2", with_host("a%2")}, Refusal{"9110 7.2", with_host("a%zz")},
        Refusal{"9110 7.2", with_host("a?b")}, Refusal{"9110 7.2", with_host("caf\xc3\xa9.test")},
        Refusal{"9110 7.2", with_host("a\\b")}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section5Fields, RefusedRequest,
    testing::Values(
        Refusal{"9112 5.1", get("/", "X : y\r\n"), Code::kBadMessage, "before the colon"},
        Refusal{"9112 5.1", get("/", "X\t: y\r\n"), Code::kBadMessage, "before the colon"},
        Refusal{"9112 5.1", post("Content-Length : 5\r\n"), Code::kBadMessage, "before the colon"},
        Refusal{"9112 5.1", post("Transfer-Encoding : chunked\r\n"), Code::kBadMessage,
                "before the colon"},
        Refusal{"9110 5.1", get("/", ": y\r\n"), Code::kBadMessage, "empty field name"},
        Refusal{"9110 5.1", get("/", "X Y: z\r\n"), Code::kBadMessage, "token"},
        Refusal{"9110 5.1", get("/", "X\0Y: z\r\n"s)},
        Refusal{"9110 5.1", get("/", "X(Y): z\r\n"), Code::kBadMessage, "token"},
        Refusal{"9110 5.1", get("/", "X\x80: z\r\n"), Code::kBadMessage, "token"},
        Refusal{"9110 5.1", get("/", "\"X\": z\r\n"), Code::kBadMessage, "token"},
        Refusal{"9110 5.1", get("/", "{}: z\r\n"), Code::kBadMessage, "token"},
        Refusal{"9112 5", get("/", "no-colon-here\r\n"), Code::kBadMessage, "without a colon"},
        Refusal{"9112 5", get("/", "two words\r\n")},
        Refusal{"9112 5.2", get("/", "X: a\r\n b\r\n"), Code::kBadMessage, "folding"},
        Refusal{"9112 5.2", get("/", "X: a\r\n\tb\r\n"), Code::kBadMessage, "folding"},
        Refusal{"9112 5.2", get("/", "X: a\r\n : b\r\n"), Code::kBadMessage, "folding"},
        Refusal{"9112 5.2", get("/", "X: a\r\n \r\n"), Code::kBadMessage, "folding"},
        Refusal{"9112 5.2", "GET / HTTP/1.1\r\nHost: a\r\n b.test\r\n\r\n", Code::kBadMessage,
                "folding"},
        Refusal{"9110 5.5", get("/", "X: a\0b\r\n"s), Code::kBadMessage, "control byte"},
        Refusal{"9110 5.5", get("/", "X: a\x01\r\n"), Code::kBadMessage, "control byte"},
        Refusal{"9110 5.5", get("/", "X: a\x0b\r\n"), Code::kBadMessage, "control byte"},
        Refusal{"9110 5.5", get("/", "X: a\x1f\r\n"), Code::kBadMessage, "control byte"},
        Refusal{"9110 5.5", get("/", "X: a\x7f\r\n"), Code::kBadMessage, "control byte"},
        Refusal{"9110 5.5", get("/", "X: a\x08z\r\n"), Code::kBadMessage, "control byte"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section6Framing, RefusedRequest,
    testing::Values(
        Refusal{"9112 6.1", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
                Code::kBadMessage, "both"},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
                Code::kBadMessage, "both"},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                Code::kBadMessage, "twice"},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
                Code::kBadMessage, "twice"},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked, chunked\r\n"), Code::kBadMessage,
                "exactly"},
        Refusal{"9112 6.1", post("Transfer-Encoding: gzip\r\n"), Code::kBadMessage, "exactly"},
        Refusal{"9112 6.1", post("Transfer-Encoding: gzip, chunked\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked, gzip\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: identity\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding:\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: xchunked\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunkedx\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: \"chunked\"\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked;q=1\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: ,chunked\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: chunked,\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: chun ked\r\n")},
        Refusal{"9112 6.1", post("Transfer-Encoding: \x0b"
                                 "chunked\r\n")},
        Refusal{"9112 6.1", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                Code::kBadMessage, "HTTP/1.0"},
        Refusal{"9112 6.3", post("Content-Length: 3\r\nContent-Length: 3\r\n"), Code::kBadMessage,
                "twice"},
        Refusal{"9112 6.3", post("Content-Length: 3\r\ncontent-length: 4\r\n"), Code::kBadMessage,
                "twice"},
        Refusal{"9110 8.6", post("Content-Length: 3, 3\r\n"), Code::kBadMessage, "not a number"},
        Refusal{"9110 8.6", post("Content-Length: 3,4\r\n")},
        Refusal{"9110 8.6", post("Content-Length:\r\n"), Code::kBadMessage, "empty"},
        Refusal{"9110 8.6", post("Content-Length: +3\r\n")},
        Refusal{"9110 8.6", post("Content-Length: -3\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 0x3\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 3 3\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 1_0\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 3.0\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 1e3\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 3;\r\n")},
        Refusal{"9110 8.6", post("Content-Length: 010\r\n"), Code::kBadMessage, "leading zeros"},
        Refusal{"9110 8.6", post("Content-Length: 00\r\n"), Code::kBadMessage, "leading zeros"},
        Refusal{"9110 8.6", post("Content-Length: 9223372036854775808\r\n"), Code::kBadMessage,
                "overflows"},
        Refusal{"9110 8.6", post("Content-Length: 18446744073709551621\r\n"), Code::kBadMessage,
                "overflows"},
        Refusal{"9110 8.6", post("Content-Length: 99999999999999999999999999999999\r\n"),
                Code::kBadMessage, "overflows"},
        Refusal{"9110 9.3.6", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 4\r\n\r\n",
                Code::kBadMessage, "CONNECT"},
        Refusal{"9110 9.3.6",
                "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\n\r\n"},
        Refusal{"9110 9.3.8", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n",
                Code::kBadMessage, "TRACE"}));

// What was understood, in one line.
std::string request_summary(const RequestHead& head) {
  static constexpr std::array<const char*, 4> kForms{"origin", "absolute", "authority", "asterisk"};
  std::string out = std::string(head.method_text) + " " +
                    kForms[static_cast<std::size_t>(head.form)] + " " + std::string(head.path) +
                    (head.has_query ? "?" + std::string(head.query) : "") + " @" +
                    std::string(head.authority) + " 1." + std::to_string(head.version_minor);
  if (head.framing.body == BodyKind::kLength) {
    out += " length=" + std::to_string(head.framing.content_length);
  }
  out += head.framing.body == BodyKind::kChunked ? " chunked" : "";
  out += head.framing.keep_alive ? " keep" : " close";
  out += head.framing.upgrade ? " upgrade" : "";
  out += head.framing.connection_names_fields ? " names-fields" : "";
  out += head.expect_continue ? " continue" : "";
  out += head.expect_unknown ? " expects?" : "";
  return out;
}

struct Taken {
  const char* section;
  std::string input;
  std::string understood;
};

void PrintTo(const Taken& taken, std::ostream* out) {
  *out << taken.section << ' ' << testing::PrintToString(taken.input);
}

class TakenRequest : public testing::TestWithParam<Taken> {};

TEST_P(TakenRequest, IsUnderstoodAsTheSpecificationSays) {
  const Taken& taken = GetParam();
  RequestHead head;
  const std::string text = taken.input + "behind";  // the head's views point into it
  const auto result = parse_request_head(text, {}, head);
  ASSERT_TRUE(result.has_value()) << result.error().what;
  EXPECT_EQ(*result, taken.input.size());
  EXPECT_EQ(head.bytes, taken.input.size());
  EXPECT_EQ(request_summary(head), taken.understood);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section3Targets, TakenRequest,
    testing::Values(
        Taken{"9112 3.2.1", get("/"), "GET origin / @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("/a/b?c=d?e"), "GET origin /a/b?c=d?e @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("/?"), "GET origin /? @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("//a//b"), "GET origin //a//b @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("/%2e%2E/%00;v=1"), "GET origin /%2e%2E/%00;v=1 @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("/a|b^{c}`"), "GET origin /a|b^{c}` @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("/q?a\\b"), "GET origin /q?a\\b @a.test 1.1 keep"},
        Taken{"9112 3.2.1", get("/http://b.test/"), "GET origin /http://b.test/ @a.test 1.1 keep"},
        Taken{"9112 3.2.2", get("http://b.test/x?y"), "GET absolute /x?y @b.test 1.1 keep"},
        Taken{"9112 3.2.2", get("HTTP://b.test"), "GET absolute / @b.test 1.1 keep"},
        Taken{"9112 3.2.2", get("https://b.test:8443?q"), "GET absolute /?q @b.test:8443 1.1 keep"},
        Taken{"9112 3.2.2", get("http://[::1]:80/"), "GET absolute / @[::1]:80 1.1 keep"},
        Taken{"9112 3.2.3", "CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n",
              "CONNECT authority  @b.test:443 1.1 keep"},
        Taken{"9112 3.2.3", "CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
              "CONNECT authority  @[::1]:443 1.1 length=0 keep"},
        Taken{"9112 3.2.4", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
              "OPTIONS asterisk * @a 1.1 keep"},
        Taken{"9112 3.2.4", "OPTIONS http://b.test:80 HTTP/1.1\r\nHost: a\r\n\r\n",
              "OPTIONS absolute * @b.test:80 1.1 keep"},
        Taken{"9110 9.1", "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n",
              "PROPFIND origin / @a 1.1 keep"},
        Taken{"9110 9.1", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get origin / @a 1.1 keep"},
        Taken{"9110 7.2", with_host("a:"), "GET origin / @a: 1.1 keep"},
        Taken{"9110 7.2", with_host("a-b.c_d.test:65535"),
              "GET origin / @a-b.c_d.test:65535 1.1 keep"},
        Taken{"9110 7.2", with_host("127.0.0.1:80"), "GET origin / @127.0.0.1:80 1.1 keep"},
        Taken{"9110 7.2", with_host("[2001:db8::1]"), "GET origin / @[2001:db8::1] 1.1 keep"},
        Taken{"9110 7.2", with_host("caf%C3%A9"), "GET origin / @caf%C3%A9 1.1 keep"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section5And6, TakenRequest,
    testing::Values(
        Taken{"9112 2.2", "\r\n" + get("/"), "GET origin / @a.test 1.1 keep"},
        Taken{"9112 5.1", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", "GET origin / @a 1.1 keep"},
        Taken{"9112 5.1", "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n", "GET origin / @a 1.1 keep"},
        Taken{"9112 6.3", post(""), "POST origin /in @a.test 1.1 keep"},
        Taken{"9110 8.6", post("Content-Length: 0\r\n"),
              "POST origin /in @a.test 1.1 length=0 keep"},
        Taken{"9110 8.6", post("content-LENGTH:42 \r\n"),
              "POST origin /in @a.test 1.1 length=42 keep"},
        Taken{"9110 8.6", post("Content-Length: 9223372036854775807\r\n"),
              "POST origin /in @a.test 1.1 length=9223372036854775807 keep"},
        Taken{"9112 6.1", post("Transfer-Encoding: chunked\r\n"),
              "POST origin /in @a.test 1.1 chunked keep"},
        Taken{"9112 6.1", post("TRANSFER-ENCODING: CHUNKED\r\n"),
              "POST origin /in @a.test 1.1 chunked keep"},
        Taken{"9110 9.3.1", get("/", "Content-Length: 2\r\n"),
              "GET origin / @a.test 1.1 length=2 keep"}));

INSTANTIATE_TEST_SUITE_P(
    Rfc9112Section9Connection, TakenRequest,
    testing::Values(
        Taken{"9112 9.3", get("/", "Connection: close\r\n"), "GET origin / @a.test 1.1 close"},
        Taken{"9112 9.3", get("/", "Connection: keep-alive, CLOSE\r\n"),
              "GET origin / @a.test 1.1 close"},
        Taken{"9112 9.3", get("/", "Connection: x\r\nConnection: close\r\n"),
              "GET origin / @a.test 1.1 close names-fields"},
        Taken{"9112 9.3", "GET / HTTP/1.0\r\n\r\n", "GET origin / @ 1.0 close"},
        Taken{"9112 9.3", "GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n",
              "GET origin / @a 1.0 keep"},
        Taken{"9110 7.6.1", get("/", "Connection: keep-alive, X-Secret\r\n"),
              "GET origin / @a.test 1.1 keep names-fields"},
        Taken{"9110 7.6.1", get("/", "Connection: , ,\r\n"), "GET origin / @a.test 1.1 keep"},
        Taken{"9110 7.8", get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
              "GET origin / @a.test 1.1 keep upgrade"},
        Taken{"9110 7.8", get("/", "Upgrade: websocket\r\n"), "GET origin / @a.test 1.1 keep"},
        Taken{"9110 7.8", get("/", "Connection: upgrade\r\n"), "GET origin / @a.test 1.1 keep"},
        Taken{"9110 7.8",
              "GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
              "GET origin / @a 1.0 close"},
        Taken{"9110 10.1.1", post("Expect: 100-continue\r\nContent-Length: 1\r\n"),
              "POST origin /in @a.test 1.1 length=1 keep continue"},
        Taken{"9110 10.1.1", post("expect: 100-Continue\r\n"),
              "POST origin /in @a.test 1.1 keep continue"},
        Taken{"9110 10.1.1", post("Expect: 100-continue\r\nExpect: x\r\n"),
              "POST origin /in @a.test 1.1 keep continue expects?"},
        Taken{"9110 10.1.1", post("Expect: x\r\nExpect: 100-continue\r\n"),
              "POST origin /in @a.test 1.1 keep continue expects?"},
        Taken{"9110 10.1.1", "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
              "POST origin / @a 1.0 close"},
        Taken{"9110 10.1.1", post("Expect: tea\r\n"),
              "POST origin /in @a.test 1.1 keep expects?"}));

}  // namespace
}  // namespace weft::wire
