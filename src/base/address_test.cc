#include "base/address.h"

#include <gtest/gtest.h>

namespace weft::base {
namespace {

TEST(HostPort, IsReadAndWrittenBack) {
  for (const char* text : {"web:80", "10.0.0.1:8080", "[::1]:80", "a-b_c.example:65535"}) {
    const auto parsed = parse_host_port(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->to_string(), text);
  }
  EXPECT_EQ(parse_host_port("web", 80)->port, 80);
  EXPECT_EQ(parse_host_port("[::1]", 443)->host, "::1");
}

TEST(HostPort, IsRefusedWhenItsHostIsNone) {
  for (const char* text : {"[[C]:80", "[]:80", "[1.2.3.4]:80", "[web]:80", "[::1", "[::1]80",
                           "a b:80", "a/b:80", "user@web:80", "web\n:80", "::1:80"}) {
    const auto parsed = parse_host_port(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(HostPort, IsRefusedWhenItsPortIsNone) {
  for (const char* text : {"web", "web:", "web:x", "web:-1", "web:65536", "web:80:80"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(SocketAddress, IsReadInEachOfItsForms) {
  EXPECT_EQ(parse_socket_address("127.0.0.1:80")->to_string(), "127.0.0.1:80");
  EXPECT_EQ(parse_socket_address("[::1]:80")->to_string(), "[::1]:80");
  EXPECT_TRUE(parse_socket_address(":80")->ip.is_unspecified());
  EXPECT_TRUE(parse_socket_address("*:80")->ip.is_unspecified());
  EXPECT_TRUE(parse_socket_address("localhost:80")->ip.is_loopback());
  EXPECT_EQ(parse_socket_address("unix:/run/weft.sock")->to_string(), "unix:/run/weft.sock");
  EXPECT_FALSE(parse_socket_address("web:80"));
  EXPECT_FALSE(parse_socket_address("unix:"));
}

TEST(Network, ContainsWhatSharesItsPrefix) {
  const auto network = parse_network("10.1.0.0/16");
  ASSERT_TRUE(network);
  EXPECT_TRUE(network->contains(*parse_ip("10.1.2.3")));
  EXPECT_FALSE(network->contains(*parse_ip("10.2.0.0")));
  EXPECT_TRUE(parse_network("127.0.0.1")->contains(*parse_ip("127.0.0.1")));
  EXPECT_FALSE(parse_network("10.0.0.0/33"));
  EXPECT_TRUE(parse_network("2001:db8::/32")->contains(*parse_ip("2001:db8::1")));
}

}  // namespace
}  // namespace weft::base
