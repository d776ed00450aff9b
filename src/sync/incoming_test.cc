#include "sync/incoming.h"

#include "model/objects.h"
#include "model/origin.h"
#include "state/commands.h"
#include "state/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::sync {
namespace {

using model::Instance;
using testing::ElementsAre;
using testing::IsEmpty;

RemoteEntry entry(std::string id, std::string service) {
  RemoteEntry out;
  out.node.name = "host";
  out.node.datacenter = "dc1";
  out.node.address = "10.1.0.1";
  out.instance.id = std::move(id);
  out.instance.service = std::move(service);
  out.instance.port = 80;
  return out;
}

class IncomingTest : public testing::Test {
 protected:
  std::vector<std::string> ids(std::vector<RemoteEntry> entries) {
    RemoteServices services;
    for (RemoteEntry& one : entries) {
      services[one.instance.service].push_back(std::move(one));
    }
    wanted_ = make_incoming(services, rules_, *view());
    std::vector<std::string> out;
    out.reserve(wanted_.instances.size());
    for (const auto& [id, instance] : wanted_.instances) {
      out.push_back(id);
    }
    return out;
  }
  // Brings the mesh there. Returns: how many groups of steps that took.
  std::size_t carry_out(std::vector<RemoteEntry> entries) {
    ids(std::move(entries));
    const auto groups = incoming_steps(wanted_, *view(), base::WallTime(base::Seconds(++now_)));
    for (const StepGroup& group : groups) {
      apply({.actor = "sync", .steps = group});
    }
    return groups.size();
  }
  void apply(const model::Command& command) {
    const auto applied = state::apply(draft_, command, {.time = {}, .limits = {}});
    EXPECT_TRUE(applied) << base::describe(applied.error());
  }
  void put(model::Object object) {
    apply({.actor = "t", .steps = {model::Put{std::move(object), {}}}});
  }
  std::shared_ptr<const model::View> view() { return draft_.freeze(); }

  IncomingRules rules_{.mesh_id = "11111111-2222-4333-8444-555555555555", .prefix = ""};
  IncomingSet wanted_;
  state::Draft draft_;
  int now_ = 0;
};

TEST_F(IncomingTest, LeavesOutWhatIsNotAtHomeThere) {
  RemoteEntry ours = entry("ours", "s");
  ours.instance.metadata[model::kMeshId] = rules_.mesh_id;
  RemoteEntry on_our_node = entry("on-our-node", "s");
  on_our_node.node.metadata[model::kMeshId] = rules_.mesh_id;
  RemoteEntry synced = entry("synced", "s");
  synced.instance.metadata[model::kSyncedFrom] = "consul/dc2";
  RemoteEntry proxy = entry("proxy", "s");
  proxy.instance.kind = "connect-proxy";
  RemoteEntry other_mesh = entry("other-mesh", "s");
  other_mesh.instance.metadata[model::kMeshId] = "22222222-2222-4333-8444-555555555555";
  EXPECT_THAT(ids({ours, on_our_node, synced, proxy, other_mesh, entry("consul", "consul"),
                   entry("g", "weft-gateway"), entry("plain", "s")}),
              ElementsAre("consul-dc1-host/other-mesh", "consul-dc1-host/plain"));
}

TEST_F(IncomingTest, LeavesOutWhatItsMeshHasPutHereByItself) {
  Instance sent;
  sent.id = "a1";
  sent.service = "a";
  sent.address = "10.1.0.1";
  sent.port = 80;
  sent.metadata[model::kMeshId] = "22222222-2222-4333-8444-555555555555";
  put(sent);
  rules_.prefix = "c-";
  EXPECT_THAT(ids({entry("a1", "a"), entry("b1", "b")}), ElementsAre("consul-dc1-host/b1"));
  sent.port = 81;
  put(sent);
  EXPECT_THAT(ids({entry("a1", "a")}), ElementsAre("consul-dc1-host/a1"));
}

TEST_F(IncomingTest, KeepsWhatTheyWeighAndHowTheyAreCalled) {
  RemoteEntry one = entry("w", "web");
  one.instance.weight_passing = 70'000;
  one.instance.weight_warning = 3;
  one.instance.tags = {"v1"};
  one.instance.address = "10.2.0.1";
  one.instance.metadata["external-source"] = "nomad";
  ids({one});
  const Instance& instance = wanted_.instances.begin()->second.object;
  EXPECT_EQ(instance.weight, 65'535);
  EXPECT_EQ(instance.details->weight_warning, 3);
  EXPECT_EQ(instance.address, "10.2.0.1");
  EXPECT_THAT(instance.tags, ElementsAre("v1"));
  EXPECT_EQ(model::text_of(instance.metadata, "external-source"), "nomad");
}

TEST_F(IncomingTest, ComesToRestAfterOneRound) {
  RemoteEntry one = entry("w", "web");
  one.instance.checks = {{.id = "c", .status = model::CheckStatus::kPassing},
                         {.id = "c", .status = model::CheckStatus::kCritical}};
  one.node.checks = {{.id = "serfHealth", .status = model::CheckStatus::kPassing}};
  EXPECT_EQ(carry_out({one}), 2U);
  EXPECT_EQ(carry_out({one}), 0U);
  EXPECT_EQ(view()->find<model::CheckState>("consul-dc1-host/w\tc")->object.status,
            model::CheckStatus::kCritical);  // of two of one id the worse
  one.instance.checks[1].output = "other words";
  EXPECT_EQ(carry_out({one}), 1U);
  EXPECT_EQ(view()->find<model::CheckState>("consul-dc1-host/w\tc")->object.since,
            base::WallTime(base::Seconds(1)));  // the status is as old as before
  EXPECT_EQ(carry_out({}), 2U);
  EXPECT_EQ(view()->all<Instance>().size(), 0U);
  EXPECT_EQ(view()->all<model::Node>().size(), 0U);
}

TEST_F(IncomingTest, RotationIsTheOperatorsToSay) {
  carry_out({entry("w", "web")});
  apply({.actor = "t", .steps = {model::SetRotation{.key = "consul-dc1-host/w"}}});
  EXPECT_EQ(carry_out({entry("w", "web")}), 0U);
  EXPECT_FALSE(view()->find<Instance>("consul-dc1-host/w")->object.enabled);
}

TEST_F(IncomingTest, ChecksAreToldAnewWhenTheirInstanceMoves) {
  RemoteEntry one = entry("w", "web");
  one.instance.checks = {{.id = "c", .status = model::CheckStatus::kPassing}};
  carry_out({one});
  one.instance.port = 81;
  EXPECT_EQ(carry_out({one}), 1U);
  EXPECT_EQ(carry_out({one}), 0U);
  EXPECT_NE(view()->find<model::CheckState>("consul-dc1-host/w\tc"), nullptr);
}

TEST_F(IncomingTest, TouchesOnlyWhatCameIn) {
  carry_out({entry("w", "web")});
  Instance own;
  own.id = "own";
  own.service = "web";
  own.address = "h";
  own.node = "consul-dc1-host";
  put(own);
  Instance like = own;
  like.id = "like";
  like.node = "n1";
  like.metadata[model::kSyncedFrom] = "consul/dc1";  // a copy, on a node of ours
  put(like);
  EXPECT_EQ(carry_out({}), 1U);  // the node has somebody else's as well
  EXPECT_NE(view()->find<Instance>("own"), nullptr);
  EXPECT_NE(view()->find<Instance>("like"), nullptr);
  EXPECT_EQ(view()->find<Instance>("consul-dc1-host/w"), nullptr);
}

TEST_F(IncomingTest, ANodeThatIsAProcessOfTheMeshIsLeftAlone) {
  model::Node self;
  self.name = "consul-dc1-host";
  self.address = "h";
  self.is_weft = true;
  put(self);
  carry_out({entry("w", "web")});
  EXPECT_EQ(view()->find<model::Node>("consul-dc1-host")->object.address, "h");
  carry_out({});
  EXPECT_NE(view()->find<model::Node>("consul-dc1-host"), nullptr);
}

TEST_F(IncomingTest, MarksAsStaleOnce) {
  carry_out({entry("w", "web")});
  for (const StepGroup& group : stale_steps(*view(), base::WallTime(base::Seconds(5)))) {
    apply({.actor = "sync", .steps = group});
  }
  EXPECT_EQ(model::text_of(view()->find<Instance>("consul-dc1-host/w")->object.metadata,
                           model::kStaleSince),
            "1970-01-01T00:00:05.000000Z");
  EXPECT_THAT(stale_steps(*view(), {}), IsEmpty());
  EXPECT_EQ(carry_out({entry("w", "web")}), 1U);
  EXPECT_FALSE(
      view()->find<Instance>("consul-dc1-host/w")->object.metadata.contains(model::kStaleSince));
}

}  // namespace
}  // namespace weft::sync
