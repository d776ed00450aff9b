#include "wire/header_id.h"

#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::wire {
namespace {

TEST(HeaderIds, AreFoundForEveryNameInAnyCase) {
  for (std::size_t i = 1; i < kHeaderIdCount; ++i) {
    const auto id = static_cast<HeaderId>(i);
    const std::string name(header_name(id));
    std::string shouted = name;
    for (char& c : shouted) {
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    EXPECT_EQ(header_id(name), id) << name;
    EXPECT_EQ(header_id(base::to_lower(name)), id) << name;
    EXPECT_EQ(header_id(shouted), id) << name;
  }
}

TEST(HeaderIds, StandForTheNameTheyAreCalledAfter) {
  EXPECT_EQ(header_name(HeaderId::kHost), "Host");
  EXPECT_EQ(header_name(HeaderId::kTransferEncoding), "Transfer-Encoding");
  EXPECT_EQ(header_name(HeaderId::kWwwAuthenticate), "WWW-Authenticate");
  EXPECT_EQ(header_name(HeaderId::kForwarded), "Forwarded");
  EXPECT_EQ(header_name(HeaderId::kTraceparent), "traceparent");
  EXPECT_EQ(header_name(HeaderId::kXTraceId), "X-Trace-Id");
  EXPECT_EQ(header_name(HeaderId::kSecWebsocketKey), "Sec-WebSocket-Key");
  EXPECT_EQ(header_name(HeaderId::kXConsulToken), "X-Consul-Token");
  EXPECT_EQ(header_name(HeaderId::kOther), "");
}

// One byte changed anywhere makes another name; '-' and '_' above all.
TEST(HeaderIds, AreNotGivenToNamesThatDifferInOneByte) {
  for (std::size_t i = 1; i < kHeaderIdCount; ++i) {
    const std::string name = base::to_lower(header_name(static_cast<HeaderId>(i)));
    for (std::size_t at = 0; at < name.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string other = name;
        other[at] = static_cast<char>(byte);
        if (base::to_lower(other) != name) {
          EXPECT_NE(header_id(other), static_cast<HeaderId>(i)) << other;
        }
      }
    }
    EXPECT_NE(header_id(name + "x"), static_cast<HeaderId>(i));
    EXPECT_NE(header_id(name.substr(1)), static_cast<HeaderId>(i));
  }
  EXPECT_EQ(header_id(""), HeaderId::kOther);
  EXPECT_EQ(header_id(std::string(500, 'a')), HeaderId::kOther);
}

}  // namespace
}  // namespace weft::wire
