// Descriptors that travel, and a listener whose queue changes hands; between two loops here, as
// between two processes.
#include "io/handover_socket.h"

#include "io/driver_fixture_for_test.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

using Sockets = std::pair<std::unique_ptr<HandoverSocket>, std::unique_ptr<HandoverSocket>>;

Task<void> accept_into(HandoverListener* listener, Sockets* sockets) {
  auto accepted = co_await listener->accept();
  EXPECT_TRUE(accepted);
  if (accepted) {
    sockets->second = std::move(*accepted);
  }
}

Task<void> receive_into(Loop* loop, HandoverSocket* socket, base::Result<HandoverMessage>* out) {
  *out = co_await socket->receive(loop->now() + 1s);
}

class HandoverSockets : public testing::Test {
 protected:
  ~HandoverSockets() override { ::unlink(path_.c_str()); }

  Sockets connected() {
    Sockets sockets;
    auto connected = HandoverSocket::connect(*loop_, path_);
    EXPECT_TRUE(connected) << base::describe(connected.error());
    sockets.first = std::move(*connected);
    loop_->run_until_done(accept_into(listener_.get(), &sockets));
    return sockets;
  }
  base::Result<HandoverMessage> received(HandoverSocket& socket) {
    base::Result<HandoverMessage> out = base::fail(base::Code::kInternal, "not received");
    loop_->run_until_done(receive_into(loop_.get(), &socket, &out));
    return out;
  }

  const std::string path_ = testing::TempDir() + "weft_handover_test_" + std::to_string(::getpid());
  std::unique_ptr<Loop> loop_ = make_loop_for_test("epoll");
  std::unique_ptr<HandoverListener> listener_ = *HandoverListener::listen(*loop_, path_);
};

TEST_F(HandoverSockets, ADescriptorArrivesWithItsMessage) {
  Sockets sockets = connected();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const UniqueFd reader(pipe[0]);
  UniqueFd writer(pipe[1]);
  const std::array<int, 1> sent{writer.value()};
  ASSERT_TRUE(sockets.first->send("take it", sent));
  ASSERT_TRUE(sockets.first->send("and this is another"));
  const auto message = received(*sockets.second);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->text, "take it");
  ASSERT_EQ(message->descriptors.size(), 1U);
  writer.reset();
  ASSERT_EQ(::write(message->descriptors[0].value(), "x", 1), 1) << "a copy of its own";
  char byte = 0;
  EXPECT_EQ(::read(reader.value(), &byte, 1), 1);
  EXPECT_TRUE(received(*sockets.second)->descriptors.empty());
}

TEST_F(HandoverSockets, AnEndOfThePeerIsSeenByBoth) {
  Sockets sockets = connected();
  sockets.first.reset();
  EXPECT_EQ(received(*sockets.second).error().code, base::Code::kClosed);
  EXPECT_EQ(sockets.second->send("hello").error().code, base::Code::kClosed);
}

TEST_F(HandoverSockets, AMessageHasLimits) {
  Sockets sockets = connected();
  EXPECT_TRUE(sockets.first->send(std::string(HandoverSocket::kTextBytesMax, 'x')));
  EXPECT_EQ(received(*sockets.second)->text.size(), HandoverSocket::kTextBytesMax);
  const std::vector<int> most(HandoverSocket::kDescriptorsMax, STDERR_FILENO);
  EXPECT_TRUE(sockets.first->send("x", most));
  EXPECT_EQ(received(*sockets.second)->descriptors.size(), HandoverSocket::kDescriptorsMax);
  const std::vector<int> more(HandoverSocket::kDescriptorsMax + 1, STDERR_FILENO);
  EXPECT_EQ(sockets.first->send("x", more).error().code, base::Code::kLimit);
  EXPECT_EQ(sockets.first->send(std::string(HandoverSocket::kTextBytesMax + 1, 'x')).error().code,
            base::Code::kLimit);
}

TEST_F(HandoverSockets, TheFileIsForItsOwnerAlone) {
  struct stat facts{};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(HandoverSockets, SaysWhetherThereWasEverAListener) {
  listener_.reset();
  EXPECT_EQ(HandoverSocket::connect(*loop_, path_).error().code, base::Code::kRefused);
  EXPECT_EQ(HandoverSocket::connect(*loop_, path_ + "x").error().code, base::Code::kNotFound);
  EXPECT_EQ(HandoverSocket::connect(*loop_, std::string(200, 'x')).error().code,
            base::Code::kInvalid);
}

TEST_F(HandoverSockets, ANewListenerTakesThePlaceOfTheOld) {
  auto next = HandoverListener::listen(*loop_, path_);
  ASSERT_TRUE(next);
  listener_.reset();
  listener_ = std::move(*next);
  EXPECT_NE(connected().second, nullptr);
}

// The drivers: a queue of one is emptied by the other.
class AdoptedListener : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Drivers, AdoptedListener, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

Task<void> connect_and_hear(Loop* loop, base::SocketAddress address, std::string* heard) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_TRUE(socket);
  std::array<char, 16> bytes{};
  const auto count = co_await socket->recv(bytes, loop->now() + 5s);
  heard->assign(bytes.data(), count.value_or(0));
}

Task<void> connect_only(Loop* loop, base::SocketAddress address, Socket* out) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_TRUE(socket);
  *out = std::move(*socket);
}

Task<void> accept_and_say(Loop* loop, Listener* listener, std::string_view text) {
  auto accepted = co_await listener->accept(loop->now() + 5s);
  EXPECT_TRUE(accepted);
  if (accepted) {
    const auto sent = co_await accepted->socket.send(text, loop->now() + 5s);
    EXPECT_TRUE(sent);
  }
}

Task<void> accept_nothing(Loop* loop, Listener* listener) {
  const auto accepted = co_await listener->accept(loop->now() + 1ms);
  EXPECT_FALSE(accepted);
}

TEST_P(AdoptedListener, TakesWhoConnectedBeforeAndAfter) {
  const auto old_loop = make_loop_for_test(GetParam());
  const auto new_loop = make_loop_for_test(GetParam());
  auto old_listener = listen(*old_loop, *base::parse_socket_address("127.0.0.1:0"), {});
  ASSERT_TRUE(old_listener);
  const base::SocketAddress address = old_listener->local_address();
  // The old loop waits for clients, as it would while it hands over, and stops.
  old_loop->run_until_done(accept_nothing(old_loop.get(), &*old_listener));
  Socket early;
  old_loop->run_until_done(connect_only(old_loop.get(), address, &early));
  auto adopted =
      adopt_listener(*new_loop, UniqueFd(::fcntl(old_listener->descriptor(), F_DUPFD_CLOEXEC, 0)));
  ASSERT_TRUE(adopted);
  old_listener->close();
  EXPECT_EQ(adopted->local_address().port, address.port);
  new_loop->run_until_done(accept_and_say(new_loop.get(), &*adopted, "early"));
  std::string heard;
  new_loop->run_until_done(join_both(accept_and_say(new_loop.get(), &*adopted, "late"),
                                     connect_and_hear(new_loop.get(), address, &heard)));
  EXPECT_EQ(heard, "late");
}

TEST_P(AdoptedListener, RefusesWhatDoesNotListen) {
  const auto loop = make_loop_for_test(GetParam());
  EXPECT_FALSE(adopt_listener(*loop, UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC))));
}

}  // namespace
}  // namespace weft::io
