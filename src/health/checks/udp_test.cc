#include "health/checks/udp.h"

#include "health/backend_for_test.h"
#include "io/driver_fixture_for_test.h"
#include "io/udp_server_for_test.h"

#include <gtest/gtest.h>

#include <memory>

namespace weft::health {
namespace {

using model::CheckStatus;

class UdpCheckTest : public testing::TestWithParam<const char*> {
 protected:
  ProbeResult probe(const std::string& address, std::uint32_t port, std::string target = {}) {
    model::CheckSpec spec;
    spec.kind = model::CheckKind::kUdp;
    spec.target = std::move(target);
    return probe_for_test(*loop_, check_, make_instance_for_test(address, port, std::move(spec)),
                          base::Millis(20));
  }

  std::unique_ptr<io::Loop> loop_ = io::make_loop_for_test(GetParam());
  io::FixedResolver resolver_;
  Dialer dialer_{*loop_, resolver_, {}};
  UdpCheck check_{dialer_};
  io::UdpServerForTest server_;
};

INSTANTIATE_TEST_SUITE_P(EachRealDriver, UdpCheckTest,
                         testing::ValuesIn(io::real_driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(UdpCheckTest, ASilentServerPasses) {
  const std::uint16_t port = server_.address().port;
  const ProbeResult result = probe("127.0.0.1", port);
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, "UDP connect 127.0.0.1:" + std::to_string(port) + ": Success");
  EXPECT_GT(result.response_time, base::Nanos(0));
  EXPECT_EQ(server_.receive(), "");
  EXPECT_EQ(server_.receive(), std::nullopt);
}

TEST_P(UdpCheckTest, ARefusalIsNoAnswer) {
  const std::uint16_t port = server_.address().port;
  server_ = io::UdpServerForTest();
  const ProbeResult result = probe("127.0.0.1", port);
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output,
            "UDP connect 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST_P(UdpCheckTest, ATargetOfItsOwnIsProbedInsteadOfTheOwner) {
  resolver_.set("dns.local", {base::IpAddress::loopback()});
  EXPECT_EQ(probe("10.255.255.1", 1, "dns.local:" + std::to_string(server_.address().port)).status,
            CheckStatus::kPassing);
  EXPECT_EQ(server_.receive(), "");
}

TEST_P(UdpCheckTest, OurOwnTroubleIsNoResult) {
  resolver_.set_failure("web", base::Code::kLimit);
  EXPECT_EQ(probe("web", 80).status, CheckStatus::kNone);
}

TEST_P(UdpCheckTest, AnAddressOutsideOfTheAllowedNetworksIsSentNothing) {
  resolver_.set("rebound", {base::IpAddress::loopback()});
  Dialer fenced(*loop_, resolver_, {*base::parse_network("10.0.0.0/8")});
  UdpCheck check(fenced);
  for (const char* address : {"127.0.0.1", "rebound"}) {
    model::CheckSpec spec;
    spec.kind = model::CheckKind::kUdp;
    const ProbeResult result = probe_for_test(
        *loop_, check, make_instance_for_test(address, server_.address().port, std::move(spec)),
        base::Millis(20));
    EXPECT_EQ(result.status, CheckStatus::kCritical);
    EXPECT_TRUE(result.output.ends_with("outside of the networks probed")) << result.output;
  }
  EXPECT_EQ(server_.receive(), std::nullopt);
}

}  // namespace
}  // namespace weft::health
