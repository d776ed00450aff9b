// A server on a loop, on every driver that talks to the kernel, and clients on the same loop.
#pragma once

#include "dns/dns_answer_for_test.h"
#include "dns/server.h"
#include "io/datagram_socket.h"
#include "io/driver_fixture_for_test.h"
#include "io/socket.h"
#include "wire/dns.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::dns {

inline constexpr base::Nanos kPatienceForTest = base::Seconds(5);

inline std::string framed_for_test(std::string_view message) {
  std::string out(wire::kDnsStreamLengthBytes, '\0');
  wire::write_u16(out.data(), static_cast<std::uint16_t>(message.size()));
  return out + std::string(message);
}

// One datagram there, one back; empty: none in time.
inline io::Task<void> ask_udp(io::Loop* loop, base::SocketAddress to, std::string query,
                              std::string* answer) {
  auto socket = io::DatagramSocket::connect(*loop, to);
  EXPECT_TRUE(socket);
  EXPECT_TRUE(socket->send(query));
  const auto ready = co_await socket->readable(loop->now() + kPatienceForTest);
  std::vector<char> room(65536);
  const auto count = socket->receive(room);
  if (ready && count && *count) {
    answer->assign(room.data(), **count);
  }
}

// Sends `bytes` on a connection and takes what comes until `answers` messages have, or the end.
inline io::Task<void> ask_tcp(io::Loop* loop, base::SocketAddress to, std::string bytes,
                              std::size_t answers, std::vector<std::string>* out) {
  const base::MonoTime deadline = loop->now() + kPatienceForTest;
  auto socket = co_await io::connect(*loop, to, deadline);
  EXPECT_TRUE(socket);
  EXPECT_TRUE(co_await socket->send(bytes, deadline));
  std::string in;
  while (out->size() < answers) {
    io::Buffer piece;
    const auto count = co_await socket->recv_pooled(piece, deadline);
    if (!count || *count == 0) {
      co_return;
    }
    in += piece.view();
    while (in.size() >= 2 && in.size() - 2 >= wire::read_u16(in.data())) {
      const std::size_t size = wire::read_u16(in.data());
      out->push_back(in.substr(2, size));
      in.erase(0, size + 2);
    }
  }
}

class Serving : public testing::TestWithParam<const char*> {
 protected:
  void TearDown() override {
    if (server_) {
      loop_->run_until_done(server_->stop());
    }
  }

  void serve(std::shared_ptr<const Zone> zone, const ServerOptions& options = {},
             io::Resolver* resolver = nullptr) {
    server_.emplace(ServerParts{.loop = *loop_, .meters = meters_, .resolver = resolver}, options,
                    std::move(zone));
    const auto bound = server_->listen(*base::parse_socket_address("127.0.0.1:0"));
    ASSERT_TRUE(bound);
    address_ = *bound;
  }
  std::string ask_raw(const std::string& query) {
    std::string answer;
    loop_->run_until_done(ask_udp(loop_.get(), address_, query, &answer));
    return answer;
  }
  AnswerText ask(std::string_view question, const QueryForTest& query = {}) {
    return read_answer(ask_raw(query_message(question, query)));
  }
  std::vector<std::string> ask_stream(const std::string& bytes, std::size_t answers) {
    std::vector<std::string> out;
    loop_->run_until_done(ask_tcp(loop_.get(), address_, bytes, answers, &out));
    return out;
  }
  AnswerText ask_by_tcp(std::string_view question) {
    const auto answers = ask_stream(framed_for_test(query_message(question)), 1);
    return answers.empty() ? AnswerText{} : read_answer(answers.front());
  }
  // Of a counter, with its one label; 0: there is none.
  std::uint64_t meter(std::string_view name, std::string_view label = {}) const {
    for (const base::MeterFamily& family : meters_.collect()) {
      for (const base::MeterSample& sample : family.samples) {
        if (family.info.name != name || (!label.empty() && sample.labels.front().second != label)) {
          continue;
        }
        if (const auto* count = std::get_if<std::uint64_t>(&sample.value)) {
          return *count;
        }
        if (const auto* counts = std::get_if<base::HistogramCounts>(&sample.value)) {
          return counts->count();
        }
        return static_cast<std::uint64_t>(std::get<std::int64_t>(sample.value));
      }
    }
    return 0;
  }

  std::unique_ptr<io::Loop> loop_ = io::make_loop_for_test(GetParam());
  base::MeterRegistry meters_;
  std::optional<Server> server_;
  base::SocketAddress address_;
};

}  // namespace weft::dns
