#include "io/udp_probe.h"

#include "io/driver_fixture_for_test.h"
#include "io/udp_server_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace weft::io {
namespace {

using base::Code;

struct UdpOutcomeForTest {
  Code code = Code::kInternal;  // kInternal: none
  UdpReply reply = UdpReply::kSilence;
};

Task<void> probe_udp_into(Loop* loop, base::SocketAddress to, base::Nanos timeout,
                          UdpOutcomeForTest* out) {
  const auto reply = co_await probe_udp(*loop, to, "hello", loop->now() + timeout);
  out->code = reply ? Code::kInternal : reply.error().code;
  out->reply = reply.value_or(UdpReply::kSilence);
}

Task<void> answer_in_a_while(Loop* loop, UdpServerForTest* server, std::string* heard) {
  while (heard->empty()) {
    base::ignore(co_await loop->sleep_for(base::Millis(1)), "nobody cancels it");
    *heard = server->receive().value_or("");
  }
  server->answer("");  // as short as can be
}

class UdpProbeTest : public testing::TestWithParam<const char*> {
 protected:
  UdpOutcomeForTest probe(const base::SocketAddress& to, base::Nanos timeout) {
    UdpOutcomeForTest out;
    loop_->run_until_done(probe_udp_into(loop_.get(), to, timeout, &out));
    return out;
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
};

INSTANTIATE_TEST_SUITE_P(EachRealDriver, UdpProbeTest,
                         testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(UdpProbeTest, AnAnswerIsHeard) {
  UdpServerForTest server;
  UdpOutcomeForTest out;
  std::string heard;
  loop_->run_until_done(
      join_both(probe_udp_into(loop_.get(), server.address(), base::Seconds(30), &out),
                answer_in_a_while(loop_.get(), &server, &heard)));
  EXPECT_EQ(heard, "hello");
  EXPECT_EQ(out.reply, UdpReply::kAnswer);
  EXPECT_EQ(out.code, Code::kInternal);
}

TEST_P(UdpProbeTest, SilenceIsNoError) {
  const UdpServerForTest server;
  const UdpOutcomeForTest out = probe(server.address(), base::Millis(10));
  EXPECT_EQ(out.code, Code::kInternal);
  EXPECT_EQ(out.reply, UdpReply::kSilence);
}

TEST_P(UdpProbeTest, APortThatNobodyHasIsRefused) {
  for (const char* at : {"127.0.0.1:0", "[::1]:0"}) {
    base::SocketAddress nobody;
    {
      const UdpServerForTest gone(at);
      nobody = gone.address();
    }
    EXPECT_EQ(probe(nobody, base::Seconds(30)).code, Code::kRefused) << at;
  }
}

TEST_P(UdpProbeTest, AWaitIsCutShortWithItsTask) {
  const UdpServerForTest server;
  UdpOutcomeForTest out;
  TaskScope scope;
  scope.spawn("probe", probe_udp_into(loop_.get(), server.address(), base::Seconds(30), &out));
  loop_->run_until_done(scope.stop());
  EXPECT_EQ(out.code, Code::kCancelled);
}

TEST_P(UdpProbeTest, ADatagramThatCannotLeaveIsAnErrorOfOurs) {
  EXPECT_EQ(probe(*base::parse_socket_address("255.255.255.255:9"), base::Millis(10)).code,
            Code::kForbidden);
}

}  // namespace
}  // namespace weft::io
