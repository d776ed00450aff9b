#include "io/sealed_bytes.h"

#include "io/loop.h"
#include "io/socket.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::io {
namespace {

TEST(SealedBytes, TheyAreWhatTheyWereMadeOf) {
  const std::string text = "one" + std::string(100'000, 'x') + "end";
  const auto sealed = SealedBytes::make(text);
  ASSERT_TRUE(sealed) << base::describe(sealed.error());
  EXPECT_EQ(sealed->view(), text);
}

Task<void> receive_all(Loop* loop, base::SocketAddress to, std::string* into) {
  auto socket = co_await connect(*loop, to, loop->now() + base::Seconds(5));
  std::string piece(4096, '\0');
  for (;;) {
    const auto count =
        co_await socket->recv({piece.data(), piece.size()}, loop->now() + base::Seconds(5));
    if (!count || *count == 0) {
      co_return;
    }
    into->append(piece, 0, *count);
  }
}

Task<void> pass_all(Listener* listener, const SealedBytes* sealed, std::size_t* taken) {
  auto accepted = co_await listener->accept();
  Socket& socket = accepted->socket;
  *taken = socket.pass("head:", *sealed);
  const std::size_t body = *taken > 5 ? *taken - 5 : 0;
  if (*taken < 5) {
    base::ignore(co_await socket.send(std::string_view("head:").substr(*taken), base::kNever),
                 "the receiver sees what is missing");
  }
  base::ignore(co_await socket.send(sealed->view().substr(body), base::kNever),
               "the receiver sees what is missing");
}

TEST(SealedBytes, ASocketPassesOnWhatIsTakenAndSendsTheRest) {
  Loop loop(std::move(*make_driver(DriverKind::kEpoll)), "test", 1);
  auto listener = listen(loop, *base::parse_socket_address("127.0.0.1:0"), {});
  ASSERT_TRUE(listener);
  // More than a socket takes at once.
  const auto sealed = SealedBytes::make(std::string(16'000'000, 'y') + "!");
  ASSERT_TRUE(sealed);
  std::size_t taken = 0;
  std::string received;
  TaskScope scope;
  scope.spawn("pass", pass_all(&*listener, &*sealed, &taken));
  loop.run_until_done(receive_all(&loop, listener->local_address(), &received));
  EXPECT_GT(taken, 0U);
  EXPECT_EQ(received.size(), 5 + sealed->view().size());
  EXPECT_TRUE(received.starts_with("head:y"));
  EXPECT_TRUE(received.ends_with("y!"));
}

}  // namespace
}  // namespace weft::io
