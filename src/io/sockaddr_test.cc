#include "io/driver_fixture_for_test.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace weft::io {
namespace {

// Streams of the drivers that talk to the kernel, and what the kernel says of their sockets.
class PromptStream : public testing::TestWithParam<const char*> {
 protected:
  void send(Socket& from) { loop_->run_until_done(send_text(&from, "x")); }

  static bool has_no_delay(Socket& socket) {
    const int fd = socket.send("", base::kNever).channel->fd;
    int value = 0;
    socklen_t bytes = sizeof value;
    EXPECT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &bytes), 0);
    return value != 0;
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Drivers, PromptStream, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(PromptStream, AnAcceptedOneIsPromptBeforeItSends) {
  StreamPair pair = make_pair_for_test(*loop_);
  EXPECT_TRUE(has_no_delay(pair.server));
}

TEST_P(PromptStream, AConnectedOneIsPromptFromItsSecondSendOn) {
  StreamPair pair = make_pair_for_test(*loop_);
  EXPECT_FALSE(has_no_delay(pair.client));
  send(pair.client);
  EXPECT_FALSE(has_no_delay(pair.client));
  send(pair.client);
  EXPECT_TRUE(has_no_delay(pair.client));
}

TEST_P(PromptStream, AUnixStreamKnowsNothingOfItAndSends) {
  auto listener = listen(
      *loop_,
      *base::parse_socket_address("unix:" + testing::TempDir() + "weft-prompt-" + GetParam()), {});
  ASSERT_TRUE(listener);
  StreamPair pair;
  loop_->run_until_done(connect_pair_into(loop_.get(), &*listener, &pair));
  for (int i = 0; i < 3; ++i) {
    send(pair.client);
    send(pair.server);
  }
}

}  // namespace
}  // namespace weft::io
