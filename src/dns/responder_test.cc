// Every row and sentence of contract/consul.md §8 that is about a single answer.
#include "dns/responder.h"

#include "dns/dns_answer_for_test.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weft::dns {
namespace {

using namespace std::string_literals;
using Texts = std::vector<std::string>;

constexpr const char* kSoaForTest =
    "consul. 0 IN SOA ns.consul. hostmaster.consul. 7 3600 600 86400 0";

ZoneOptions options_for_responder() {
  ZoneOptions options;
  options.node_name = "n1";
  options.node_ttl = base::Seconds(3);
  options.service_ttl = {{"*", base::Seconds(5)}, {"web", base::Seconds(1)}};
  return options;
}

InstanceFacts instance_at(std::string address, std::uint16_t port, std::vector<std::string> tags) {
  InstanceFacts out;
  out.id = base::concat({address, ":", std::to_string(port)});
  out.address = std::move(address);
  out.port = port;
  out.tags = std::move(tags);
  out.node = "n1";
  out.node_address = "192.168.0.1";
  return out;
}

// web: own addresses of both families, one of its node, one unhealthy. Others for one rule each.
std::vector<ServiceFacts> services_for_responder() {
  ServiceFacts web{.name = "Web",
                   .instances = {instance_at("10.0.0.1", 80, {"v1", "Primary"}),
                                 instance_at("fd00::1", 81, {"v1"}), instance_at("", 82, {"v2"}),
                                 instance_at("10.0.0.4", 83, {"v3"})}};
  web.instances[0].weight_passing = 10;
  web.instances[3].health = InstanceHealth::kCritical;
  ServiceFacts ill{.name = "ill", .instances = {instance_at("10.0.1.1", 80, {})}};
  ill.instances[0].health = InstanceHealth::kCritical;
  ServiceFacts tired{
      .name = "tired",
      .instances = {instance_at("10.0.2.1", 80, {}), instance_at("10.0.2.2", 80, {})}};
  tired.instances[1].health = InstanceHealth::kWarning;
  tired.instances[1].weight_warning = 2;
  ServiceFacts host{.name = "host", .instances = {instance_at("DB.example.com", 5432, {})}};
  ServiceFacts dotted{.name = "pay.api", .instances = {instance_at("10.0.3.1", 80, {"v1.2"})}};
  ServiceFacts inner{.name = "inner", .instances = {instance_at("n1.node.consul", 80, {})}};
  ServiceFacts same{.name = "same",
                    .instances = {instance_at("10.0.4.1", 80, {}), instance_at("10.0.4.1", 81, {}),
                                  instance_at("10.0.4.1", 81, {})}};
  same.instances[2].id = "again";
  return {web, ill, tired, host, dotted, inner, same};
}

std::vector<NodeFacts> nodes_for_responder() {
  return {{.name = "n1", .address = "192.168.0.1", .meta = {{"rack", "7"}, {"empty", ""}}},
          {.name = "web-1.Rack", .address = "fd00::9", .meta = {}},
          {.name = "far", .address = "far.example.com", .meta = {}}};
}

const std::string kWebA1 = "web.service.consul. 1 IN A 10.0.0.1";
const std::string kWebA2 = "web.service.consul. 1 IN A 192.168.0.1";
const std::string kWebAaaa = "web.service.consul. 1 IN AAAA fd00::1";
const Texts kWebTargets = {"0a000001.addr.dc1.consul. 1 IN A 10.0.0.1",
                           "fd000000000000000000000000000001.addr.dc1.consul. 1 IN AAAA fd00::1",
                           "n1.node.dc1.consul. 1 IN A 192.168.0.1"};

struct Expected {
  const char* question;
  const char* rcode;
  Texts answer;
  Texts additional = {};
};

class Responding : public testing::Test {
 protected:
  void use(const ZoneOptions& options) {
    zone_ = make_zone_for_test(services_for_responder(), nodes_for_responder(), options);
  }
  Reply reply_to(const std::string& message, const RespondOptions& how = {}) {
    return responder_.respond(message, *zone_, how, room_);
  }
  AnswerText ask(std::string_view question, const QueryForTest& query = {},
                 const RespondOptions& how = {}) {
    const Reply reply = reply_to(query_message(question, query), how);
    EXPECT_EQ(reply.action, Reply::Action::kAnswer);
    return read_answer({room_.data(), reply.bytes});
  }

  // Every answer carries AA; without records there is the SOA.
  void expect(const std::vector<Expected>& rows) {
    for (const Expected& row : rows) {
      SCOPED_TRACE(row.question);
      const AnswerText answer = ask(row.question, {}, {.transport = Transport::kTcp});
      EXPECT_EQ(answer.rcode, row.rcode);
      EXPECT_EQ(answer.flags, "aa rd");
      EXPECT_EQ(sorted(answer.answer), row.answer);
      EXPECT_EQ(sorted(answer.additional), row.additional);
      EXPECT_EQ(answer.authority, row.answer.empty() ? Texts{kSoaForTest} : Texts{});
    }
  }

  std::shared_ptr<const Zone> zone_ =
      make_zone_for_test(services_for_responder(), nodes_for_responder(), options_for_responder());
  base::Random random_{1};
  Responder responder_{random_};
  std::vector<char> room_ = std::vector<char>(kTcpAnswerBytesMax);
};

// [tag.]NAME.service[.DC].consul
TEST_F(Responding, AServiceIsFoundByNameTagAndDatacenter) {
  expect({
      {"web.service.consul A", "NOERROR", {kWebA1, kWebA2}},
      {"web.service.consul AAAA", "NOERROR", {kWebAaaa}},
      {"web.service.consul ANY", "NOERROR", {kWebA1, kWebA2, kWebAaaa}},
      {"web.service.dc1.consul AAAA", "NOERROR", {"web.service.dc1.consul. 1 IN AAAA fd00::1"}},
      {"web.service.consul SRV",
       "NOERROR",
       {"web.service.consul. 1 IN SRV 1 1 81 fd000000000000000000000000000001.addr.dc1.consul.",
        "web.service.consul. 1 IN SRV 1 1 82 n1.node.dc1.consul.",
        "web.service.consul. 1 IN SRV 1 10 80 0a000001.addr.dc1.consul."},
       kWebTargets},
      {"v1.web.service.consul A", "NOERROR", {"v1.web.service.consul. 1 IN A 10.0.0.1"}},
      {"primary.web.service.dc1.consul SRV",
       "NOERROR",
       {"primary.web.service.dc1.consul. 1 IN SRV 1 10 80 0a000001.addr.dc1.consul."},
       {"0a000001.addr.dc1.consul. 1 IN A 10.0.0.1"}},
      {"v2.web.service.consul A", "NOERROR", {"v2.web.service.consul. 1 IN A 192.168.0.1"}},
      {"v2.web.service.consul AAAA", "NOERROR", {}},
      {"v3.web.service.consul A", "NXDOMAIN", {}},  // its only instance is critical
      {"v9.web.service.consul A", "NXDOMAIN", {}},
      {"pay.api.service.consul A", "NOERROR", {"pay.api.service.consul. 5 IN A 10.0.3.1"}},
      {"v1.2.pay.api.service.consul A",
       "NOERROR",
       {"v1.2.pay.api.service.consul. 5 IN A 10.0.3.1"}},
      {"same.service.consul A", "NOERROR", {"same.service.consul. 5 IN A 10.0.4.1"}},
      {"same.service.consul SRV",
       "NOERROR",
       {"same.service.consul. 5 IN SRV 1 1 80 0a000401.addr.dc1.consul.",
        "same.service.consul. 5 IN SRV 1 1 81 0a000401.addr.dc1.consul."},
       {"0a000401.addr.dc1.consul. 5 IN A 10.0.4.1"}},
  });
}

// RFC 2782
TEST_F(Responding, AServiceIsFoundAsRfc2782NamesIt) {
  expect({
      {"_web._tcp.service.consul A",
       "NOERROR",
       {"_web._tcp.service.consul. 1 IN A 10.0.0.1",
        "_web._tcp.service.consul. 1 IN A 192.168.0.1"}},
      {"_web._udp.dc1.consul AAAA", "NOERROR", {"_web._udp.dc1.consul. 1 IN AAAA fd00::1"}},
      {"_web._primary.consul SRV",
       "NOERROR",
       {"_web._primary.consul. 1 IN SRV 1 10 80 0a000001.addr.dc1.consul."},
       {"0a000001.addr.dc1.consul. 1 IN A 10.0.0.1"}},
      {"_web._v2.service.dc1.consul SRV",
       "NOERROR",
       {"_web._v2.service.dc1.consul. 1 IN SRV 1 1 82 n1.node.dc1.consul."},
       {"n1.node.dc1.consul. 1 IN A 192.168.0.1"}},
      {"_web._v9.service.consul SRV", "NXDOMAIN", {}},
      {"_nobody._tcp.service.consul SRV", "NXDOMAIN", {}},
  });
}

// NODE.node[.DC].consul
TEST_F(Responding, ANodeHasItsAddressAndItsMetaData) {
  expect({
      {"n1.node.consul A", "NOERROR", {"n1.node.consul. 3 IN A 192.168.0.1"}},
      {"n1.node.dc1.consul ANY", "NOERROR", {"n1.node.dc1.consul. 3 IN A 192.168.0.1"}},
      {"n1.node.consul AAAA", "NOERROR", {}},
      {"n1.node.consul TXT",
       "NOERROR",
       {"n1.node.consul. 3 IN TXT \"empty=\"", "n1.node.consul. 3 IN TXT \"rack=7\""}},
      {"web-1.rack.node.consul AAAA", "NOERROR", {"web-1.rack.node.consul. 3 IN AAAA fd00::9"}},
      {"web-1.rack.node.consul TXT", "NOERROR", {}},
      {"far.node.consul A", "NOERROR", {"far.node.consul. 3 IN CNAME far.example.com."}},
      {"nobody.node.consul A", "NXDOMAIN", {}},
  });
}

// HEX.addr.DC.consul
TEST_F(Responding, AnAddressIsItsOwnAnswer) {
  expect({
      {"0a000001.addr.dc1.consul A", "NOERROR", {"0a000001.addr.dc1.consul. 3 IN A 10.0.0.1"}},
      {"0a000001.addr.dc1.consul ANY", "NOERROR", {"0a000001.addr.dc1.consul. 3 IN A 10.0.0.1"}},
      {"0a000001.addr.dc1.consul AAAA", "NOERROR", {}},
      {"fd000000000000000000000000000001.addr.dc1.consul AAAA",
       "NOERROR",
       {"fd000000000000000000000000000001.addr.dc1.consul. 3 IN AAAA fd00::1"}},
      {"00000000000000000000ffff0a000001.addr.dc1.consul AAAA",
       "NOERROR",
       {"00000000000000000000ffff0a000001.addr.dc1.consul. 3 IN AAAA ::ffff:10.0.0.1"}},
      {"fd000000000000000000000000000001.addr.dc1.consul A", "NOERROR", {}},
      {"0a00000.addr.dc1.consul A", "NXDOMAIN", {}},
      {"0a00000g.addr.dc1.consul A", "NXDOMAIN", {}},
      {"x.0a000001.addr.dc1.consul A", "NXDOMAIN", {}},
  });
}

// The domain itself
TEST_F(Responding, TheDomainHasItsServers) {
  expect({
      {"consul SOA", "NOERROR", {kSoaForTest}},
      {"consul NS",
       "NOERROR",
       {"consul. 3 IN NS n1.node.dc1.consul."},
       {"n1.node.dc1.consul. 3 IN A 192.168.0.1"}},
      {"consul A", "NOERROR", {}},
  });
}

// Addresses
TEST_F(Responding, AnAddressHasANameWhenSomebodyHasIt) {
  expect({
      {"1.0.168.192.in-addr.arpa PTR",
       "NOERROR",
       {"1.0.168.192.in-addr.arpa. 0 IN PTR n1.node.dc1.consul."}},
      {"1.0.0.10.in-addr.arpa PTR",
       "NOERROR",
       {"1.0.0.10.in-addr.arpa. 0 IN PTR web.service.consul."}},
      {"9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa PTR",
       "NOERROR",
       {"9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 0 IN PTR "
        "web-1.rack.node.dc1.consul."}},
      {"1.0.0.10.in-addr.arpa A", "NOERROR", {}},
      {"9.9.9.9.in-addr.arpa PTR", "NXDOMAIN", {}},
      {"4.0.0.10.in-addr.arpa PTR", "NXDOMAIN", {}},  // critical: nobody is there
  });
}

// What is not there
TEST_F(Responding, WhatIsNotThereIsToldSo) {
  expect({
      {"nobody.service.consul A", "NXDOMAIN", {}},
      {"ill.service.consul A", "NXDOMAIN", {}},
      {"ill.service.consul SRV", "NXDOMAIN", {}},
      {"web.service.dc2.consul A", "NXDOMAIN", {}},
      {"n1.node.dc2.consul A", "NXDOMAIN", {}},
      {"_web._tcp.dc2.consul SRV", "NXDOMAIN", {}},
      {"web.query.consul A", "NXDOMAIN", {}},
      {"web.consul A", "NXDOMAIN", {}},
      {"web.service.consul MX", "NOERROR", {}},
      {"web.service.consul CNAME", "NOERROR", {}},
  });
}

// Names between: there is something below them (RFC 8020).
TEST_F(Responding, NamesBetweenExistAndHaveNothing) {
  expect({
      {"service.consul A", "NOERROR", {}},
      {"node.dc1.consul NS", "NOERROR", {}},
      {"dc1.consul A", "NOERROR", {}},
      {"addr.dc1.consul A", "NOERROR", {}},
  });
}

TEST_F(Responding, OtherNamesAreRefusedUnlessThereAreRecursors) {
  for (const char* question :
       {"example.com A", "web.service.consulx A", "xconsul A", ". NS", "0.10.in-addr.arpa PTR",
        "x.1.0.0.10.in-addr.arpa PTR", "01.0.0.10.in-addr.arpa PTR", "256.0.0.10.in-addr.arpa PTR",
        "arpa NS"}) {
    SCOPED_TRACE(question);
    const AnswerText refused = ask(question);
    EXPECT_EQ(refused.rcode, "REFUSED");
    EXPECT_EQ(refused.flags, "rd");
    EXPECT_EQ(refused.answer.size() + refused.authority.size() + refused.additional.size(), 0U);
    EXPECT_EQ(reply_to(query_message(question), {.has_recursors = true}).action,
              Reply::Action::kForward);
  }
  // Of addresses only those of nobody we know.
  EXPECT_EQ(reply_to(query_message("9.9.9.9.in-addr.arpa PTR"), {.has_recursors = true}).action,
            Reply::Action::kForward);
  EXPECT_EQ(ask("1.0.0.10.in-addr.arpa PTR", {}, {.has_recursors = true}).flags, "aa rd ra");
}

TEST_F(Responding, RecursionIsAvailableOnlyWithRecursors) {
  EXPECT_EQ(ask("web.service.consul A").flags, "aa rd");
  EXPECT_EQ(ask("web.service.consul A", {.flags = 0}).flags, "aa");
  EXPECT_EQ(ask("web.service.consul A", {}, {.has_recursors = true}).flags, "aa rd ra");
}

TEST_F(Responding, TransfersAreRefused) {
  for (const char* question : {"consul AXFR", "consul IXFR", "example.com AXFR"}) {
    EXPECT_EQ(ask(question, {}, {.has_recursors = true}).rcode, "REFUSED");
  }
}

TEST_F(Responding, NamesHaveNoCaseAndTheAnswerHasThatOfTheQuestion) {
  const AnswerText answer = ask("v1.wEb.SeRvIcE.CONSUL A");
  EXPECT_EQ(answer.question, "v1.wEb.SeRvIcE.CONSUL. IN A");
  EXPECT_EQ(answer.answer, Texts{"v1.wEb.SeRvIcE.CONSUL. 1 IN A 10.0.0.1"});
  EXPECT_EQ(ask("nobody.Service.Consul A").authority.front().substr(0, 14), "Consul. 0 IN S");
  EXPECT_EQ(ask("0A000001.ADDR.DC1.CONSUL A").answer.size(), 1U);
  EXPECT_EQ(ask("1.0.0.10.IN-ADDR.ARPA PTR").answer.size(), 1U);
}

TEST_F(Responding, AnotherDomainNamesTheSame) {
  EXPECT_EQ(ask("v1.web.service.weft A").answer, Texts{"v1.web.service.weft. 1 IN A 10.0.0.1"});
  const AnswerText srv = ask("web.service.weft SRV", {}, {.transport = Transport::kTcp});
  EXPECT_EQ(sorted(srv.answer),
            (Texts{"web.service.weft. 1 IN SRV 1 1 81 "
                   "fd000000000000000000000000000001.addr.dc1.weft.",
                   "web.service.weft. 1 IN SRV 1 1 82 n1.node.dc1.weft.",
                   "web.service.weft. 1 IN SRV 1 10 80 0a000001.addr.dc1.weft."}));
  EXPECT_EQ(sorted(srv.additional),
            (Texts{"0a000001.addr.dc1.weft. 1 IN A 10.0.0.1",
                   "fd000000000000000000000000000001.addr.dc1.weft. 1 IN AAAA fd00::1",
                   "n1.node.dc1.weft. 1 IN A 192.168.0.1"}));
  EXPECT_EQ(ask("weft NS").answer, Texts{"weft. 3 IN NS n1.node.dc1.weft."});
  EXPECT_EQ(ask("nobody.service.weft A").authority,
            Texts{"weft. 0 IN SOA ns.weft. hostmaster.weft. 7 3600 600 86400 0"});
  ZoneOptions options = options_for_responder();
  options.alt_domain = "";
  use(options);
  EXPECT_EQ(ask("web.service.weft A").rcode, "REFUSED");
}

TEST_F(Responding, ADomainMayHaveSeveralLabels) {
  ZoneOptions options = options_for_responder();
  options.domain = "mesh.example.com";
  options.datacenter = "EU";
  use(options);
  EXPECT_EQ(ask("primary.web.service.eu.mesh.example.com SRV").answer,
            Texts{"primary.web.service.eu.mesh.example.com. 1 IN SRV 1 10 80 "
                  "0a000001.addr.eu.mesh.example.com."});
  EXPECT_EQ(ask("example.com A").rcode, "REFUSED");
  EXPECT_EQ(ask("web.service.consul A").rcode, "REFUSED");
}

TEST_F(Responding, InstancesThatWarnAreAnsweredOnlyWhenAskedFor) {
  EXPECT_EQ(ask("tired.service.consul A").answer, Texts{"tired.service.consul. 5 IN A 10.0.2.1"});
  ZoneOptions options = options_for_responder();
  options.only_passing = false;
  use(options);
  EXPECT_EQ(
      sorted(ask("tired.service.consul A").answer),
      (Texts{"tired.service.consul. 5 IN A 10.0.2.1", "tired.service.consul. 5 IN A 10.0.2.2"}));
  EXPECT_EQ(sorted(ask("tired.service.consul SRV").answer).back(),
            "tired.service.consul. 5 IN SRV 1 2 80 0a000202.addr.dc1.consul.");
  EXPECT_EQ(ask("ill.service.consul A").rcode, "NXDOMAIN");
}

TEST_F(Responding, AHostNameIsAnAlias) {
  for (const char* type : {"A", "AAAA", "ANY", "CNAME"}) {
    SCOPED_TRACE(type);
    const AnswerText answer = ask("host.service.consul "s + type);
    EXPECT_EQ(answer.answer, Texts{"host.service.consul. 5 IN CNAME db.example.com."});
    EXPECT_TRUE(answer.authority.empty());
  }
  EXPECT_TRUE(ask("host.service.consul TXT").answer.empty());
  const AnswerText srv = ask("host.service.consul SRV");
  EXPECT_EQ(srv.answer, Texts{"host.service.consul. 5 IN SRV 1 1 5432 db.example.com."});
  EXPECT_TRUE(srv.additional.empty());
}

TEST_F(Responding, TheAddressesOfAnAliasAreAddedWhenTheyAreKnown) {
  const std::string message = query_message("host.service.consul A");
  const Reply first = reply_to(message);
  EXPECT_EQ(first.host,
            "\x02"
            "db\x07"
            "example\x03"
            "com\0"s);
  EXPECT_EQ(reply_to(query_message("host.service.consul CNAME")).host, "");
  EXPECT_EQ(reply_to(query_message("host.service.consul SRV")).host, "");
  EXPECT_EQ(reply_to(query_message("web.service.consul A")).host, "");
  const std::vector<base::IpAddress> addresses = {*base::parse_ip("203.0.113.5"),
                                                  *base::parse_ip("2001:db8::5")};
  const ResolvedHost resolved{.name = first.host, .addresses = addresses};
  const AnswerText answer = ask("host.service.consul A", {}, {.resolved = &resolved});
  EXPECT_EQ(answer.answer, (Texts{"host.service.consul. 5 IN CNAME db.example.com.",
                                  "db.example.com. 0 IN A 203.0.113.5"}));
  EXPECT_EQ(ask("host.service.consul ANY", {}, {.resolved = &resolved}).answer.size(), 3U);
}

TEST_F(Responding, AnAliasOfOurOwnIsFollowed) {
  EXPECT_EQ(ask("inner.service.consul A").answer,
            (Texts{"inner.service.consul. 5 IN CNAME n1.node.consul.",
                   "n1.node.consul. 3 IN A 192.168.0.1"}));
  const auto loop = [](std::string name, std::string address) {
    return ServiceFacts{.name = std::move(name),
                        .instances = {instance_at(std::move(address), 1, {})}};
  };
  zone_ = make_zone_for_test({loop("a", "b.service.consul"), loop("b", "a.service.consul"),
                              loop("lost", "nobody.service.consul")});
  EXPECT_EQ(ask("a.service.consul A").answer,
            (Texts{"a.service.consul. 0 IN CNAME b.service.consul.",
                   "b.service.consul. 0 IN CNAME a.service.consul.",
                   "a.service.consul. 0 IN CNAME b.service.consul.",
                   "b.service.consul. 0 IN CNAME a.service.consul."}));
  EXPECT_EQ(ask("lost.service.consul A").answer,
            Texts{"lost.service.consul. 0 IN CNAME nobody.service.consul."});
}

TEST_F(Responding, AMixOfAddressesAndHostsIsAnsweredByEitherEachAsOften) {
  ServiceFacts mixed = service_for_test("mixed", 2);
  mixed.instances.push_back(instance_at("one.example.com", 80, {}));
  mixed.instances.push_back(instance_at("two.example.com", 80, {}));
  zone_ = make_zone_for_test({mixed});
  std::map<std::string, int> seen;
  for (int i = 0; i < 400; ++i) {
    const AnswerText answer = ask("mixed.service.consul A");
    ++seen[answer.answer.size() == 2 ? "addresses" : answer.answer.front()];
  }
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_GT(seen["addresses"], 150);
  EXPECT_GT(seen["mixed.service.consul. 0 IN CNAME one.example.com."], 60);
  EXPECT_GT(seen["mixed.service.consul. 0 IN CNAME two.example.com."], 60);
  EXPECT_EQ(ask("mixed.service.consul SRV").answer.size(), 4U);
}

TEST_F(Responding, TheOrderIsRandomAndEveryInstanceComesFirstAsOften) {
  zone_ = make_zone_for_test({service_for_test("four", 4)});
  for (const char* type : {"A", "SRV"}) {
    std::map<std::string, int> first;
    std::set<Texts> orders;
    for (int i = 0; i < 2400; ++i) {
      const AnswerText answer = ask("four.service.consul "s + type);
      ASSERT_EQ(std::set(answer.answer.begin(), answer.answer.end()).size(), 4U);
      ++first[answer.answer.front()];
      orders.insert(answer.answer);
    }
    EXPECT_EQ(orders.size(), 24U);
    for (const auto& [text, count] : first) {
      EXPECT_NEAR(count, 600, 120) << text;
    }
  }
}

TEST_F(Responding, ByUdp512BytesAreNotPassedAndTcSaysThatMoreIsThere) {
  zone_ = make_zone_for_test({service_for_test("many", 100)});
  const AnswerText answer = ask("many.service.consul A");
  EXPECT_EQ(answer.flags, "aa tc rd");
  // 512 - header 12 - question 25, 16 each.
  EXPECT_EQ(answer.answer.size(), 29U);
  EXPECT_EQ(std::set(answer.answer.begin(), answer.answer.end()).size(), 29U);
  EXPECT_LE(reply_to(query_message("many.service.consul A")).bytes, 512U);
  EXPECT_TRUE(reply_to(query_message("many.service.consul A")).is_truncated);
}

TEST_F(Responding, WithEdnsAsMuchIsSentAsWasOfferedUpTo4096Bytes) {
  zone_ = make_zone_for_test({service_for_test("many", 1000)});
  const std::vector<std::pair<std::uint16_t, std::size_t>> rows = {
      {1, 512}, {512, 512}, {1232, 1232}, {4096, 4096}, {65535, 4096}};
  for (const auto& [offered, most] : rows) {
    const std::string message = query_message("many.service.consul A", {.edns_bytes = offered});
    const Reply reply = reply_to(message);
    EXPECT_LE(reply.bytes, most);
    EXPECT_GT(reply.bytes + 16, most);
    const AnswerText answer = read_answer({room_.data(), reply.bytes});
    EXPECT_TRUE(answer.has_edns);
    EXPECT_EQ(answer.edns_bytes, most);
    EXPECT_EQ(answer.flags, "aa tc rd");
  }
}

TEST_F(Responding, ByTcpAnAnswerIsWholeUpTo64KiB) {
  zone_ = make_zone_for_test({service_for_test("many", 4000), service_for_test("more", 5000)});
  const AnswerText whole = ask("many.service.consul A", {}, {.transport = Transport::kTcp});
  EXPECT_EQ(whole.answer.size(), 4000U);
  EXPECT_EQ(whole.flags, "aa rd");
  const AnswerText cut = ask("more.service.consul A", {}, {.transport = Transport::kTcp});
  EXPECT_EQ(cut.answer.size(), (65535U - 12 - 25) / 16);
  EXPECT_EQ(cut.flags, "aa tc rd");
}

TEST_F(Responding, TheAdditionalSectionIsCutFirst) {
  zone_ = make_zone_for_test({service_for_test("ten", 10)});
  const AnswerText small = ask("ten.service.consul SRV");
  EXPECT_EQ(small.answer.size(), 10U);
  EXPECT_EQ(small.additional.size(), 2U);
  EXPECT_EQ(small.flags, "aa tc rd");
  const AnswerText large = ask("ten.service.consul SRV", {.edns_bytes = 1232});
  EXPECT_EQ(large.answer.size(), 10U);
  EXPECT_EQ(large.additional.size(), 10U);
  EXPECT_EQ(large.flags, "aa rd");
  zone_ = make_zone_for_test({service_for_test("twenty", 20)});
  const AnswerText cut = ask("twenty.service.consul SRV");
  EXPECT_EQ(cut.answer.size(), 10U);
  EXPECT_TRUE(cut.additional.empty());
}

TEST_F(Responding, TargetsBeyondTheReachOfPointersAreNamedInFull) {
  zone_ = make_zone_for_test({service_for_test("many", 1000)});
  for (const char* question : {"many.service.consul SRV", "many.service.weft SRV"}) {
    const AnswerText answer = ask(question, {}, {.transport = Transport::kTcp});
    ASSERT_EQ(answer.answer.size(), 1000U);
    std::set<std::string> targets;
    for (const std::string& text : answer.answer) {
      targets.insert(text.substr(text.rfind(' ') + 1));
    }
    EXPECT_GT(answer.additional.size(), 400U);
    for (const std::string& text : answer.additional) {
      EXPECT_TRUE(targets.contains(text.substr(0, text.find(' ')))) << text;
    }
  }
}

TEST_F(Responding, WithTruncationOffTcStaysClear) {
  ZoneOptions options;
  options.enable_truncate = false;
  zone_ = make_zone_for_test({service_for_test("many", 100)}, {}, options);
  const AnswerText answer = ask("many.service.consul A");
  EXPECT_EQ(answer.answer.size(), 29U);
  EXPECT_EQ(answer.flags, "aa rd");
}

TEST_F(Responding, ALimitOfAddressesHoldsForAllAndSaysNothing) {
  ZoneOptions options;
  options.a_record_limit = 3;
  zone_ = make_zone_for_test({service_for_test("ten", 10)}, {}, options);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const AnswerText answer = ask("ten.service.consul A", {}, {.transport = Transport::kTcp});
    EXPECT_EQ(answer.answer.size(), 3U);
    EXPECT_EQ(answer.flags, "aa rd");
    seen.insert(answer.answer.begin(), answer.answer.end());
  }
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(ask("ten.service.consul SRV", {.edns_bytes = 1232}).answer.size(), 10U);
}

TEST_F(Responding, ALimitOfUdpAnswersHoldsForThoseWhoTake512Bytes) {
  ZoneOptions options;
  options.udp_answer_limit = 3;
  zone_ = make_zone_for_test({service_for_test("ten", 10)}, {}, options);
  for (const char* question : {"ten.service.consul A", "ten.service.consul SRV"}) {
    const AnswerText small = ask(question);
    EXPECT_EQ(small.answer.size(), 3U);
    EXPECT_EQ(small.flags, "aa tc rd");
    EXPECT_EQ(ask(question, {.edns_bytes = 1232}).answer.size(), 10U);
    EXPECT_EQ(ask(question, {}, {.transport = Transport::kTcp}).answer.size(), 10U);
  }
}

TEST_F(Responding, EdnsIsAnsweredOnlyWhenItWasSpoken) {
  EXPECT_FALSE(ask("web.service.consul A").has_edns);
  const AnswerText answer =
      ask("nobody.service.consul A", {.edns_bytes = 1400, .wants_dnssec = true});
  EXPECT_TRUE(answer.has_edns);
  EXPECT_EQ(answer.edns_bytes, 1400);
  EXPECT_TRUE(answer.wants_dnssec);
  EXPECT_TRUE(ask("example.com A", {.edns_bytes = 1400}).has_edns);
}

TEST_F(Responding, AnUnknownVersionOfEdnsIsToldSo) {
  std::string message = query_message("web.service.consul A", {.edns_bytes = 1232});
  message[message.size() - 5] = '\x01';
  const Reply reply = reply_to(message);
  const AnswerText answer = read_answer({room_.data(), reply.bytes});
  EXPECT_EQ(reply.rcode, wire::DnsRcode::kBadVers);
  EXPECT_EQ(answer.edns_rcode, 1);  // the upper half of 16
  EXPECT_EQ(answer.rcode, "NOERROR");
  EXPECT_TRUE(answer.answer.empty());
}

TEST_F(Responding, OtherClassesAndOpcodesAreNotImplemented) {
  EXPECT_EQ(ask("version.bind TXT", {.dns_class = 3}).rcode, "NOTIMPL");
  EXPECT_EQ(ask("web.service.consul A", {.dns_class = 3}).rcode, "NOTIMPL");
  EXPECT_EQ(ask("v1.web.service.consul A", {.dns_class = 255}).answer,
            Texts{"v1.web.service.consul. 1 IN A 10.0.0.1"});
  const AnswerText notify = ask("consul SOA", {.flags = 4 << 11});
  EXPECT_EQ(notify.rcode, "NOTIMPL");
  EXPECT_EQ(notify.flags, "");
  EXPECT_EQ(notify.id, 0x1234);
}

TEST_F(Responding, AMalformedQueryIsToldSoAndRubbishIsDropped) {
  const std::string whole = query_message("web.service.consul A");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Reply reply = reply_to(whole.substr(0, size));
    EXPECT_EQ(reply.action, size < 12 ? Reply::Action::kDrop : Reply::Action::kAnswer);
    if (size >= 12) {
      EXPECT_EQ(read_answer({room_.data(), reply.bytes}).rcode, "FORMERR");
    }
  }
  EXPECT_EQ(reply_to(query_message("web.service.consul A", {.flags = 0x8180})).action,
            Reply::Action::kDrop);
}

TEST_F(Responding, AServiceWithoutANodeNameForDnsIsToldByItsAddress) {
  ServiceFacts facts{.name = "odd", .instances = {instance_at("", 80, {})}};
  facts.instances[0].node = "no..name";
  zone_ = make_zone_for_test({facts});
  EXPECT_EQ(ask("odd.service.consul SRV").answer,
            Texts{"odd.service.consul. 0 IN SRV 1 1 80 c0a80001.addr.dc1.consul."});
}

TEST_F(Responding, APartOfTheInstancesIsShuffledAndLimitedLikeTheWhole) {
  ServiceFacts facts = service_for_test("many", 60);
  for (std::size_t i = 0; i < 30; ++i) {
    facts.instances[i].tags = {"half"};
    facts.instances[i + 30].address = base::concat({"fd00::", std::to_string(100 + i)});
    facts.instances[i + 30].tags = {"other"};
  }
  zone_ = make_zone_for_test({facts});
  const RespondOptions tcp{.transport = Transport::kTcp};
  const AnswerText a = ask("half.many.service.consul ANY", {}, tcp);
  EXPECT_EQ(std::set(a.answer.begin(), a.answer.end()).size(), 30U);
  EXPECT_NE(a.answer.front().find(" IN A "), std::string::npos);
  const AnswerText aaaa = ask("other.many.service.consul ANY", {}, tcp);
  EXPECT_EQ(std::set(aaaa.answer.begin(), aaaa.answer.end()).size(), 30U);
  EXPECT_NE(aaaa.answer.front().find(" IN AAAA "), std::string::npos);
  EXPECT_EQ(ask("many.service.consul ANY", {}, tcp).answer.size(), 60U);
  const AnswerText srv = ask("other.many.service.consul SRV", {}, tcp);
  EXPECT_EQ(srv.answer.size(), 30U);
  EXPECT_EQ(srv.additional.size(), 30U);
  EXPECT_NE(srv.additional.front().find(" IN AAAA "), std::string::npos);
}

// Services of more instances than a shard holds.
TEST_F(Responding, RecordsThatSeveralShardsHaveAreToldOnce) {
  ServiceFacts facts = service_for_test("crowd", 1000);
  for (std::size_t i = 0; i < facts.instances.size(); ++i) {
    InstanceFacts& instance = facts.instances[i];
    instance.address = "10.0.0." + std::to_string(i % 5);
    instance.port = static_cast<std::uint16_t>(i % 500);
    instance.tags = {i % 5 == 0 ? "zero" : "other"};
  }
  zone_ = make_zone_for_test({facts});
  const RespondOptions tcp{.transport = Transport::kTcp};
  ASSERT_EQ(ask("crowd.service.consul A").answer.size(), 5U);
  EXPECT_EQ(ask("crowd.service.consul A").flags, "aa rd");
  EXPECT_EQ(ask("zero.crowd.service.consul A").answer.size(), 1U);
  EXPECT_EQ(ask("none.crowd.service.consul A").rcode, "NXDOMAIN");
  const AnswerText srv = ask("crowd.service.consul SRV", {}, tcp);
  EXPECT_EQ(srv.answer.size(), 500U);
  EXPECT_EQ(std::set(srv.answer.begin(), srv.answer.end()).size(), 500U);
  EXPECT_EQ(srv.additional.size(), 5U);
  EXPECT_EQ(ask("zero.crowd.service.consul SRV", {}, tcp).answer.size(), 100U);
}

TEST_F(Responding, ACrowdIsPickedFromEvenly) {
  ServiceFacts facts = service_for_test("crowd", 1000);
  for (std::size_t i = 0; i < 300; ++i) {
    facts.instances[i].address = "fd00::" + std::to_string(1000 + i);
  }
  zone_ = make_zone_for_test({facts});
  std::map<std::string, int> seen;
  for (int i = 0; i < 2000; ++i) {
    const AnswerText answer = ask("crowd.service.consul A");
    EXPECT_EQ(answer.answer.size(), 29U);
    for (const std::string& text : answer.answer) {
      ++seen[text];
    }
  }
  EXPECT_EQ(seen.size(), 700U);  // 83 times each, about
  for (const auto& [text, count] : seen) {
    EXPECT_GT(count, 40) << text;
    EXPECT_LT(count, 130) << text;
  }
  EXPECT_EQ(ask("crowd.service.consul ANY", {}, {.transport = Transport::kTcp}).answer.size(),
            1000U);
}

TEST_F(Responding, AHostOfACrowdIsFoundAgain) {
  ServiceFacts facts = service_for_test("crowd", 300);
  for (InstanceFacts& instance : facts.instances) {
    instance.address = "h" + instance.id + ".example.com";
  }
  zone_ = make_zone_for_test({facts});
  const Reply first = reply_to(query_message("crowd.service.consul A"));
  ASSERT_FALSE(first.host.empty());
  const ResolvedHost resolved{.name = first.host, .addresses = {}};
  const Texts again = ask("crowd.service.consul A", {}, {.resolved = &resolved}).answer;
  EXPECT_EQ(ask("crowd.service.consul A", {}, {.resolved = &resolved}).answer, again);
}

}  // namespace
}  // namespace weft::dns
