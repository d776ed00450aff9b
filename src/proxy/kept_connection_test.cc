// Connections to a backend that are kept: what happens when one turns out to be dead.
#include "proxy/gateway_fixture_for_test.h"

#include <gtest/gtest.h>

namespace weft::proxy {
namespace {

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
constexpr const char* kPost =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";

class KeptConnectionTest : public GatewayTest {
 protected:
  // Answers the first request of all, and closes the connection upon the second.
  FakeBackend& add_backend_that_leaves_once() {
    return add_backend([calls = 0](const std::string&) mutable {
      return ++calls == 2 ? std::string() : answer_with("ok");
    });
  }
};

TEST_F(KeptConnectionTest, AGetOnOneThatDiesIsSentAgain) {
  FakeBackend& backend = add_backend_that_leaves_once();
  start({9001});
  EXPECT_TRUE(talk(kGet, "").ends_with("ok"));
  EXPECT_TRUE(talk(kGet, "").ends_with("ok"));
  EXPECT_EQ(backend.requests.size(), 3U);
  EXPECT_EQ(backend.connections, 2U);
}

TEST_F(KeptConnectionTest, APostOnOneThatDiesIs502AndNotSentAgain) {
  FakeBackend& backend = add_backend_that_leaves_once();
  start({9001});
  EXPECT_TRUE(talk(kGet, "").ends_with("ok"));
  const std::string answer = talk(kPost, "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "\"reason\":\"backend_closed\"")) << answer;
  EXPECT_EQ(backend.requests.size(), 2U);
}

TEST_F(KeptConnectionTest, APostOnOneThatAnsweredInPartIsNotSentAgain) {
  FakeBackend& backend = add_backend([calls = 0](const std::string&) mutable {
    return ++calls == 2 ? std::string("HTTP/1.1 200 OK\r\nConte") : answer_with("ok");
  });
  start({9001});
  EXPECT_TRUE(talk(kGet, "").ends_with("ok"));
  backend.closes_after_answer = true;
  EXPECT_TRUE(talk(kPost, "").starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  EXPECT_EQ(backend.requests.size(), 2U);
}

TEST_F(KeptConnectionTest, OneIsNotUsedNearTheTimeThatItsBackendAnnounced) {
  FakeBackend& backend = add_backend(
      [](const std::string&) { return answer_with("ok", "Keep-Alive: timeout=2, max=100\r\n"); });
  start({9001});
  talk(kGet, "");
  EXPECT_FALSE(world.run_until([] { return false; }, 1300ms));
  talk(kGet, "");
  EXPECT_EQ(backend.connections, 1U);
  EXPECT_FALSE(world.run_until([] { return false; }, 1700ms));
  talk(kGet, "");
  EXPECT_EQ(backend.connections, 2U) << "the backend is about to close it";
}

}  // namespace
}  // namespace weft::proxy
