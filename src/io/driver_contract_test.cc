// What every driver promises, run against each of them (style.md §8).
#include "io/driver_fixture_for_test.h"
#include "io/event.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::io {
namespace {

using namespace std::chrono_literals;

class DriverContract : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Loop> loop_ = make_loop_for_test(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Drivers, DriverContract, testing::ValuesIn(driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

Task<void> echo_once(Loop* loop, Listener* listener) {
  auto accepted = co_await listener->accept();
  EXPECT_TRUE(accepted);
  if (!accepted) {
    co_return;
  }
  Buffer buffer;
  auto count = co_await accepted->socket.recv_pooled(buffer, loop->now() + 5s);
  EXPECT_TRUE(count);
  const auto sent = co_await accepted->socket.send(buffer.view(), loop->now() + 5s);
  EXPECT_TRUE(sent);
}

Task<void> call_once(Loop* loop, base::SocketAddress address, std::string* answer) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_TRUE(socket) << base::describe(socket.error());
  if (!socket) {
    co_return;
  }
  const auto sent = co_await socket->send("hello", loop->now() + 5s);
  EXPECT_TRUE(sent);
  for (;;) {
    std::array<char, 64> bytes{};
    auto count = co_await socket->recv(bytes, loop->now() + 5s);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    answer->append(bytes.data(), *count);
  }
}

TEST_P(DriverContract, BytesTravelBothWaysAndTheEndIsSeen) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  ASSERT_TRUE(listener);
  std::string answer;
  loop_->run_until_done(join_both(echo_once(loop_.get(), &*listener),
                                  call_once(loop_.get(), listener->local_address(), &answer)));
  EXPECT_EQ(answer, "hello");
}

Task<void> send_much(Loop* loop, base::SocketAddress address, std::size_t bytes) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_TRUE(socket);
  const std::string payload(bytes, 'x');
  const auto sent = co_await socket->send(payload, loop->now() + 10s);
  EXPECT_TRUE(sent);
}

Task<void> count_slowly(Loop* loop, Listener* listener, std::size_t* total) {
  auto accepted = co_await listener->accept();
  std::array<char, 10'000> bytes{};
  for (;;) {
    auto count = co_await accepted->socket.recv(bytes, loop->now() + 10s);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    *total += *count;
  }
}

TEST_P(DriverContract, ALargeSendWaitsForRoomAndArrivesWhole) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  std::size_t total = 0;
  loop_->run_until_done(join_both(count_slowly(loop_.get(), &*listener, &total),
                                  send_much(loop_.get(), listener->local_address(), 20'000'000)));
  EXPECT_EQ(total, 20'000'000U);
}

Task<void> recv_with_deadline(Loop* loop, base::SocketAddress address, base::Code* code) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  std::array<char, 8> bytes{};
  auto count = co_await socket->recv(bytes, loop->now() + 20ms);
  *code = count ? base::Code::kInternal : count.error().code;
}

TEST_P(DriverContract, AWaitEndsWithTimeoutWhenItsDeadlinePasses) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  base::Code code = base::Code::kInternal;
  loop_->run_until_done(recv_with_deadline(loop_.get(), listener->local_address(), &code));
  EXPECT_EQ(code, base::Code::kTimeout);
}

Task<void> accept_until_cancelled(Listener* listener, base::Code* code) {
  auto accepted = co_await listener->accept();
  *code = accepted ? base::Code::kInternal : accepted.error().code;
}

Task<void> cancel_after_a_while(Loop* loop, Listener* listener, base::Code* code) {
  TaskScope scope;
  scope.spawn("accept", accept_until_cancelled(listener, code));
  const auto slept = co_await loop->sleep_for(5ms);
  EXPECT_TRUE(slept);
  co_await scope.stop();
}

TEST_P(DriverContract, StoppingAScopeCancelsWhatItsTasksWaitFor) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  base::Code code = base::Code::kInternal;
  loop_->run_until_done(cancel_after_a_while(loop_.get(), &*listener, &code));
  EXPECT_EQ(code, base::Code::kCancelled);
}

Task<void> connect_to(Loop* loop, base::SocketAddress address, base::Error* error) {
  auto socket = co_await connect(*loop, address, loop->now() + 5s);
  EXPECT_FALSE(socket);
  if (!socket) {
    *error = socket.error();
  }
}

TEST_P(DriverContract, AConnectionNobodyAcceptsIsRefusedAndSafeToRetry) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  const base::SocketAddress address = listener->local_address();
  listener->close();
  base::Error error;
  loop_->run_until_done(connect_to(loop_.get(), address, &error));
  EXPECT_EQ(error.code, base::Code::kRefused);
  EXPECT_EQ(error.side, base::Side::kBackend);
  EXPECT_EQ(error.retry, base::Retry::kSafe);
}

Task<void> idle_then_stale(Loop* loop, Listener* listener, bool* fresh, bool* stale) {
  auto client = co_await connect(*loop, listener->local_address(), loop->now() + 5s);
  auto server = co_await listener->accept();
  *fresh = !client->is_stale();
  server->socket.close();
  static_cast<void>(co_await loop->sleep_for(20ms));
  *stale = client->is_stale();
}

TEST_P(DriverContract, AnIdleStreamWhosePeerLeftIsStale) {
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  bool fresh = false;
  bool stale = false;
  loop_->run_until_done(idle_then_stale(loop_.get(), &*listener, &fresh, &stale));
  EXPECT_TRUE(fresh);
  EXPECT_TRUE(stale);
}

TEST_P(DriverContract, TwoListenersOnOneAddressNeedReusePort) {
  auto first = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  ASSERT_TRUE(first);
  auto second = listen(*loop_, first->local_address(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kAddressInUse);
}

Task<void> ping(Loop* loop, Event* event, std::vector<int>* order) {
  order->push_back(1);
  const auto waited = co_await event->wait(loop->now() + 5s);
  EXPECT_TRUE(waited);
  order->push_back(3);
}

Task<void> pong(Loop* loop, Event* event, std::vector<int>* order) {
  static_cast<void>(co_await loop->sleep_for(1ms));
  order->push_back(2);
  event->notify_all();
}

TEST_P(DriverContract, AnEventResumesItsWaiters) {
  Event event(*loop_);
  std::vector<int> order;
  loop_->run_until_done(
      join_both(ping(loop_.get(), &event, &order), pong(loop_.get(), &event, &order)));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

Task<void> send_bytes(Socket* socket, std::size_t bytes, base::Nanos patience) {
  const std::string payload(bytes, 'x');
  const auto sent = co_await socket->send(payload, socket->loop().now() + patience);
  EXPECT_TRUE(sent);
  socket->shutdown_write();
}

Task<void> count_bytes(Socket* socket, std::size_t* total) {
  for (;;) {
    Buffer buffer;
    const auto count = co_await socket->recv_pooled(buffer, socket->loop().now() + 10s);
    EXPECT_TRUE(count);
    EXPECT_EQ(buffer.size(), count.value_or(0));
    if (!count || *count == 0) {
      EXPECT_FALSE(buffer);
      co_return;
    }
    EXPECT_GE(buffer.head_room(), Buffer::kHeadroom);
    *total += *count;
  }
}

TEST_P(DriverContract, BothDirectionsFlowAtOnceUnderBackPressure) {
  constexpr std::size_t kBytes = 20'000'000;
  StreamPair pair = make_pair_for_test(*loop_);
  const std::size_t buffers_before = loop_->buffers().in_use();
  std::size_t at_server = 0;
  std::size_t at_client = 0;
  TaskScope scope;
  scope.spawn("there", send_bytes(&pair.client, kBytes, 10s));
  scope.spawn("back", send_bytes(&pair.server, kBytes, 10s));
  scope.spawn("server", count_bytes(&pair.server, &at_server));
  scope.spawn("client", count_bytes(&pair.client, &at_client));
  loop_->run_until_done(scope.join());
  EXPECT_EQ(at_server, kBytes);
  EXPECT_EQ(at_client, kBytes);
  EXPECT_LE(loop_->buffers().in_use(), buffers_before);
}

Task<void> answer_after_end(Socket* socket, std::string* question) {
  std::array<char, 64> bytes{};
  for (;;) {
    const auto count = co_await socket->recv(bytes, base::kNever);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      break;
    }
    question->append(bytes.data(), *count);
  }
  EXPECT_TRUE(co_await socket->send("answer", base::kNever));
  socket->close();
}

Task<void> ask_and_half_close(Socket* socket, std::string* answer) {
  EXPECT_TRUE(co_await socket->send("question", base::kNever));
  socket->shutdown_write();
  std::array<char, 64> bytes{};
  for (;;) {
    const auto count = co_await socket->recv(bytes, base::kNever);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    answer->append(bytes.data(), *count);
  }
}

TEST_P(DriverContract, AHalfClosedStreamStillCarriesTheAnswer) {
  StreamPair pair = make_pair_for_test(*loop_);
  std::string question;
  std::string answer;
  loop_->run_until_done(join_both(answer_after_end(&pair.server, &question),
                                  ask_and_half_close(&pair.client, &answer)));
  EXPECT_EQ(question, "question");
  EXPECT_EQ(answer, "answer");
}

Task<void> read_in_small_pieces(Socket* socket, std::string* text) {
  static_cast<void>(co_await socket->loop().sleep_for(10ms));  // data and end are both there
  std::array<char, 10> bytes{};
  for (;;) {
    const auto count = co_await socket->recv(bytes, base::kNever);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    text->append(bytes.data(), *count);
  }
}

Task<void> send_and_close(Socket* socket, std::string text) {
  EXPECT_TRUE(co_await socket->send(text, base::kNever));
  socket->close();
}

TEST_P(DriverContract, WhatWasSentBeforeTheEndIsReadBeforeTheEnd) {
  StreamPair pair = make_pair_for_test(*loop_);
  const std::string sent(100, 'y');
  std::string got;
  loop_->run_until_done(
      join_both(read_in_small_pieces(&pair.client, &got), send_and_close(&pair.server, sent)));
  EXPECT_EQ(got, sent);
}

Task<void> close_unread(Socket* socket) {
  static_cast<void>(co_await socket->loop().sleep_for(5ms));
  socket->close();  // bytes nobody read make it a reset (RFC 1122 §4.2.2.13)
}

Task<void> send_and_await_end(Socket* socket, base::Code* code) {
  EXPECT_TRUE(co_await socket->send("unwanted", base::kNever));
  std::array<char, 8> bytes{};
  *code = code_for_test(co_await socket->recv(bytes, base::kNever));
}

TEST_P(DriverContract, APeerThatLeavesBytesUnreadResetsTheStream) {
  StreamPair pair = make_pair_for_test(*loop_);
  base::Code code{};
  loop_->run_until_done(
      join_both(send_and_await_end(&pair.client, &code), close_unread(&pair.server)));
  EXPECT_EQ(code, base::Code::kReset);
}

Task<void> send_until_error(Socket* socket, base::Code* code) {
  for (int i = 0; i < 10; ++i) {
    *code = code_for_test(co_await socket->send("x", base::kNever));
    if (*code != base::Code::kInternal) {
      co_return;
    }
    static_cast<void>(co_await socket->loop().sleep_for(2ms));
  }
}

TEST_P(DriverContract, SendingToAPeerThatLeftIsAReset) {
  StreamPair pair = make_pair_for_test(*loop_);
  pair.server.close();
  base::Code code{};
  loop_->run_until_done(send_until_error(&pair.client, &code));
  EXPECT_EQ(code, base::Code::kReset);
}

Task<void> send_then_sleep(Socket* socket) {
  EXPECT_TRUE(co_await socket->send("unasked", base::kNever));
  static_cast<void>(co_await socket->loop().sleep_for(10ms));
}

Task<void> recv_count(Socket* socket, std::span<char> into, std::size_t* count) {
  *count = (co_await socket->recv(into, base::kNever)).value_or(0);
}

TEST_P(DriverContract, AnIdleStreamWithUnaskedBytesIsStaleUntilTheyAreRead) {
  StreamPair pair = make_pair_for_test(*loop_);
  EXPECT_FALSE(pair.client.is_stale());
  loop_->run_until_done(send_then_sleep(&pair.server));
  EXPECT_TRUE(pair.client.is_stale());
  std::array<char, 7> exactly{};
  std::size_t count = 0;
  loop_->run_until_done(recv_count(&pair.client, exactly, &count));
  EXPECT_EQ(count, 7U);
  EXPECT_FALSE(pair.client.is_stale());
}

Task<void> accept_many(Listener* listener, std::size_t count, std::vector<Accepted>* out) {
  while (out->size() < count) {
    auto accepted = co_await listener->accept();
    EXPECT_TRUE(accepted);
    if (!accepted) {
      co_return;
    }
    out->push_back(std::move(*accepted));
  }
}

Task<void> connect_one(Loop* loop, base::SocketAddress to, std::vector<Socket>* out) {
  auto socket = co_await connect(*loop, to, loop->now() + 5s);
  EXPECT_TRUE(socket);
  if (socket) {
    out->push_back(std::move(*socket));
  }
}

TEST_P(DriverContract, ManyConnectionsAtOnceAreAllAcceptedWithTheirAddress) {
  constexpr std::size_t kCount = 300;
  auto listener = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  std::vector<Accepted> accepted;
  std::vector<Socket> sockets;
  TaskScope scope;
  for (std::size_t i = 0; i < kCount; ++i) {
    scope.spawn("connect", connect_one(loop_.get(), listener->local_address(), &sockets));
  }
  loop_->run_until_done(join_both(accept_many(&*listener, kCount, &accepted), scope.join()));
  ASSERT_EQ(accepted.size(), kCount);
  std::vector<base::SocketAddress> theirs;
  std::vector<base::SocketAddress> ours;
  for (std::size_t i = 0; i < kCount; ++i) {
    theirs.push_back(accepted[i].peer);
    ours.push_back(sockets[i].local_address());
  }
  std::sort(theirs.begin(), theirs.end());
  std::sort(ours.begin(), ours.end());
  EXPECT_EQ(theirs, ours);
}

TEST_P(DriverContract, ListenersOnOneAddressMayShareIt) {
  const ListenOptions shared{.reuse_port = true};
  auto first = listen(*loop_, *base::parse_socket_address("127.0.0.1:0"), shared);
  ASSERT_TRUE(first);
  EXPECT_TRUE(listen(*loop_, first->local_address(), shared));
}

TEST_P(DriverContract, AUnixSocketIsAnAddressToo) {
  const std::string path = testing::TempDir() + "weft_contract_" + GetParam();
  const base::SocketAddress address{{}, 0, path};
  auto listener = listen(*loop_, address, {});
  ASSERT_TRUE(listener);
  EXPECT_EQ(listener->local_address(), address);
  std::string answer;
  loop_->run_until_done(
      join_both(echo_once(loop_.get(), &*listener), call_once(loop_.get(), address, &answer)));
  EXPECT_EQ(answer, "hello");
}

Task<void> flood(Socket* socket, const bool* stop) {
  const std::string block(4096, 'x');
  while (!*stop) {
    EXPECT_TRUE(co_await socket->send(block, base::kNever));
  }
  socket->close();
}

Task<void> drain(Socket* socket) {
  std::array<char, 4096> bytes{};
  for (std::size_t count = 1; count > 0;) {
    count = (co_await socket->recv(bytes, base::kNever)).value_or(0);
  }
}

Task<void> stop_in_a_while(Loop* loop, bool* stop) {
  static_cast<void>(co_await loop->sleep_for(20ms));
  *stop = true;
}

TEST_P(DriverContract, AStreamThatNeverWaitsDoesNotStarveATimer) {
  StreamPair pair = make_pair_for_test(*loop_);
  bool stop = false;
  TaskScope scope;
  scope.spawn("flood", flood(&pair.client, &stop));
  scope.spawn("drain", drain(&pair.server));
  loop_->run_until_done(stop_in_a_while(loop_.get(), &stop));
  loop_->run_until_done(scope.join());
  EXPECT_TRUE(stop);
}

TEST_P(DriverContract, AnEmptySendIsDoneAtOnce) {
  StreamPair pair = make_pair_for_test(*loop_);
  loop_->run_until_done(send_bytes(&pair.client, 0, 5s));
}

std::string numbers(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    text += std::to_string(i) + ' ';
  }
  text.resize(bytes);
  return text;
}

// Asks in turn for a pooled buffer and for bytes in place, and now and then gives up at once.
Task<void> read_every_way(Socket* socket, std::string* text) {
  std::array<char, 5000> bytes{};
  for (int i = 0;; ++i) {
    Buffer buffer;
    const base::MonoTime deadline = i % 5 == 4 ? socket->loop().now() : base::kNever;
    const bool is_pooled = i % 3 != 0;
    base::Result<std::size_t> count = 0;
    if (is_pooled) {
      count = co_await socket->recv_pooled(buffer, deadline);
    } else {
      count = co_await socket->recv(bytes, deadline);
    }
    if (!count && count.error().code == base::Code::kTimeout) {
      continue;
    }
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      co_return;
    }
    text->append(is_pooled ? buffer.view() : std::string_view(bytes.data(), *count));
  }
}

TEST_P(DriverContract, HoweverBytesAreAskedForTheyComeInOrder) {
  StreamPair pair = make_pair_for_test(*loop_);
  const std::string sent = numbers(3'000'000);
  std::string got;
  loop_->run_until_done(
      join_both(read_every_way(&pair.client, &got), send_and_close(&pair.server, sent)));
  EXPECT_EQ(got.size(), sent.size());
  EXPECT_TRUE(got == sent);
}

Task<void> read_once_then_idle(Socket* socket, base::Nanos idle) {
  Buffer buffer;
  EXPECT_TRUE(co_await socket->recv_pooled(buffer, base::kNever));
  static_cast<void>(co_await socket->loop().sleep_for(idle));
}

Task<void> send_into_code(Socket* socket, std::size_t bytes, base::Nanos patience,
                          base::Code* code) {
  const std::string payload(bytes, 'x');
  *code = code_for_test(co_await socket->send(payload, socket->loop().now() + patience));
}

TEST_P(DriverContract, AStreamNobodyReadsFromStopsItsSenderAndHoldsLittleMemory) {
  StreamPair pair = make_pair_for_test(*loop_);
  const std::size_t before = loop_->buffers().in_use();
  base::Code code{};
  loop_->run_until_done(join_both(read_once_then_idle(&pair.server, 60ms),
                                  send_into_code(&pair.client, 64 << 20, 50ms, &code)));
  EXPECT_EQ(code, base::Code::kTimeout);
  EXPECT_LE(loop_->buffers().in_use(), before + 100);
}

Task<void> exchange_then_leave(Socket* asker, Socket* answerer, bool* fresh) {
  Buffer buffer;
  EXPECT_TRUE(co_await asker->send("question", base::kNever));
  EXPECT_TRUE(co_await answerer->recv_pooled(buffer, base::kNever));
  EXPECT_TRUE(co_await answerer->send("answer", base::kNever));
  buffer.reset();
  EXPECT_TRUE(co_await asker->recv_pooled(buffer, base::kNever));
  static_cast<void>(co_await asker->loop().sleep_for(5ms));
  *fresh = !asker->is_stale();
  answerer->close();
  static_cast<void>(co_await asker->loop().sleep_for(5ms));
}

TEST_P(DriverContract, AUsedStreamIsFreshUntilItsPeerLeaves) {
  StreamPair pair = make_pair_for_test(*loop_);
  bool fresh = false;
  loop_->run_until_done(exchange_then_leave(&pair.client, &pair.server, &fresh));
  EXPECT_TRUE(fresh);
  EXPECT_TRUE(pair.client.is_stale());
}

Task<void> recv_pooled_until(Socket* socket, base::MonoTime deadline, base::Code* code) {
  Buffer buffer;
  *code = code_for_test(co_await socket->recv_pooled(buffer, deadline));
}

TEST_P(DriverContract, ADescriptorNumberUsedAgainMeansAnotherStream) {
  for (int i = 0; i < 50; ++i) {
    StreamPair first = make_pair_for_test(*loop_);
    TaskScope scope;
    base::Code code{};
    scope.spawn("recv", recv_pooled_until(&first.client, base::kNever, &code));
    scope.cancel();  // asked and given up within a turn
    first = StreamPair();
    StreamPair second = make_pair_for_test(*loop_);
    std::string got;
    loop_->run_until_done(join_both(read_in_small_pieces(&second.client, &got),
                                    send_and_close(&second.server, "for the second")));
    EXPECT_EQ(got, "for the second");
  }
}

}  // namespace
}  // namespace weft::io
