// Answers that leave as one, and when they must not.
#include "io/datagram_sending.h"

#include "io/datagram_socket.h"
#include "io/driver_fixture_for_test.h"
#include "io/sockaddr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace weft::io {
namespace {

class DatagramGroups : public testing::Test {
 protected:
  void open(const char* address) {
    auto socket = DatagramSocket::bind(*loop_, *base::parse_socket_address(address), {});
    ASSERT_TRUE(socket);
    server_.emplace(std::move(*socket));
    for (int i = 0; i < 2; ++i) {
      base::SocketAddress to = server_->local_address();
      to.ip = to.ip.is_unspecified() ? *base::parse_ip("127.0.0.5") : to.ip;
      auto client = DatagramSocket::connect(*loop_, to);
      ASSERT_TRUE(client);
      clients_.push_back(std::move(*client));
    }
  }
  // A question of each client in turn; each is answered by so many of its number.
  void ask(const std::vector<std::size_t>& sizes) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      ASSERT_TRUE(clients_[i % 2].send("q"));
    }
    ASSERT_EQ(*server_->receive(batch_), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      std::ranges::fill(batch_.answer_room(i), static_cast<char>('a' + i % 26));
      batch_.set_answer(i, sizes[i]);
    }
  }
  // What a client has heard, in any order: "aaa" as "3a".
  std::vector<std::string> heard(std::size_t client) {
    std::vector<std::string> out;
    std::array<char, 2048> room{};
    for (;;) {
      const auto count = clients_[client].receive(room);
      EXPECT_TRUE(count);
      if (!count || !*count) {
        std::ranges::sort(out);
        return out;
      }
      const auto bytes = std::span(room).first(**count);
      EXPECT_TRUE(bytes.empty() || std::ranges::count(bytes, bytes[0]) == std::ssize(bytes));
      out.push_back(std::to_string(**count) + (bytes.empty() ? '-' : bytes[0]));
    }
  }

  std::unique_ptr<Loop> loop_ = make_loop_for_test("epoll");
  DatagramBatch batch_{{.datagrams = 100, .received_bytes = 64, .answer_bytes = 2048}};
  std::optional<DatagramSocket> server_;
  std::vector<DatagramSocket> clients_;
};

using Heard = std::vector<std::string>;

TEST_F(DatagramGroups, EveryPeerGetsEachOfItsAnswersByItself) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:0"}) {
    clients_.clear();
    open(address);
    ask({30, 30, 30, 31, 30, 30, 0, 31, 1300, 1300, 1300, 1300});
    EXPECT_EQ(server_->answer(batch_), 0U);
    EXPECT_EQ(heard(0), (Heard{"1300i", "1300k", "30a", "30c", "30e"}));
    EXPECT_EQ(heard(1), (Heard{"1300j", "1300l", "30b", "30f", "31d", "31h"}));
  }
}

TEST_F(DatagramGroups, MoreThanTheKernelCutsApartLeaveInSeveralGroups) {
  open("127.0.0.1:0");
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(clients_[0].send("q"));
  }
  ASSERT_EQ(*server_->receive(batch_), 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    batch_.answer_room(i)[0] = static_cast<char>(i);
    batch_.set_answer(i, 1);
  }
  EXPECT_EQ(server_->answer(batch_), 0U);
  EXPECT_EQ(heard(0).size(), 100U);
}

// A socket whose datagrams have no checksum cannot have them cut apart (EIO).
TEST_F(DatagramGroups, WhereTheKernelCannotTheyLeaveOneByOneFromThenOn) {
  open("127.0.0.1:0");
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(clients_[0].send("q"));
  }
  ASSERT_EQ(*server_->receive(batch_), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    batch_.answer_room(i)[0] = static_cast<char>('a' + i);
    batch_.set_answer(i, 1);
  }
  const KernelAddress from = to_kernel(server_->local_address());
  server_.reset();
  UniqueFd plain(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ASSERT_EQ(setsockopt(plain.value(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
  ASSERT_EQ(::bind(plain.value(), from.get(), from.bytes), 0);
  bool may_group = true;
  EXPECT_EQ(DatagramSending(batch_, plain.value(), may_group).send(), 0U);
  EXPECT_FALSE(may_group);
  EXPECT_EQ(heard(0), (Heard{"1a", "1b", "1c", "1d", "1e", "1f"}));
  EXPECT_EQ(DatagramSending(batch_, plain.value(), may_group).send(), 0U);
  EXPECT_EQ(heard(0).size(), 6U);
}

}  // namespace
}  // namespace weft::io
