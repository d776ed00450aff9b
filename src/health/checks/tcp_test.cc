#include "health/checks/tcp.h"

#include "health/backend_for_test.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <memory>

namespace weft::health {
namespace {

using model::CheckKind;
using model::CheckStatus;

class TcpCheckTest : public testing::Test {
 protected:
  ProbeResult probe(const std::string& address, std::uint32_t port, std::string target = {}) {
    model::CheckSpec spec;
    spec.kind = CheckKind::kTcp;
    spec.target = std::move(target);
    return probe_for_test(*loop_, check_, make_instance_for_test(address, port, std::move(spec)));
  }
  void allow(const char* network) { networks_.push_back(*base::parse_network(network)); }

  io::SimNetwork network_{1};
  std::unique_ptr<io::Loop> loop_ = io::make_sim_loop(network_, "test", 1);
  io::FixedResolver resolver_;
  std::vector<base::Network> networks_{};
  Dialer dialer_{*loop_, resolver_, {}};
  TcpCheck check_{dialer_};
};

TEST_F(TcpCheckTest, AnAcceptedConnectionPasses) {
  const BackendForTest backend(*loop_, "10.0.0.1:5432");
  const ProbeResult result = probe("10.0.0.1", 5432);
  EXPECT_EQ(result.status, CheckStatus::kPassing);
  EXPECT_EQ(result.output, "TCP connect 10.0.0.1:5432: Success");
  EXPECT_GT(result.response_time, base::Nanos(0));
}

TEST_F(TcpCheckTest, ARefusedConnectionIsNoAnswer) {
  const ProbeResult result = probe("10.0.0.1", 5432);
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "TCP connect 10.0.0.1:5432: connection refused");
}

TEST_F(TcpCheckTest, AHostThatDropsEverythingTimesOut) {
  network_.pause(*base::parse_socket_address("10.0.0.1:5432"));
  const ProbeResult result = probe("10.0.0.1", 5432);
  EXPECT_EQ(result.status, CheckStatus::kCritical);
  EXPECT_TRUE(result.no_answer);
  EXPECT_EQ(result.output, "TCP connect 10.0.0.1:5432: timed out");
}

TEST_F(TcpCheckTest, ATargetOfItsOwnIsProbedInsteadOfTheInstance) {
  const BackendForTest backend(*loop_, "10.0.0.2:6379");
  EXPECT_EQ(probe("10.0.0.1", 5432, "10.0.0.2:6379").output, "TCP connect 10.0.0.2:6379: Success");
}

TEST_F(TcpCheckTest, OurOwnTroubleIsNoResult) {
  resolver_.set_failure("web", base::Code::kLimit);
  EXPECT_EQ(probe("web", 80).status, CheckStatus::kNone);
}

TEST_F(TcpCheckTest, AnAddressOutsideOfTheAllowedNetworksIsNotProbed) {
  const BackendForTest inside(*loop_, "10.0.0.1:80");
  const BackendForTest outside(*loop_, "192.168.0.1:80");
  resolver_.set("rebound", {base::IpAddress::v4(0xc0a80001)});  // 192.168.0.1
  allow("10.0.0.0/8");
  allow("fd00::/8");
  Dialer fenced(*loop_, resolver_, networks_);
  TcpCheck check(fenced);
  const auto probe_fenced = [&](const char* address) {
    model::CheckSpec spec;
    spec.kind = CheckKind::kTcp;
    return probe_for_test(*loop_, check, make_instance_for_test(address, 80, std::move(spec)));
  };
  EXPECT_EQ(probe_fenced("10.0.0.1").status, CheckStatus::kPassing);
  for (const char* address : {"192.168.0.1", "rebound"}) {
    const ProbeResult result = probe_fenced(address);
    EXPECT_EQ(result.status, CheckStatus::kCritical);
    EXPECT_TRUE(result.output.ends_with("outside of the networks probed")) << result.output;
  }
  EXPECT_EQ(outside.connections(), 0);
}

}  // namespace
}  // namespace weft::health
