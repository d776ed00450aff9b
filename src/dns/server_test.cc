#include "dns/server.h"

#include "dns/server_fixture_for_test.h"
#include "io/cross_loop.h"
#include "io/thread.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::dns {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(Drivers, Serving, testing::ValuesIn(io::real_driver_names_for_test()),
                         [](const auto& test) { return std::string(test.param); });

TEST_P(Serving, BothTransportsAnswerOnOnePort) {
  serve(make_zone_for_test({service_for_test("web", 3)}));
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 3U);
  EXPECT_EQ(ask_by_tcp("web.service.consul A").answer.size(), 3U);
  EXPECT_EQ(ask("nobody.service.consul A").rcode, "NXDOMAIN");
  EXPECT_EQ(ask("example.com A").rcode, "REFUSED");
}

TEST_P(Serving, WhatDoesNotFitADatagramComesByTcp) {
  serve(make_zone_for_test({service_for_test("many", 1000)}));
  EXPECT_EQ(ask("many.service.consul A").flags, "aa tc rd");
  EXPECT_EQ(ask_by_tcp("many.service.consul A").answer.size(), 1000U);
}

TEST_P(Serving, AnotherZoneIsInForceFromTheNextQueryOn) {
  serve(make_zone_for_test({service_for_test("web", 1)}));
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 1U);
  server_->set_zone(make_zone_for_test({service_for_test("web", 2)}));
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 2U);
  EXPECT_TRUE(server_->zones().try_post(make_zone_for_test({service_for_test("web", 3)})));
  EXPECT_TRUE(server_->zones().try_post(make_zone_for_test({service_for_test("web", 4)})));
  loop_->turn_once(loop_->now());
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 4U);
}

TEST_P(Serving, RubbishIsDroppedAndWhatFollowsIsAnswered) {
  serve(make_zone_for_test({service_for_test("web", 1)}));
  auto client = io::DatagramSocket::connect(*loop_, address_);
  ASSERT_TRUE(client);
  EXPECT_TRUE(client->send("rubbish"));
  EXPECT_TRUE(client->send(query_message("web.service.consul A", {.flags = 0x8000})));
  EXPECT_TRUE(client->send(query_message("web.service.consul A").substr(0, 20)));
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 1U);
  std::array<char, 512> room{};
  const auto count = client->receive(room);
  ASSERT_TRUE(count && *count);
  EXPECT_EQ(read_answer({room.data(), **count}).rcode, "FORMERR");
  EXPECT_EQ(*client->receive(room), std::nullopt);
  EXPECT_EQ(meter("weft_dns_dropped_total", "rubbish"), 2U);
}

TEST_P(Serving, ABatchOfQueriesIsAnsweredEachByItself) {
  serve(make_zone_for_test({service_for_test("web", 1)}), {.udp_batch = 4});
  std::vector<io::DatagramSocket> clients;
  for (std::uint16_t i = 0; i < 11; ++i) {
    auto client = io::DatagramSocket::connect(*loop_, address_);
    ASSERT_TRUE(client);
    EXPECT_TRUE(client->send(query_message("web.service.consul A", {.id = i})));
    clients.push_back(std::move(*client));
  }
  EXPECT_EQ(ask("web.service.consul A").answer.size(), 1U);  // the last one
  for (std::uint16_t i = 0; i < 11; ++i) {
    std::array<char, 512> room{};
    const auto count = clients[i].receive(room);
    ASSERT_TRUE(count && *count);
    EXPECT_EQ(read_answer({room.data(), **count}).id, i);
  }
}

TEST_P(Serving, ItCountsWhatItDoes) {
  serve(make_zone_for_test({service_for_test("many", 100)}));
  ask("many.service.consul A");
  ask("many.service.consul A");
  ask_by_tcp("many.service.consul SRV");
  ask("nobody.service.consul MX");
  ask("example.com AAAA");
  ask("many.service.consul A", {.dns_class = 3});
  EXPECT_EQ(meter("weft_dns_queries_total", "A"), 3U);
  EXPECT_EQ(meter("weft_dns_queries_total", "AAAA"), 1U);
  EXPECT_EQ(meter("weft_dns_queries_total", "SRV"), 1U);
  EXPECT_EQ(meter("weft_dns_queries_total", "other"), 1U);
  EXPECT_EQ(meter("weft_dns_answers_total", "NOERROR"), 3U);
  EXPECT_EQ(meter("weft_dns_answers_total", "NXDOMAIN"), 1U);
  EXPECT_EQ(meter("weft_dns_answers_total", "REFUSED"), 1U);
  EXPECT_EQ(meter("weft_dns_answers_total", "NOTIMP"), 1U);
  EXPECT_EQ(meter("weft_dns_truncated_total"), 2U);
  EXPECT_EQ(meter("weft_dns_query_duration_seconds"), 6U);
}

TEST_P(Serving, AnAddressInUseIsRefused) {
  serve(make_zone_for_test({}));
  Server other({.loop = *loop_, .meters = meters_}, {}, make_zone_for_test({}));
  const auto bound = other.listen(address_);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, base::Code::kAddressInUse);
}

TEST_P(Serving, AnAliasIsAnsweredWithItsHostsAddresses) {
  ServiceFacts facts = service_for_test("db", 1);
  facts.instances[0].address = "DB.example.com";
  io::FixedResolver resolver;
  resolver.set("db.example.com", {*base::parse_ip("203.0.113.1"), *base::parse_ip("fd00::1")});
  serve(make_zone_for_test({facts}), {}, &resolver);
  const Texts expected = {"db.service.consul. 0 IN CNAME db.example.com.",
                          "db.example.com. 0 IN A 203.0.113.1"};
  EXPECT_EQ(ask("db.service.consul A").answer, expected);
  EXPECT_EQ(ask_by_tcp("db.service.consul A").answer, expected);
  EXPECT_EQ(ask("db.service.consul CNAME").answer.size(), 1U);
  EXPECT_EQ(resolver.lookups(), 2U);
  resolver.set_failure("db.example.com", base::Code::kTimeout);
  const AnswerText alone = ask("db.service.consul A");
  EXPECT_EQ(alone.rcode, "NOERROR");
  EXPECT_EQ(alone.answer, Texts{expected.front()});
  EXPECT_EQ(meter("weft_dns_queries_total", "A"), 3U);
  EXPECT_EQ(meter("weft_dns_answers_total", "NOERROR"), 4U);
  EXPECT_EQ(meter("weft_dns_forwarded_total", "answered"), 2U);
  EXPECT_EQ(meter("weft_dns_forwarded_total", "failed"), 1U);
}

// The server on a thread of its own, its zones from here.
io::Task<bool> stop_there(Server* server) {
  co_await server->stop();
  co_return true;
}

io::Task<void> stop_server(io::Loop* home, io::Loop* there, io::TaskScope* scope, Server* server) {
  EXPECT_TRUE(co_await io::run_on(*home, *there, *scope, stop_there(server)));
}

TEST(ServerThread, TakesZonesFromAnotherThread) {
  auto made = io::loop_threads(io::DriverKind::kAuto)("dns");
  ASSERT_TRUE(made);
  io::LoopThread& thread = **made;
  base::MeterRegistry meters;
  Server server({.loop = thread.loop(), .meters = meters}, {},
                make_zone_for_test({service_for_test("web", 1)}));
  const auto address = server.listen(*base::parse_socket_address("127.0.0.1:0"));
  ASSERT_TRUE(address);
  thread.start();
  const auto client = io::make_loop_for_test("epoll");
  std::size_t seen = 0;
  for (std::size_t i = 2; i < 20; ++i) {
    EXPECT_TRUE(server.zones().try_post(make_zone_for_test({service_for_test("web", i)})));
    std::string answer;
    client->run_until_done(
        ask_udp(client.get(), *address, query_message("web.service.consul A"), &answer));
    const std::size_t now = read_answer(answer).answer.size();
    EXPECT_GE(now, seen);
    EXPECT_LE(now, i);
    seen = now;
  }
  EXPECT_GT(seen, 1U);
  io::TaskScope there;
  client->run_until_done(stop_server(client.get(), &thread.loop(), &there, &server));
  thread.stop();
}

}  // namespace
}  // namespace weft::dns
