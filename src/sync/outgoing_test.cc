#include "sync/outgoing.h"

#include "model/origin.h"
#include "state/commands.h"
#include "state/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weft::sync {
namespace {

using model::Instance;
using testing::ElementsAre;
using testing::Pair;

const OutgoingRules kWho{
    .mesh_id = "11111111-2222-4333-8444-555555555555", .mesh_name = "m", .own_address = "10.0.0.9"};

Instance at_home(const std::string& id) {
  Instance out;
  out.id = id;
  out.service = "web";
  out.address = "10.0.0.1";
  out.port = 80;
  return out;
}

class OutgoingTest : public testing::Test {
 protected:
  void put(model::Object object) {
    const model::Command command{.actor = "t", .steps = {model::Put{std::move(object), {}}}};
    const auto applied = state::apply(draft_, command, {.time = {}, .limits = {}});
    EXPECT_TRUE(applied) << base::describe(applied.error());
  }
  OutgoingSet outgoing() { return make_outgoing(*draft_.freeze(), kWho); }

  state::Draft draft_;
};

TEST_F(OutgoingTest, TakesOnlyWhatIsAtHome) {
  Instance synced = at_home("synced");
  synced.metadata[model::kSyncedFrom] = "consul/dc1";
  put(synced);
  Instance sent = at_home("sent");
  sent.metadata[model::kMeshId] = "22222222-2222-4333-8444-555555555555";
  put(sent);
  put(at_home("own"));
  EXPECT_THAT(outgoing(), ElementsAre(Pair("own", testing::_)));
}

TEST_F(OutgoingTest, MetadataIsWhatConsulTakes) {
  Instance instance = at_home("own");
  instance.metadata = {{"env", "prod"},        {"shards", 3},       {"hot", true},
                       {"consul-x", "1"},      {"with space", "1"}, {"long", std::string(513, 'x')},
                       {"list", json::array()}};
  put(instance);
  EXPECT_THAT(outgoing().at("own").metadata,
              ElementsAre(Pair("env", "prod"), Pair("external-source", "weft"), Pair("hot", "true"),
                          Pair("shards", "3"), Pair("weft-mesh", kWho.mesh_id)));
}

TEST_F(OutgoingTest, HealthIsTheWorstThatWeftKnows) {
  Instance instance = at_home("own");
  instance.checks.emplace_back().id = "c";
  put(instance);
  EXPECT_EQ(outgoing().at("own").status, model::CheckStatus::kCritical);
  EXPECT_EQ(outgoing().at("own").output, "no result yet");
  model::CheckState state;
  state.service = "web";
  state.instance = "own";
  state.check = "c";
  state.status = model::CheckStatus::kWarning;
  state.output = "slow";
  put(state);
  EXPECT_EQ(outgoing().at("own").status, model::CheckStatus::kWarning);
  EXPECT_EQ(outgoing().at("own").output, "c: slow");
  instance.weight = 0;
  put(instance);
  EXPECT_EQ(outgoing().at("own").status, model::CheckStatus::kCritical);
}

TEST_F(OutgoingTest, AnAddressIsAlwaysSaid) {
  Instance nowhere = at_home("nowhere");
  nowhere.address = "";
  put(nowhere);
  model::Node node;
  node.name = "n";
  node.address = "10.0.0.7";
  put(node);
  Instance on_node = nowhere;
  on_node.id = "on-node";
  on_node.node = "n";
  put(on_node);
  EXPECT_EQ(outgoing().at("nowhere").address, "10.0.0.9");
  EXPECT_EQ(outgoing().at("on-node").address, "10.0.0.7");
}

TEST_F(OutgoingTest, WhatIsWrittenReadsBackTheSame) {
  Instance instance = at_home("own");
  instance.tags = {"a", "b"};
  instance.weight = 7;
  instance.metadata = {{"env", "prod"}};
  put(instance);
  const OutgoingEntry wanted = outgoing().at("own");
  const json::object body = register_body(wanted, kWho);
  EXPECT_EQ(body.at("Node"), json::value("weft-sync-11111111"));
  const auto node = parse_node(
      base::write_json(json::object{{"Services", json::object{{"own", body.at("Service")}}}}));
  const auto checks = parse_node_checks(base::write_json(json::array{body.at("Check")}));
  ASSERT_TRUE(node && checks);
  const OutgoingThere there = read_outgoing(*node, *checks);
  EXPECT_EQ(there.entries.at("own"), wanted);
  EXPECT_TRUE(there.stray_checks.empty());
}

TEST_F(OutgoingTest, AnEntryWithoutItsCheckIsNotTheSame) {
  put(at_home("own"));
  const OutgoingEntry wanted = outgoing().at("own");
  const json::object body = register_body(wanted, kWho);
  const auto node = parse_node(
      base::write_json(json::object{{"Services", json::object{{"own", body.at("Service")}}}}));
  EXPECT_NE(read_outgoing(*node, {}).entries.at("own"), wanted);
}

TEST_F(OutgoingTest, UsualWeightsAreNotNamed) {
  put(at_home("own"));
  const json::object body = register_body(outgoing().at("own"), kWho);
  EXPECT_FALSE(body.at("Service").as_object().contains("Weights"));
}

}  // namespace
}  // namespace weft::sync
