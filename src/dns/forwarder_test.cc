// Names of elsewhere: what recursors say comes back, and what only looks like it does not.
#include "dns/forwarder.h"

#include "dns/server_fixture_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::dns {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

// The recursor is another server of ours, that of example.com.
class Forwarding : public Serving {
 protected:
  void SetUp() override {
    ZoneOptions elsewhere;
    elsewhere.domain = "example.com";
    recursor_.emplace(
        ServerParts{.loop = *loop_, .meters = recursor_meters_}, ServerOptions{},
        make_zone_for_test({service_for_test("web", 2), service_for_test("many", 999)}, {},
                           elsewhere));
    recursor_address_ = *recursor_->listen(*base::parse_socket_address("127.0.0.1:0"));
    options_.forwarder.try_timeout = 5s;
    options_.forwarder.rounds = 1;
  }
  void TearDown() override {
    Serving::TearDown();
    loop_->run_until_done(recursor_->stop());
  }
  void forward_to(std::vector<base::SocketAddress> recursors) {
    options_.forwarder.recursors = std::move(recursors);
    serve(make_zone_for_test({service_for_test("web", 3)}), options_);
  }
  // An address where nobody is.
  base::SocketAddress nobody() {
    auto socket = io::DatagramSocket::bind(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
    return socket->local_address();
  }

  ServerOptions options_;
  base::MeterRegistry recursor_meters_;
  std::optional<Server> recursor_;
  base::SocketAddress recursor_address_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, Forwarding, testing::ValuesIn(io::real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Forwarding, OtherNamesAreAskedAndOursAreNot) {
  forward_to({recursor_address_});
  const AnswerText theirs = ask("web.service.example.com A", {.id = 77});
  EXPECT_EQ(theirs.id, 77);
  EXPECT_EQ(theirs.rcode, "NOERROR");
  EXPECT_EQ(theirs.answer.size(), 2U);
  EXPECT_EQ(ask("nobody.service.example.com A").rcode, "NXDOMAIN");
  EXPECT_EQ(ask_by_tcp("web.service.example.com A").answer.size(), 2U);
  const AnswerText ours = ask("web.service.consul A");
  EXPECT_EQ(ours.answer.size(), 3U);
  EXPECT_EQ(ours.flags, "aa rd ra");
  EXPECT_EQ(meter("weft_dns_forwarded_total", "answered"), 3U);
  EXPECT_EQ(meter("weft_dns_queries_total", "A"), 4U);
  EXPECT_EQ(meter("weft_dns_answers_total", "NOERROR"), 3U);
  EXPECT_EQ(meter("weft_dns_answers_total", "NXDOMAIN"), 1U);
}

TEST_P(Forwarding, ADatagramIsCutAndAStreamGetsTheWhole) {
  forward_to({recursor_address_});
  EXPECT_EQ(ask("many.service.example.com A").flags, "aa tc rd");
  EXPECT_EQ(ask("many.service.example.com A", {.edns_bytes = 4096}).answer.size(), 252U);
  EXPECT_EQ(ask_by_tcp("many.service.example.com A").answer.size(), 999U);
}

TEST_P(Forwarding, WhereNobodyListensTheNextOneIsAsked) {
  forward_to({nobody(), recursor_address_});
  EXPECT_EQ(ask("web.service.example.com A").answer.size(), 2U);
}

TEST_P(Forwarding, WhoRefusesIsNotBelievedBeforeTheOthers) {
  options_.forwarder.rounds = 1;
  ZoneOptions other;
  other.domain = "example.org";
  base::MeterRegistry meters;
  Server refuses({.loop = *loop_, .meters = meters}, {}, make_zone_for_test({}, {}, other));
  const auto address = *refuses.listen(*base::parse_socket_address("127.0.0.1:0"));
  forward_to({address, recursor_address_});
  EXPECT_EQ(ask("web.service.example.com A").answer.size(), 2U);
  EXPECT_EQ(ask("www.example.net A").rcode, "REFUSED");  // by all of them
  loop_->run_until_done(refuses.stop());
}

TEST_P(Forwarding, WithoutAnAnswerItIsAFailure) {
  options_.forwarder.try_timeout = 10ms;
  auto silent = io::DatagramSocket::bind(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  forward_to({silent->local_address(), nobody()});
  const AnswerText answer = ask("web.service.example.com A", {.id = 5, .edns_bytes = 1232});
  EXPECT_EQ(answer.id, 5);
  EXPECT_EQ(answer.rcode, "SERVFAIL");
  EXPECT_EQ(answer.flags, "rd ra");
  EXPECT_TRUE(answer.has_edns);
  EXPECT_EQ(ask_by_tcp("web.service.example.com A").rcode, "SERVFAIL");
  EXPECT_EQ(meter("weft_dns_forwarded_total", "failed"), 2U);
  EXPECT_EQ(meter("weft_dns_answers_total", "SERVFAIL"), 2U);
}

TEST_P(Forwarding, AsManyWaitAsAreAllowed) {
  options_.later_max = 0;
  forward_to({recursor_address_});
  EXPECT_EQ(ask("web.service.example.com A").rcode, "SERVFAIL");
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 3U);
}

// Answers one query three times: with another id, another question, and right.
io::Task<void> answer_wrongly_first(io::DatagramSocket* socket, io::DatagramBatch* batch,
                                    std::uint16_t* id) {
  const auto ready = co_await socket->readable();
  EXPECT_TRUE(ready);
  const auto count = socket->receive(*batch);
  EXPECT_TRUE(count && *count == 1);
  std::string answer(batch->received(0));
  *id = wire::read_u16(answer.data());
  answer[2] = '\x81';
  std::string other_id = answer;
  other_id[1] = static_cast<char>(other_id[1] + 1);
  std::string other_question = answer;
  other_question[13] = 'x';
  std::string no_answer = answer;
  no_answer[2] = '\x01';
  answer[3] = '\x83';  // NXDOMAIN, so that it is told from the others
  for (const std::string& each : {other_id, other_question, no_answer, answer}) {
    EXPECT_TRUE(socket->send(each, batch->path(0)));
  }
}

TEST_P(Forwarding, WhatDoesNotAnswerTheQuestionIsNoAnswer) {
  auto socket = io::DatagramSocket::bind(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  io::DatagramBatch batch({.datagrams = 4});
  forward_to({socket->local_address()});
  std::string answer;
  std::uint16_t id = 0;
  loop_->run_until_done(io::join_both(
      answer_wrongly_first(&*socket, &batch, &id),
      ask_udp(loop_.get(), address_, query_message("WWW.example.com A", {.id = 5}), &answer)));
  EXPECT_EQ(read_answer(answer).rcode, "NXDOMAIN");
  EXPECT_EQ(read_answer(answer).id, 5);
  EXPECT_EQ(read_answer(answer).question, "WWW.example.com. IN A");
}

TEST_P(Forwarding, StopEndsWhatWaits) {
  auto silent = io::DatagramSocket::bind(*loop_, *base::parse_socket_address("127.0.0.1:0"), {});
  forward_to({silent->local_address()});
  auto client = io::DatagramSocket::connect(*loop_, address_);
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->send(query_message("www.example.com A")));
  while (meter("weft_dns_queries_total", "A") == 0) {
    loop_->turn_once(loop_->now() + 10ms);
  }
  loop_->run_until_done(server_->stop());
  std::array<char, 512> room{};
  EXPECT_EQ(*client->receive(room), std::nullopt);
}

}  // namespace
}  // namespace weft::dns
