// Datagrams over real sockets, on every driver that talks to the kernel.
#include "io/datagram_socket.h"

#include "io/driver_fixture_for_test.h"
#include "io/sockaddr.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace weft::io {
namespace {

using namespace std::chrono_literals;
using base::Code;

base::SocketAddress address_for_test(const char* text) { return *base::parse_socket_address(text); }

// A client that blocks, at most five seconds.
class PlainClient final {
 public:
  explicit PlainClient(bool is_v4 = true)
      : descriptor_(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    setsockopt(descriptor_.value(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  void send(const std::string& text, const base::SocketAddress& to) {
    const KernelAddress kernel = to_kernel(to);
    EXPECT_EQ(
        ::sendto(descriptor_.value(), text.data(), text.size(), 0, kernel.get(), kernel.bytes),
        static_cast<ssize_t>(text.size()));
  }
  struct Heard {
    std::string text;
    base::SocketAddress from;
  };
  Heard hear() {
    std::array<char, 2048> bytes{};
    KernelAddress from;
    from.bytes = sizeof from.storage;
    const ssize_t count =
        ::recvfrom(descriptor_.value(), bytes.data(), bytes.size(), 0, from.get(), &from.bytes);
    EXPECT_GE(count, 0);
    return {std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))),
            from_kernel(from)};
  }

 private:
  UniqueFd descriptor_;
};

// Awaits one batch and answers each datagram with "re " and what it said.
Task<void> answer_batch_once(DatagramSocket* socket, DatagramBatch* batch, std::size_t* lost) {
  const auto ready = co_await socket->readable();
  EXPECT_TRUE(ready);
  const auto count = socket->receive(*batch);
  EXPECT_TRUE(count);
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const std::string text = "re " + std::string(batch->received(i));
    std::copy(text.begin(), text.end(), batch->answer_room(i).begin());
    batch->set_answer(i, text.size());
  }
  *lost = socket->answer(*batch);
}

class Datagrams : public testing::TestWithParam<const char*> {
 protected:
  DatagramSocket open(const char* address) {
    auto socket = DatagramSocket::bind(*loop_, address_for_test(address), {});
    WEFT_ASSERT(socket);
    return std::move(*socket);
  }
  // Returns: how many answers were lost.
  std::size_t answer(DatagramSocket& socket) {
    std::size_t lost = 0;
    loop_->run_until_done(answer_batch_once(&socket, &batch_, &lost));
    return lost;
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
  DatagramBatch batch_{{.datagrams = 8, .received_bytes = 64, .answer_bytes = 128}};
};

INSTANTIATE_TEST_SUITE_P(Drivers, Datagrams, testing::ValuesIn(real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Datagrams, AnAnswerGoesToWhereTheQuestionCameFrom) {
  DatagramSocket socket = open("127.0.0.1:0");
  PlainClient one;
  PlainClient other;
  one.send("a", socket.local_address());
  other.send("b", socket.local_address());
  EXPECT_EQ(answer(socket), 0U);
  EXPECT_EQ(one.hear().text, "re a");
  EXPECT_EQ(other.hear().text, "re b");
}

TEST_P(Datagrams, ABatchTakesWhatHasArrivedAndNoMoreThanItHolds) {
  DatagramSocket socket = open("127.0.0.1:0");
  PlainClient client;
  for (int i = 0; i < 11; ++i) {
    client.send(std::to_string(i), socket.local_address());
  }
  EXPECT_EQ(answer(socket), 0U);
  EXPECT_EQ(batch_.size(), 8U);
  EXPECT_EQ(answer(socket), 0U);
  EXPECT_EQ(batch_.size(), 3U);
  for (int i = 0; i < 11; ++i) {
    EXPECT_EQ(client.hear().text, "re " + std::to_string(i));
  }
  EXPECT_EQ(*socket.receive(batch_), 0U);
  EXPECT_EQ(batch_.size(), 0U);
}

TEST_P(Datagrams, OnlyWhatHasAnAnswerIsAnswered) {
  DatagramSocket socket = open("127.0.0.1:0");
  PlainClient client;
  for (const char* text : {"a", "b", "c"}) {
    client.send(text, socket.local_address());
  }
  EXPECT_EQ(*socket.receive(batch_), 3U);
  batch_.answer_room(1)[0] = 'B';
  batch_.set_answer(1, 1);
  EXPECT_EQ(socket.answer(batch_), 0U);
  client.send("d", socket.local_address());
  EXPECT_EQ(answer(socket), 0U);  // the answer of before is not sent again
  EXPECT_EQ(client.hear().text, "B");
  EXPECT_EQ(client.hear().text, "re d");
}

TEST_P(Datagrams, OneThatIsTooLongIsCutAndSaysSo) {
  DatagramSocket socket = open("127.0.0.1:0");
  PlainClient client;
  client.send(std::string(64, 'x'), socket.local_address());
  client.send(std::string(65, 'y'), socket.local_address());
  client.send("", socket.local_address());
  EXPECT_EQ(*socket.receive(batch_), 3U);
  EXPECT_EQ(batch_.received(0), std::string(64, 'x'));
  EXPECT_FALSE(batch_.is_cut(0));
  EXPECT_EQ(batch_.received(1), std::string(64, 'y'));
  EXPECT_TRUE(batch_.is_cut(1));
  EXPECT_EQ(batch_.received(2), "");
  EXPECT_FALSE(batch_.is_cut(2));
}

TEST_P(Datagrams, OneOfAnotherProcessGoesOnHere) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0"}) {
    const DatagramSocket first = open(address);
    auto second = DatagramSocket::adopt(*loop_, UniqueFd(::dup(first.descriptor())));
    ASSERT_TRUE(second) << base::describe(second.error());
    base::SocketAddress asked = first.local_address();
    EXPECT_EQ(second->local_address(), asked);
    asked.ip = *base::parse_ip("127.0.0.1");
    PlainClient client;
    client.send("hello", asked);
    EXPECT_EQ(answer(*second), 0U);
    const auto heard = client.hear();
    EXPECT_EQ(heard.text, "re hello");
    EXPECT_EQ(heard.from, asked);
  }
}

TEST_P(Datagrams, WhatIsNoDatagramSocketIsNotAdopted) {
  UniqueFd stream(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(DatagramSocket::adopt(*loop_, std::move(stream)).error().code, Code::kInvalid);
}

TEST_P(Datagrams, FromAWildcardTheAnswerLeavesFromTheAddressThatWasAsked) {
  DatagramSocket socket = open("0.0.0.0:0");
  const std::uint16_t port = socket.local_address().port;
  PlainClient client;
  for (const char* host : {"127.0.0.1", "127.0.0.7", "127.1.2.3"}) {
    const base::SocketAddress asked{.ip = *base::parse_ip(host), .port = port, .unix_path = {}};
    client.send(host, asked);
    EXPECT_EQ(answer(socket), 0U);
    const auto heard = client.hear();
    EXPECT_EQ(heard.text, std::string("re ") + host);
    EXPECT_EQ(heard.from, asked);
  }
}

TEST_P(Datagrams, AWildcardOfBothFamiliesAnswersBoth) {
  DatagramSocket socket = open("[::]:0");
  const std::uint16_t port = socket.local_address().port;
  const base::SocketAddress v4{.ip = *base::parse_ip("127.0.0.9"), .port = port, .unix_path = {}};
  const base::SocketAddress v6{.ip = *base::parse_ip("::1"), .port = port, .unix_path = {}};
  PlainClient old_client;
  old_client.send("4", v4);
  EXPECT_EQ(answer(socket), 0U);
  EXPECT_EQ(batch_.path(0).peer().ip, *base::parse_ip("127.0.0.1"));
  EXPECT_EQ(old_client.hear().from, v4);
  PlainClient new_client(false);
  new_client.send("6", v6);
  EXPECT_EQ(answer(socket), 0U);
  EXPECT_EQ(new_client.hear().from, v6);
}

TEST_P(Datagrams, ALateAnswerTakesTheSameWay) {
  DatagramSocket socket = open("0.0.0.0:0");
  const base::SocketAddress asked{
      .ip = *base::parse_ip("127.0.0.8"), .port = socket.local_address().port, .unix_path = {}};
  PlainClient first;
  first.send("first", asked);
  EXPECT_EQ(*socket.receive(batch_), 1U);
  const DatagramPath path = batch_.path(0);
  PlainClient second;
  second.send("second", socket.local_address());
  EXPECT_EQ(answer(socket), 0U);  // the batch is used for others meanwhile
  EXPECT_TRUE(socket.send("late", path));
  const auto heard = first.hear();
  EXPECT_EQ(heard.text, "late");
  EXPECT_EQ(heard.from, asked);
}

TEST_P(Datagrams, AnAnswerTheKernelRefusesIsCountedAndTheOthersLeave) {
  DatagramSocket socket = open("127.0.0.1:0");
  DatagramBatch batch({.datagrams = 4, .received_bytes = 64, .answer_bytes = 70'000});
  PlainClient client;
  for (const char* text : {"a", "b", "c"}) {
    client.send(text, socket.local_address());
  }
  EXPECT_EQ(*socket.receive(batch), 3U);
  batch.set_answer(0, 1);
  batch.set_answer(1, 70'000);  // more than a datagram may hold
  batch.set_answer(2, 2);
  EXPECT_EQ(socket.answer(batch), 1U);
  EXPECT_EQ(client.hear().text.size(), 1U);
  EXPECT_EQ(client.hear().text.size(), 2U);
  EXPECT_FALSE(socket.send(std::string(70'000, 'x'), batch.path(0)));
}

TEST_P(Datagrams, AnAddressIsSharedOnlyWhenAllSayThatTheyShareIt) {
  DatagramSocket alone = open("127.0.0.1:0");
  const auto refused = DatagramSocket::bind(*loop_, alone.local_address(), {.reuse_port = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kAddressInUse);
  const auto first =
      DatagramSocket::bind(*loop_, address_for_test("127.0.0.1:0"), {.reuse_port = true});
  ASSERT_TRUE(first);
  EXPECT_TRUE(DatagramSocket::bind(*loop_, first->local_address(), {.reuse_port = true}));
  EXPECT_FALSE(DatagramSocket::bind(*loop_, address_for_test("unix:/tmp/x"), {}));
}

Task<void> note_wait(DatagramSocket* socket, base::MonoTime deadline, Code* code) {
  *code = code_for_test(co_await socket->readable(deadline));
}

TEST_P(Datagrams, AWaitEndsAtItsDeadlineOrWhenItIsCancelled) {
  DatagramSocket socket = open("127.0.0.1:0");
  Code code{};
  loop_->run_until_done(note_wait(&socket, loop_->now() + 2ms, &code));
  EXPECT_EQ(code, Code::kTimeout);
  TaskScope scope;
  scope.spawn("wait", note_wait(&socket, base::kNever, &code));
  loop_->run_until_done(stop_after(loop_.get(), &scope, 1ms));
  EXPECT_EQ(code, Code::kCancelled);
}

Task<void> ask_once(Loop* loop, DatagramSocket* socket, std::string* answer, Code* code) {
  EXPECT_TRUE(socket->send("q"));
  const auto ready = co_await socket->readable(loop->now() + 5s);
  EXPECT_TRUE(ready);
  std::array<char, 64> bytes{};
  const auto count = socket->receive(bytes);
  *code = count ? Code::kInternal : count.error().code;
  if (count && *count) {
    answer->assign(bytes.data(), **count);
  }
}

TEST_P(Datagrams, AConnectedSocketHearsItsPeerAndThatThereIsNone) {
  std::optional<DatagramSocket> server(open("127.0.0.1:0"));
  auto client = DatagramSocket::connect(*loop_, server->local_address());
  ASSERT_TRUE(client);
  std::array<char, 64> bytes{};
  EXPECT_EQ(*client->receive(bytes), std::nullopt);
  std::size_t lost = 0;
  std::string answer;
  Code code{};
  loop_->run_until_done(join_both(answer_batch_once(&*server, &batch_, &lost),
                                  ask_once(loop_.get(), &*client, &answer, &code)));
  EXPECT_EQ(answer, "re q");
  PlainClient stranger;
  stranger.send("forged", client->local_address());
  EXPECT_EQ(*client->receive(bytes), std::nullopt);
  server.reset();
  loop_->run_until_done(ask_once(loop_.get(), &*client, &answer, &code));
  EXPECT_EQ(code, Code::kRefused);
}

TEST(DatagramSocket, ASimulatedNetworkHasNone) {
  const auto loop = make_loop_for_test("sim");
  const auto socket = DatagramSocket::bind(*loop, address_for_test("127.0.0.1:0"), {});
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace weft::io
