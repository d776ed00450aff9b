#include "dns/packed_facts.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace weft::dns {
namespace {

void expect_same(const InstanceFacts& one, const InstanceFacts& other) {
  EXPECT_EQ(one.id, other.id);
  EXPECT_EQ(one.address, other.address);
  EXPECT_EQ(one.port, other.port);
  EXPECT_EQ(one.weight_passing, other.weight_passing);
  EXPECT_EQ(one.weight_warning, other.weight_warning);
  EXPECT_EQ(one.health, other.health);
  EXPECT_EQ(one.tags, other.tags);
  EXPECT_EQ(one.node, other.node);
  EXPECT_EQ(one.node_address, other.node_address);
}

TEST(PackedFacts, GiveBackWhatTheyWereMadeOf) {
  InstanceFacts facts{.id = "web-1",
                      .address = "10.0.0.1",
                      .port = 65535,
                      .weight_passing = 7,
                      .weight_warning = 300,
                      .health = InstanceHealth::kWarning,
                      .tags = {"v1", "", "prod"},
                      .node = "node-1",
                      .node_address = "10.0.0.9"};
  PackedFacts packed(facts);
  EXPECT_EQ(packed.id(), "web-1");
  expect_same(packed.unpack(), facts);
  const PackedFacts moved = std::move(packed);
  expect_same(moved.unpack(), facts);
}

TEST(PackedFacts, MayBeEmpty) {
  const PackedFacts packed{InstanceFacts{}};
  EXPECT_EQ(packed.id(), "");
  expect_same(packed.unpack(), InstanceFacts{});
}

TEST(PackedFacts, KeepTextsOfEveryLength) {
  for (const std::size_t bytes : {127U, 128U, 16'383U, 16'384U, 70'000U}) {
    InstanceFacts facts;
    facts.id = std::string(bytes, 'i');
    facts.address = std::string(bytes, '\0');
    facts.tags.assign(bytes > 1000 ? 2 : bytes, std::string(bytes, 't'));
    const PackedFacts packed(facts);
    EXPECT_EQ(packed.id(), facts.id);
    expect_same(packed.unpack(), facts);
  }
}

}  // namespace
}  // namespace weft::dns
