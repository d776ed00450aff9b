#include "health/monitor_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {
namespace {

using model::CheckKey;
using model::CheckKind;
using model::CheckSpec;
using model::CheckStatus;

CheckSpec make_alias(std::string instance, std::string node = "") {
  CheckSpec spec = make_spec_for_test(CheckKind::kAlias, "alias");
  model::CheckDetails& details = spec.details.emplace();
  details.alias_instance = std::move(instance);
  details.alias_node = std::move(node);
  return spec;
}

// What it is told is what it says, so a test says how it is.
CheckSpec make_told(std::string id = "told", CheckStatus initial = CheckStatus::kPassing) {
  CheckSpec spec = make_spec_for_test(CheckKind::kTold, std::move(id));
  spec.initial = initial;
  return spec;
}

class AliasTest : public testing::Test {
 protected:
  void put(const std::string& id, std::vector<CheckSpec> checks, const std::string& node = "n1",
           const std::string& local_id = "") {
    model::Instance instance;
    instance.id = id;
    instance.service = "web";
    instance.address = "10.0.0.1";
    instance.port = 80;
    instance.node = node;
    instance.checks = std::move(checks);
    if (!local_id.empty()) {
      instance.details.emplace().local_id = local_id;
    }
    it_.registry.put(instance);
  }
  void put_node(const std::string& name, std::vector<CheckSpec> checks) {
    model::Node node;
    node.name = name;
    node.address = "10.0.0.1";
    node.checks = std::move(checks);
    it_.registry.put(node);
  }
  // As a face does it.
  void tell(const CheckKey& check, CheckStatus status, std::string output = "") {
    model::CheckState state;
    state.node = check.node;
    state.instance = check.instance;
    state.service = check.node.empty() ? "web" : "";
    state.check = check.check;
    state.status = status;
    state.output = std::move(output);
    it_.registry.put(state);
    it_.settle();
  }
  void set_rotation(model::Table table, const std::string& key, model::Rotation rotation) {
    model::SetRotation step{.key = key, .rotation = rotation, .reason = "upgrade", .table = table};
    EXPECT_TRUE(it_.registry.apply({.actor = "tester", .steps = {std::move(step)}}));
    it_.settle();
  }
  std::string alias_of(std::string_view instance) {
    it_.settle();
    return it_.told({{}, instance, "alias"});
  }
  std::string output_of(std::string_view instance) const {
    return it_.output({{}, instance, "alias"});
  }

  MonitorForTest it_;
};

TEST_F(AliasTest, IsAsBadAsTheWorstCheckOfItsInstance) {
  put("web", {make_told("a"), make_told("b")});
  put("side", {make_alias("web")});
  EXPECT_EQ(alias_of("side"), "passing");
  EXPECT_EQ(output_of("side"), "All checks passing.");
  tell({{}, "web", "a"}, CheckStatus::kWarning, "slow");
  EXPECT_EQ(alias_of("side"), "warning");
  EXPECT_EQ(output_of("side"), "Aliased check \"Service 'web' check\" failing: slow");
  tell({{}, "web", "b"}, CheckStatus::kCritical, "gone");
  EXPECT_EQ(alias_of("side"), "critical");
  tell({{}, "web", "b"}, CheckStatus::kPassing);
  EXPECT_EQ(alias_of("side"), "warning");
  tell({{}, "web", "a"}, CheckStatus::kPassing);
  EXPECT_EQ(alias_of("side"), "passing");
  EXPECT_EQ(it_.monitor->soft_state({{}, "side", "alias"}).value_or(CheckSoft()).beats, "pwcwp");
}

TEST_F(AliasTest, CopiesWhetherThereWasAnAnswerAndThatThereIsNoResult) {
  put("web", {make_spec_for_test(CheckKind::kTcp), make_told("late", CheckStatus::kNone)});
  put("side", {make_alias("web")});
  EXPECT_EQ(alias_of("side"), "critical no answer");
  EXPECT_TRUE(output_of("side").ends_with("failing: TCP connect 10.0.0.1:80: connection refused"));
  const BackendForTest backend(*it_.loop, "10.0.0.1:80");
  run_for(*it_.loop, base::Seconds(2));
  EXPECT_EQ(alias_of("side"), "none");
  EXPECT_EQ(output_of("side"), "Aliased check \"Service 'web' check\" has no result yet");
}

TEST_F(AliasTest, TakesTheNameThatTheCheckHas) {
  CheckSpec spec = make_told("a", CheckStatus::kCritical);
  spec.details.emplace().name = "disk";
  put("web", {spec});
  put("side", {make_alias("web")});
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side"), "Aliased check \"disk\" failing: ");
}

TEST_F(AliasTest, OfAnInstanceThatIsMissingIsCritical) {
  put("side", {make_alias("web")});
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side"), "Service web could not be found on node n1");
  put("web", {});
  EXPECT_EQ(alias_of("side"), "passing");
  EXPECT_EQ(output_of("side"), "No checks found.");
  it_.registry.remove(model::Table::kInstances, "web");
  EXPECT_EQ(alias_of("side"), "critical");
}

TEST_F(AliasTest, FollowsTheChecksThatItsTargetHas) {
  put("web", {make_told("a", CheckStatus::kCritical)});
  put("side", {make_alias("web")});
  EXPECT_EQ(alias_of("side"), "critical");
  put("web", {make_told("b")});
  EXPECT_EQ(alias_of("side"), "passing");
}

TEST_F(AliasTest, FindsWhatItsOwnNodeCallsSoBeforeAllOthers) {
  put("web", {make_told("a", CheckStatus::kCritical)}, "n1");
  put("side-2", {make_alias("web")}, "n2");
  EXPECT_EQ(alias_of("side-2"), "critical");  // that of another node, for lack of a better one
  put("n2.web", {make_told()}, "n2", "web");
  EXPECT_EQ(alias_of("side-2"), "passing");
  tell({{}, "n2.web", "told"}, CheckStatus::kWarning);
  EXPECT_EQ(alias_of("side-2"), "warning");
  put("side-1", {make_alias("web")}, "n1");
  EXPECT_EQ(alias_of("side-1"), "critical");
  put("side-3", {make_alias("web", "n2")}, "n1");
  EXPECT_EQ(alias_of("side-3"), "warning");
  put("side-4", {make_alias("web", "n3")}, "n1");
  EXPECT_EQ(alias_of("side-4"), "critical");
  EXPECT_EQ(output_of("side-4"), "Service web could not be found on node n3");
  it_.registry.remove(model::Table::kInstances, "n2.web");
  EXPECT_EQ(alias_of("side-2"), "critical");
}

TEST_F(AliasTest, CountsTheChecksOfTheNodeOfItsInstance) {
  put_node("n1", {make_told("disk")});
  put("web", {make_told()}, "n1");
  put("side", {make_alias("web")}, "n2");
  EXPECT_EQ(alias_of("side"), "passing");
  tell({"n1", {}, "disk"}, CheckStatus::kWarning, "90 %");
  EXPECT_EQ(alias_of("side"), "warning");
  EXPECT_EQ(output_of("side"), "Aliased check \"disk\" failing: 90 %");
  put("web", {make_told()}, "n2");
  EXPECT_EQ(alias_of("side"), "passing");
  tell({"n1", {}, "disk"}, CheckStatus::kCritical);
  EXPECT_EQ(alias_of("side"), "passing");
}

// Consul: "Should ignore any services".
TEST_F(AliasTest, OfANodeCountsTheNodesOwnChecks) {
  put("side", {make_alias("", "n1")}, "n2");
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side"), "Node n1 could not be found");
  put_node("n1", {make_told("disk")});
  put("web", {make_told("a", CheckStatus::kCritical)}, "n1");
  EXPECT_EQ(alias_of("side"), "passing");
  tell({"n1", {}, "disk"}, CheckStatus::kCritical);
  EXPECT_EQ(alias_of("side"), "critical");
}

TEST_F(AliasTest, MayBeACheckOfANode) {
  put("web", {make_told("a", CheckStatus::kWarning)}, "n1");
  put_node("n1", {make_alias("web")});
  it_.settle();
  EXPECT_EQ(it_.told({"n1", {}, "alias"}), "warning");
  it_.registry.remove(model::Table::kNodes, "n1");
  it_.settle();
  EXPECT_EQ(it_.monitor->check_count(), 0U);
}

TEST_F(AliasTest, OfNobodyIsCritical) {
  put("side", {make_alias("")});
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side"), "The alias names neither a service nor a node");
}

TEST_F(AliasTest, MaintenanceOfItsTargetIsCritical) {
  put_node("n1", {});
  put("web", {make_told()}, "n1");
  put("side", {make_alias("web")}, "n2");
  set_rotation(model::Table::kInstances, "web", model::Rotation::kOut);
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side"), "Aliased check \"Service Maintenance Mode\" failing: upgrade");
  set_rotation(model::Table::kInstances, "web", model::Rotation::kIn);
  EXPECT_EQ(alias_of("side"), "passing");
  set_rotation(model::Table::kNodes, "n1", model::Rotation::kOut);
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side"), "Aliased check \"Node Maintenance Mode\" failing: upgrade");
}

TEST_F(AliasTest, DoesNotCountItself) {
  put("web", {make_told(), make_alias("web")});
  EXPECT_EQ(alias_of("web"), "passing");
  tell({{}, "web", "told"}, CheckStatus::kCritical);
  EXPECT_EQ(alias_of("web"), "critical");
  tell({{}, "web", "told"}, CheckStatus::kPassing);
  EXPECT_EQ(alias_of("web"), "passing");
}

TEST_F(AliasTest, OfAnAliasFollowsWhatThatOneFollows) {
  put("c", {make_told()});
  put("b", {make_alias("c")});
  put("a", {make_alias("b")});
  EXPECT_EQ(alias_of("a"), "passing");
  tell({{}, "c", "told"}, CheckStatus::kCritical);
  EXPECT_EQ(alias_of("a"), "critical");
  tell({{}, "c", "told"}, CheckStatus::kPassing);
  EXPECT_EQ(alias_of("a"), "passing");
}

// Each would be kept down by the others for good once one of them has failed.
TEST_F(AliasTest, ALoopOfAliasesHoldsNobodyDown) {
  put("a", {make_told(), make_alias("b")});
  put("b", {make_told(), make_alias("c")});
  put("c", {make_told(), make_alias("a")});
  EXPECT_EQ(alias_of("a"), "passing");
  tell({{}, "b", "told"}, CheckStatus::kCritical);
  EXPECT_EQ(alias_of("a"), "critical");
  EXPECT_EQ(alias_of("b"), "passing");
  EXPECT_EQ(alias_of("c"), "passing");
  tell({{}, "b", "told"}, CheckStatus::kPassing);
  EXPECT_EQ(alias_of("a"), "passing");
  put("outside", {make_alias("a")});
  tell({{}, "c", "told"}, CheckStatus::kWarning);
  EXPECT_EQ(alias_of("b"), "warning");
  EXPECT_EQ(alias_of("outside"), "passing");
}

TEST_F(AliasTest, AChainThatIsTooLongToFollowCountsAsALoop) {
  const int length = static_cast<int>(kAliasesMax) + 5;
  for (int i = 1; i <= length; ++i) {
    put("a" + std::to_string(i), {make_alias("a" + std::to_string(i - 1))});
  }
  put("a0", {make_told("told", CheckStatus::kWarning)});
  run_for(*it_.loop, base::Seconds(2));
  EXPECT_EQ(alias_of("a" + std::to_string(kAliasesMax)), "warning");
  EXPECT_EQ(alias_of("a" + std::to_string(length)), "passing");
}

TEST_F(AliasTest, IsToldAgainWhenSomebodyRemovesOrChangesItsStatus) {
  put("web", {make_told("a", CheckStatus::kWarning)});
  put("side", {make_alias("web")});
  EXPECT_EQ(alias_of("side"), "warning");
  it_.registry.remove(model::Table::kCheckStatus, model::check_key("side", "alias"));
  EXPECT_EQ(alias_of("side"), "warning");
  tell({{}, "side", "alias"}, CheckStatus::kPassing);
  EXPECT_EQ(alias_of("side"), "warning");
}

TEST_F(AliasTest, AnOutputIsCutToWhatTheRegistryTakes) {
  put("web", {make_told()});
  put("side", {make_alias("web")});
  it_.settle();
  tell({{}, "web", "told"}, CheckStatus::kCritical,
       std::string(model::CheckState::kOutputBytesMax, 'x'));
  EXPECT_EQ(alias_of("side"), "critical");
  EXPECT_EQ(output_of("side").size(), model::CheckState::kOutputBytesMax);
}

TEST_F(AliasTest, ManyAliasesOfOneTargetComeAndGo) {
  put("web", {make_told()});
  for (int i = 0; i < 300; ++i) {
    put("side-" + std::to_string(i), {make_alias("web")});
  }
  EXPECT_EQ(alias_of("side-299"), "passing");
  tell({{}, "web", "told"}, CheckStatus::kCritical);
  EXPECT_EQ(alias_of("side-0"), "critical");
  EXPECT_EQ(alias_of("side-299"), "critical");
  for (int i = 0; i < 300; ++i) {
    it_.registry.remove(model::Table::kInstances, "side-" + std::to_string(i));
  }
  EXPECT_EQ(it_.monitor->check_count(), 1U);
  tell({{}, "web", "told"}, CheckStatus::kPassing);
  EXPECT_TRUE(it_.registry.news.back().starts_with("web passing"));
}

TEST_F(AliasTest, AnInstanceIsDeregisteredForItsAliasToo) {
  CheckSpec spec = make_alias("web");
  spec.deregister_after = base::Seconds(60);
  put("side", {spec});
  run_for(*it_.loop, base::Seconds(59));
  EXPECT_TRUE(it_.registry.has("side"));
  run_for(*it_.loop, base::Seconds(2));
  EXPECT_FALSE(it_.registry.has("side"));
}

}  // namespace
}  // namespace weft::health
