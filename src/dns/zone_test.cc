#include "dns/zone.h"

#include "dns/dns_answer_for_test.h"
#include "dns/responder.h"

#include <gtest/gtest.h>

#include <map>

namespace weft::dns {
namespace {

using Texts = std::vector<std::string>;

Texts answers_of(const Zone& zone, std::string_view question) {
  base::Random random(1);
  Responder responder(random);
  std::vector<char> room(kTcpAnswerBytesMax);
  const Reply reply =
      responder.respond(query_message(question), zone, {.transport = Transport::kTcp}, room);
  return sorted(read_answer({room.data(), reply.bytes}).answer);
}

ServiceFacts service_at(std::string name, const std::vector<std::string>& addresses) {
  ServiceFacts facts{.name = std::move(name), .instances = {}};
  for (const std::string& address : addresses) {
    InstanceFacts instance;
    instance.id = address;
    instance.address = address;
    facts.instances.push_back(std::move(instance));
  }
  return facts;
}

class ZoneEditing : public testing::Test {
 protected:
  ZoneEditor editor_{*compile_zone_settings({})};
};

TEST_F(ZoneEditing, AnEmptyZoneHasItsDomainOnly) {
  const auto zone = editor_.freeze(5);
  EXPECT_EQ(answers_of(*zone, "consul SOA"),
            Texts{"consul. 0 IN SOA ns.consul. hostmaster.consul. 5 3600 600 86400 0"});
  EXPECT_EQ(answers_of(*zone, "consul NS"), Texts{"consul. 0 IN NS ns.consul."});
  EXPECT_TRUE(answers_of(*zone, "web.service.consul A").empty());
}

TEST_F(ZoneEditing, AZoneStaysAsItWasAndTheNextSharesWhatDidNotChange) {
  editor_.put_service(service_for_test("web", 1));
  editor_.put_service(service_for_test("db", 2));
  editor_.put_node({.name = "n1", .address = "192.168.0.1", .meta = {}});
  const auto before = editor_.freeze(1);
  editor_.put_service(service_for_test("web", 3));
  editor_.erase_node("N1");
  const auto after = editor_.freeze(2);
  EXPECT_EQ(answers_of(*before, "web.service.consul A").size(), 1U);
  EXPECT_EQ(answers_of(*after, "web.service.consul A").size(), 3U);
  EXPECT_EQ(answers_of(*before, "n1.node.consul A").size(), 1U);
  EXPECT_EQ(answers_of(*after, "n1.node.consul A").size(), 0U);
  EXPECT_NE(before->service("\x03web"), after->service("\x03web"));
  EXPECT_EQ(before->service("\x02"
                            "db"),
            after->service("\x02"
                           "db"));
}

TEST_F(ZoneEditing, NamesThatDifferInCaseAreOne) {
  editor_.put_service(service_for_test("Web", 1));
  editor_.put_service(service_for_test("WEB", 2));
  EXPECT_EQ(editor_.freeze(1)->services(), 1U);
  editor_.erase_service("web");
  EXPECT_EQ(editor_.freeze(2)->services(), 0U);
}

TEST_F(ZoneEditing, AServiceWithoutUsableInstancesIsGone) {
  editor_.put_service(service_for_test("web", 2));
  ServiceFacts facts = service_for_test("web", 2);
  for (InstanceFacts& instance : facts.instances) {
    instance.health = InstanceHealth::kCritical;
  }
  editor_.put_service(facts);
  const auto zone = editor_.freeze(1);
  EXPECT_EQ(zone->services(), 0U);
  EXPECT_EQ(zone->reverse().size(), 0U);
}

TEST_F(ZoneEditing, WhatCannotBeANameIsLeftOut) {
  for (const std::string& name : {std::string(), std::string("."), std::string("a..b"),
                                  std::string(64, 'x'), std::string(300, '.')}) {
    editor_.put_service(service_for_test(name, 1));
    editor_.put_node({.name = name, .address = "10.0.0.1", .meta = {}});
    editor_.erase_service(name);
    editor_.erase_node(name);
  }
  editor_.put_node({.name = "n1", .address = "not..a name", .meta = {}});
  editor_.put_node({.name = "n2", .address = "", .meta = {}});
  editor_.put_service(service_at("web", {"", "x..y", std::string(64, 'x')}));
  const auto zone = editor_.freeze(1);
  EXPECT_EQ(zone->services(), 0U);
  EXPECT_EQ(zone->nodes(), 0U);
  EXPECT_EQ(zone->reverse().size(), 0U);
}

TEST_F(ZoneEditing, TagsThatCannotBeAskedForDoNoHarm) {
  ServiceFacts facts = service_for_test("web", 2);
  facts.instances[0].tags = {"", "a..b", std::string(64, 'x'), "v1", "V1", "a b"};
  editor_.put_service(facts);
  const auto zone = editor_.freeze(1);
  EXPECT_EQ(answers_of(*zone, "v1.web.service.consul A").size(), 1U);
  EXPECT_EQ(answers_of(*zone, "web.service.consul A").size(), 2U);
}

TEST_F(ZoneEditing, AnAddressFollowsThoseWhoHaveIt) {
  const char* const question = "1.0.0.10.in-addr.arpa PTR";
  const std::string owner = "1.0.0.10.in-addr.arpa. 0 IN PTR ";
  editor_.put_service(service_at("web", {"10.0.0.1", "10.0.0.2"}));
  editor_.put_service(service_at("db", {"10.0.0.1"}));
  EXPECT_EQ(answers_of(*editor_.freeze(1), question),
            (Texts{owner + "db.service.consul.", owner + "web.service.consul."}));
  editor_.put_node({.name = "n1", .address = "10.0.0.1", .meta = {}});
  EXPECT_EQ(answers_of(*editor_.freeze(2), question), Texts{owner + "n1.node.dc1.consul."});
  editor_.put_node({.name = "n1", .address = "10.0.0.3", .meta = {}});
  editor_.put_service(service_at("web", {"10.0.0.2"}));
  const auto zone = editor_.freeze(3);
  EXPECT_EQ(answers_of(*zone, question), Texts{owner + "db.service.consul."});
  EXPECT_EQ(zone->reverse().size(), 3U);
  editor_.erase_service("db");
  editor_.erase_service("web");
  editor_.erase_node("n1");
  EXPECT_EQ(editor_.freeze(4)->reverse().size(), 0U);
}

TEST_F(ZoneEditing, RandomChangesLeaveWhatAZoneMadeAtOnceHas) {
  base::Random random(3);
  std::map<std::string, ServiceFacts> services;
  for (int i = 0; i < 600; ++i) {
    const std::string name = "s" + std::to_string(random.below(40));
    if (random.below(4) == 0) {
      services.erase(name);
      editor_.erase_service(name);
    } else {
      ServiceFacts facts = service_for_test(name, 1 + random.below(6));
      for (InstanceFacts& instance : facts.instances) {
        instance.address = "10.0.0." + std::to_string(random.below(20));
        instance.port = static_cast<std::uint16_t>(random.below(3));
        instance.tags = {"t" + std::to_string(random.below(3))};
        instance.health = static_cast<InstanceHealth>(random.below(3));
      }
      services[name] = facts;
      editor_.put_service(facts);
    }
    if (random.below(10) == 0) {
      editor_.freeze(1);  // kept by nobody
    }
  }
  std::vector<ServiceFacts> left;
  for (const auto& [name, facts] : services) {
    left.push_back(facts);
  }
  const auto changed = editor_.freeze(7);
  const auto fresh = make_zone_for_test(left);
  EXPECT_EQ(changed->services(), fresh->services());
  EXPECT_EQ(changed->reverse().size(), fresh->reverse().size());
  for (int i = 0; i < 40; ++i) {
    const std::string name = "s" + std::to_string(i) + ".service.consul ";
    for (const char* type : {"A", "SRV"}) {
      EXPECT_EQ(answers_of(*changed, name + type), answers_of(*fresh, name + type));
      EXPECT_EQ(answers_of(*changed, "t1." + name + type), answers_of(*fresh, "t1." + name + type));
    }
    const std::string reverse = std::to_string(i) + ".0.0.10.in-addr.arpa PTR";
    EXPECT_EQ(answers_of(*changed, reverse), answers_of(*fresh, reverse));
  }
}

// Every instance by itself: few services, so that shards split and merge.
TEST_F(ZoneEditing, RandomInstancesComeAndGoAndWhatIsLeftIsAnswered) {
  base::Random random(5);
  std::map<std::string, InstanceFacts> left;
  for (int i = 0; i < 6000; ++i) {
    const bool shrinks = i > 4000;
    const std::string id = "i" + std::to_string(random.below(900));
    if (random.below(shrinks ? 10 : 3) > (shrinks ? 0U : 1U)) {
      left.erase(id);
      editor_.erase_instance("Crowd", id);
    } else {
      InstanceFacts instance;
      instance.id = id;
      instance.address =
          "10.0." + std::to_string(random.below(3)) + "." + std::to_string(random.below(100));
      instance.port = static_cast<std::uint16_t>(random.below(10));
      instance.health = static_cast<InstanceHealth>(random.below(3));
      left[id] = instance;
      editor_.put_instance("crowd", instance);
    }
    if (i % 97 != 0) {
      continue;
    }
    ServiceFacts facts{.name = "crowd", .instances = {}};
    for (const auto& [name, instance] : left) {
      facts.instances.push_back(instance);
    }
    const auto changed = editor_.freeze(7);
    const auto fresh = make_zone_for_test({facts});
    ASSERT_EQ(changed->reverse().size(), fresh->reverse().size());
    for (const char* question :
         {"crowd.service.consul A", "crowd.service.consul SRV", "7.1.0.10.in-addr.arpa PTR"}) {
      ASSERT_EQ(answers_of(*changed, question), answers_of(*fresh, question)) << i;
    }
  }
}

TEST_F(ZoneEditing, AChangeOfACrowdSharesTheOtherShards) {
  editor_.put_service(service_for_test("crowd", 1000));
  const auto before = editor_.freeze(1);
  InstanceFacts instance;
  instance.id = "500";
  instance.address = "192.168.7.7";
  editor_.put_instance("crowd", instance);
  const auto after = editor_.freeze(2);
  const Shards& old_shards = *before
                                  ->service(
                                      "\x05"
                                      "crowd")
                                  ->many;
  const Shards& new_shards = *after
                                  ->service(
                                      "\x05"
                                      "crowd")
                                  ->many;
  ASSERT_EQ(old_shards.size(), new_shards.size());
  EXPECT_GT(old_shards.size(), 7U);
  std::size_t changed = 0;
  for (std::size_t i = 0; i < old_shards.size(); ++i) {
    changed += old_shards[i] == new_shards[i] ? 0 : 1;
  }
  EXPECT_EQ(changed, 1U);
}

TEST(ZoneSettings, TheClosestPatternSaysHowLongAServiceIsKept) {
  ZoneOptions options;
  options.service_ttl = {{"*", base::Seconds(5)},
                         {"web*", base::Seconds(2)},
                         {"Web", base::Seconds(1)},
                         {"web-a*", base::Seconds(3)},
                         {"old", base::Seconds(-4)}};
  const auto settings = *compile_zone_settings(options);
  EXPECT_EQ(settings->service_ttl_seconds("web"), 1U);
  EXPECT_EQ(settings->service_ttl_seconds("WEB"), 1U);
  EXPECT_EQ(settings->service_ttl_seconds("web-b"), 2U);
  EXPECT_EQ(settings->service_ttl_seconds("web-api"), 3U);
  EXPECT_EQ(settings->service_ttl_seconds("db"), 5U);
  EXPECT_EQ(settings->service_ttl_seconds("old"), 0U);
  EXPECT_EQ((*compile_zone_settings({}))->service_ttl_seconds("web"), 0U);
}

TEST(ZoneSettings, WhatIsNoNameIsRefused) {
  const auto is_taken = [](std::string domain, std::string alternative, std::string datacenter) {
    ZoneOptions options;
    options.domain = std::move(domain);
    options.alt_domain = std::move(alternative);
    options.datacenter = std::move(datacenter);
    return compile_zone_settings(options).has_value();
  };
  EXPECT_TRUE(is_taken("consul", "", "dc1"));
  EXPECT_TRUE(is_taken("a.b.c.", "weft.", "DC-1"));
  EXPECT_FALSE(is_taken("", "", "dc1"));
  EXPECT_FALSE(is_taken(".", "", "dc1"));
  EXPECT_FALSE(is_taken("a..b", "", "dc1"));
  EXPECT_FALSE(is_taken("consul", "x..y", "dc1"));
  EXPECT_FALSE(is_taken("consul", "", ""));
  EXPECT_FALSE(is_taken("consul", "", "two.labels"));
}

}  // namespace
}  // namespace weft::dns
