#include "node/proxy_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::node {
namespace {

using testing::HasSubstr;

std::string why_not(std::string_view backend) {
  const auto parsed = parse_backend(backend);
  return parsed ? "" : parsed.error().what;
}

TEST(ProxyFlags, ListenOnLoopbackUnlessAnAddressIsGiven) {
  EXPECT_EQ(parse_listen(":28050")->to_string(), "127.0.0.1:28050");
  EXPECT_EQ(parse_listen("*:28050")->to_string(), "0.0.0.0:28050");
  EXPECT_EQ(parse_listen("[::]:1")->to_string(), "[::]:1");
  EXPECT_FALSE(parse_listen("http://127.0.0.1:1"));
}

TEST(ProxyFlags, ABackendHasAHostAndAPort) {
  EXPECT_EQ(parse_backend("web:80")->port, 80);
  EXPECT_EQ(parse_backend("[::1]:80")->address, "::1");
  EXPECT_EQ(parse_backend("unix:/run/x")->address, "unix:/run/x");
  EXPECT_THAT(why_not("127.0.0.1:0"), HasSubstr("port 0"));
  EXPECT_THAT(why_not(":80"), HasSubstr("host is missing"));
  EXPECT_THAT(why_not("*:80"), HasSubstr("host is missing"));
  EXPECT_THAT(why_not("http://127.0.0.1:80"), HasSubstr("leave out the scheme"));
  EXPECT_THAT(why_not("https://a"), HasSubstr("leave out the scheme"));
  EXPECT_NE(why_not("web"), "");
}

}  // namespace
}  // namespace weft::node
