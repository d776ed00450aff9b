#include "health/checks/http_request.h"

#include "base/json.h"

#include <gtest/gtest.h>

namespace weft::health {
namespace {

const HttpUrl kUrl{{"web", 8080}, "/health?deep=1"};

model::CheckDetails make_details(std::string method, std::string_view header = "{}",
                                 std::string body = "") {
  model::CheckDetails details;
  details.method = std::move(method);
  details.header = base::parse_json(header)->as_object();
  details.body = std::move(body);
  return details;
}

std::string encode(const model::CheckDetails& details) {
  const auto request = encode_own_request(kUrl, "web:8080", details);
  return request ? request->bytes : request.error().what;
}

TEST(ProbeRequest, OneThatAsksForNothingOfItsOwnIsTheUsualOne) {
  EXPECT_FALSE(has_own_request(model::CheckDetails{}));
  EXPECT_EQ(encode(make_details("")), encode_usual_request(kUrl, "web:8080"));
}

TEST(ProbeRequest, CarriesTheMethodTheFieldsAndTheBody) {
  const auto details = make_details("POST", R"({"X-Token":["a","b"],"X-One":["c"]})", "ping");
  EXPECT_TRUE(has_own_request(details));
  EXPECT_EQ(encode(details),
            "POST /health?deep=1 HTTP/1.1\r\nHost: web:8080\r\nUser-Agent: weft-health\r\n"
            "Accept: */*\r\nX-Token: a\r\nX-Token: b\r\nX-One: c\r\nConnection: close\r\n"
            "Content-Length: 4\r\n\r\nping");
}

TEST(ProbeRequest, AFieldStandsInForOursOfTheSameName) {
  EXPECT_EQ(encode(make_details(
                "", R"({"host":["shop.example"],"USER-AGENT":["me"],"accept":["text/plain"]})")),
            "GET /health?deep=1 HTTP/1.1\r\nhost: shop.example\r\nUSER-AGENT: me\r\n"
            "accept: text/plain\r\nConnection: close\r\n\r\n");
}

TEST(ProbeRequest, HowTheMessageIsFramedStaysOurs) {
  EXPECT_EQ(encode(make_details("PUT", R"({"Content-Length":["99"],"transfer-encoding":["chunked"],
                                          "Connection":["keep-alive"],"Trailer":["x"]})")),
            "PUT /health?deep=1 HTTP/1.1\r\nHost: web:8080\r\nUser-Agent: weft-health\r\n"
            "Accept: */*\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST(ProbeRequest, WhatWouldEndALineIsNotSent) {
  constexpr const char* kNoHeader = "a header of the check cannot be sent";
  EXPECT_EQ(encode(make_details("", R"({"X":["a\r\nY: b"]})")), kNoHeader);
  EXPECT_EQ(encode(make_details("", R"({"X\r\nY":["b"]})")), kNoHeader);
  EXPECT_EQ(encode(make_details("", R"({"X:":["b"]})")), kNoHeader);
  EXPECT_EQ(encode(make_details("", R"({"X":[1]})")), kNoHeader);
  EXPECT_EQ(encode(make_details("", R"({"X":{}})")), kNoHeader);
  EXPECT_EQ(encode(make_details("GET / HTTP/1.1\r\nX: y\r\n")),
            "the method of the check cannot be sent");
  EXPECT_EQ(encode(make_details("CONNECT")), "the method of the check cannot be sent");
}

TEST(ProbeRequest, TellsWhatTheAnswerIsFramedBy) {
  EXPECT_EQ(encode_own_request(kUrl, "web", make_details("HEAD"))->kind, wire::Method::kHead);
  EXPECT_EQ(encode_own_request(kUrl, "web", make_details("PURGE"))->kind, wire::Method::kOther);
}

}  // namespace
}  // namespace weft::health
