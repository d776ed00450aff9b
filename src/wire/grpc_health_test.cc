#include "wire/grpc_health.h"

#include <gtest/gtest.h>

namespace weft::wire {
namespace {

using base::Code;

// The frame around a message.
std::string framed(std::string_view message) {
  std::string out("\0\0\0\0", 4);
  out += static_cast<char>(message.size());
  return out += message;
}

std::string name_of(std::string_view message) {
  const auto status = parse_health_answer(framed(message));
  return std::string(status ? serving_status_name(*status) : base::code_name(status.error().code));
}

TEST(GrpcHealth, TheRequestNamesTheService) {
  EXPECT_EQ(encode_health_request(""), std::string("\0\0\0\0\0", 5));
  EXPECT_EQ(encode_health_request("web"), std::string("\0\0\0\0\5\x0a\3web", 10));
  const std::string longer = encode_health_request(std::string(300, 'x'));
  EXPECT_EQ(longer.substr(0, 8), std::string("\0\0\0\1\x2f\x0a\xac\2", 8));
}

TEST(GrpcHealth, TheAnswerHasAStatus) {
  EXPECT_EQ(name_of(""), "UNKNOWN");  // protobuf leaves out a zero
  EXPECT_EQ(name_of({"\x08\0", 2}), "UNKNOWN");
  EXPECT_EQ(name_of("\x08\1"), "SERVING");
  EXPECT_EQ(name_of("\x08\2"), "NOT_SERVING");
  EXPECT_EQ(name_of("\x08\3"), "SERVICE_UNKNOWN");
  EXPECT_EQ(name_of("\x08\4"), "UNKNOWN");
  EXPECT_EQ(name_of("\x08\x81\1"), "UNKNOWN");                                  // 129
  EXPECT_EQ(name_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"), "UNKNOWN");  // -1
  EXPECT_EQ(name_of("\x08\2\x08\1"), "SERVING");
}

TEST(GrpcHealth, FieldsThatNobodyKnowsArePassedOver) {
  EXPECT_EQ(name_of("\x10\7\x08\1"), "SERVING");  // a varint
  EXPECT_EQ(name_of("\x11"
                    "12345678"
                    "\x08\1"),
            "SERVING");                              // eight bytes
  EXPECT_EQ(name_of("\x1a\3abc\x08\1"), "SERVING");  // a text
  EXPECT_EQ(name_of("\x15"
                    "1234"
                    "\x08\1"),
            "SERVING");                             // four bytes
  EXPECT_EQ(name_of("\x0a\1\1\x08\1"), "SERVING");  // our field as another kind
}

TEST(GrpcHealth, WhatIsNoMessageIsRefused) {
  for (const std::string_view message :
       {std::string_view("\x08"), std::string_view("\x08\x80"), std::string_view("\x12\5abc"),
        std::string_view("\x11"
                         "1234567"),
        std::string_view("\x15"
                         "123"),
        std::string_view("\x0b"), std::string_view("\x0e\1"), std::string_view("\0\1", 2),
        std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
        std::string_view("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")}) {
    EXPECT_EQ(name_of(message), "bad_message");
  }
}

TEST(GrpcHealth, TheFrameHoldsOneWholeMessage) {
  const std::string whole = framed("\x08\1");
  EXPECT_TRUE(parse_health_answer(whole));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(parse_health_answer(whole.substr(0, bytes)).error().code, Code::kBadMessage);
  }
  EXPECT_EQ(parse_health_answer(whole + whole).error().code, Code::kBadMessage);
  EXPECT_EQ(parse_health_answer("\1" + whole.substr(1)).error().code, Code::kUnsupported);
  EXPECT_EQ(parse_health_answer("\x00\xff\xff\xff\xff").error().code, Code::kBadMessage);
}

TEST(GrpcHealth, StatusesHaveNames) {
  EXPECT_EQ(grpc_status_name("0"), "OK");
  EXPECT_EQ(grpc_status_name("12"), "Unimplemented");
  EXPECT_EQ(grpc_status_name("16"), "Unauthenticated");
  EXPECT_EQ(grpc_status_name("17"), "");
  EXPECT_EQ(grpc_status_name(""), "");
  EXPECT_EQ(grpc_status_name("-1"), "");
}

}  // namespace
}  // namespace weft::wire
