#include "http/client.h"

#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace weft::http {
namespace {

using base::Seconds;

constexpr std::uint16_t kClientTestPort = 9002;

// Answers one request on a connection that is kept. Reads another, and then is gone: no answer, and
// nobody listens any more.
io::Task<void> answer_once_and_leave(io::Listener* listener) {
  auto accepted = co_await listener->accept();
  EXPECT_TRUE(accepted);
  io::Socket socket = std::move(accepted->socket);
  std::array<char, 1024> bytes{};
  EXPECT_TRUE(co_await socket.recv(bytes, base::kNever));
  EXPECT_TRUE(co_await socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", base::kNever));
  EXPECT_TRUE(co_await socket.recv(bytes, base::kNever));
  *listener = io::Listener();
  socket.close();
}

io::Task<void> call_twice(Client* client, wire::Method method, base::Error* error, bool* done) {
  for (int i = 0; i < 2; ++i) {
    ClientRequest request;
    request.method = method;
    request.to = {"127.0.0.1", kClientTestPort};
    auto answer = co_await client->call(std::move(request));
    EXPECT_EQ(answer.has_value(), i == 0);
    if (!answer) {
      *error = answer.error();
    }
  }
  *done = true;
}

class ClientTest : public testing::TestWithParam<wire::Method> {};

TEST_P(ClientTest, DoesNotSayRefusedOfACallThatMayHaveBeenProcessed) {
  io::SimWorld world{1};
  io::Loop& loop = world.add_loop("client");
  io::Loop& backend = world.add_loop("backend");
  auto listener = io::listen(backend, {base::IpAddress::loopback(), kClientTestPort, {}}, {});
  ASSERT_TRUE(listener);
  Client client(loop, nullptr, Client::Reuse::kKeepAlive);
  io::TaskScope scope;
  base::Error error;
  bool done = false;
  scope.spawn("backend", answer_once_and_leave(&*listener));
  scope.spawn("client", call_twice(&client, GetParam(), &error, &done));
  ASSERT_TRUE(world.run_until([&] { return done; }, Seconds(5)));
  EXPECT_NE(error.code, base::Code::kRefused) << base::describe(error);
  EXPECT_NE(error.retry, base::Retry::kSafe) << base::describe(error);
}

INSTANTIATE_TEST_SUITE_P(Methods, ClientTest,
                         testing::Values(wire::Method::kGet, wire::Method::kDelete,
                                         wire::Method::kPost));

}  // namespace
}  // namespace weft::http
