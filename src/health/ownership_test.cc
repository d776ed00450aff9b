// Checks that this process does not look after: those whose status somebody else tells (kTold), and
// those that another process of the mesh has.
#include "health/monitor_for_test.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weft::health {
namespace {

using base::Code;
using base::Millis;
using base::Seconds;
using model::CheckKey;
using model::CheckKind;
using model::CheckSpec;
using model::CheckStatus;

constexpr CheckKey kWebCheck{{}, "web-1", "default"};

class OwnershipTest : public testing::Test {
 protected:
  MonitorSinks make_sinks() {
    MonitorSinks sinks;
    sinks.owns = [this](const OwnerKey& owner) {
      return owned_.contains(std::string(owner.node) + "|" + std::string(owner.instance));
    };
    return sinks;
  }
  void take(const std::string& owner) {
    owned_.insert(owner);
    it_.monitor->reconsider();
  }
  void lose(const std::string& owner) {
    owned_.erase(owner);
    it_.monitor->reconsider();
  }
  void put_web(CheckSpec spec) {
    it_.registry.put(make_instance_for_test("10.0.0.1", 80, std::move(spec)));
  }
  // What another process, or a face, tells the registry.
  void tell(const CheckKey& check, CheckStatus status, std::string output = "") {
    model::CheckState state;
    state.node = check.node;
    state.instance = check.instance;
    state.service = check.node.empty() ? "web" : "";
    state.check = check.check;
    state.status = status;
    state.output = std::move(output);
    state.since = base::WallTime(Seconds(12'345));
    it_.registry.put(state);
    it_.settle();
  }
  CheckSoft soft(const CheckKey& check = kWebCheck) const {
    return it_.monitor->soft_state(check).value_or(CheckSoft());
  }
  void wait(base::Nanos duration) { run_for(*it_.loop, duration); }

  std::set<std::string> owned_;  // "node|" or "|instance"
  MonitorForTest it_{make_sinks()};
};

TEST_F(OwnershipTest, WhatIsToldIsAsItsTellerSays) {
  owned_.insert("|web-1");
  CheckSpec spec = make_spec_for_test(CheckKind::kTold);
  spec.initial = CheckStatus::kPassing;
  spec.deregister_after = Seconds(60);
  put_web(spec);
  EXPECT_EQ(soft().status, CheckStatus::kPassing);
  tell(kWebCheck, CheckStatus::kCritical, "the raid is degraded");
  EXPECT_TRUE(it_.monitor->check_now("web-1"));
  wait(Seconds(600));
  EXPECT_EQ(it_.told(kWebCheck), "critical");
  EXPECT_EQ(it_.registry.news, (std::vector<std::string>{"web-1 critical"}));
  EXPECT_EQ(soft().status, CheckStatus::kCritical);
  EXPECT_EQ(soft().output, "the raid is degraded");
  EXPECT_EQ(soft().since, base::WallTime(Seconds(12'345)));
  EXPECT_FALSE(soft().last_time.has_value());
  EXPECT_EQ(it_.monitor->report_ttl(kWebCheck, {}).error().code, Code::kUnsupported);
  it_.registry.remove(model::Table::kCheckStatus, model::check_key("web-1", "default"));
  EXPECT_EQ(soft().status, CheckStatus::kPassing);
  EXPECT_EQ(soft().output, "");
}

TEST_F(OwnershipTest, WhatIsNotOursIsNotProbedAndAsTheRegistrySays) {
  const BackendForTest backend(*it_.loop, "10.0.0.1:80");
  put_web(make_spec_for_test(CheckKind::kTcp));
  EXPECT_TRUE(it_.monitor->check_now("web-1"));
  wait(Seconds(5));
  EXPECT_EQ(backend.connections(), 0);
  EXPECT_EQ(it_.told(kWebCheck), "");
  tell(kWebCheck, CheckStatus::kWarning, "by another");
  EXPECT_EQ(soft().status, CheckStatus::kWarning);
  EXPECT_EQ(soft().output, "by another");
  EXPECT_EQ(soft().since, base::WallTime(Seconds(12'345)));
  wait(Seconds(5));
  EXPECT_EQ(it_.told(kWebCheck), "warning");
  EXPECT_EQ(backend.connections(), 0);
}

TEST_F(OwnershipTest, WhatBecomesOursIsProbedFromThenOn) {
  const BackendForTest backend(*it_.loop, "10.0.0.1:80");
  put_web(make_spec_for_test(CheckKind::kTcp));
  tell(kWebCheck, CheckStatus::kWarning, "by another");
  take("|web-1");
  EXPECT_EQ(soft().status, CheckStatus::kWarning);
  wait(Millis(3500));
  EXPECT_EQ(backend.connections(), 4);
  EXPECT_EQ(it_.told(kWebCheck), "passing");
  EXPECT_EQ(soft().beats, "pppp");
  it_.monitor->reconsider();  // nothing has changed: nobody is disturbed
  EXPECT_EQ(soft().beats, "pppp");
  wait(Seconds(1));
  EXPECT_EQ(backend.connections(), 5);
}

TEST_F(OwnershipTest, WhatIsNoLongerOursIsLetGo) {
  owned_.insert("|web-1");
  auto backend = std::make_unique<BackendForTest>(*it_.loop, "10.0.0.1:80");
  CheckSpec spec = make_spec_for_test(CheckKind::kTcp);
  spec.deregister_after = Seconds(60);
  put_web(spec);
  wait(Millis(100));
  EXPECT_EQ(it_.told(kWebCheck), "passing");
  backend.reset();
  wait(Seconds(1));
  EXPECT_EQ(it_.told(kWebCheck), "critical no answer");
  lose("|web-1");
  backend = std::make_unique<BackendForTest>(*it_.loop, "10.0.0.1:80");
  wait(Seconds(120));
  EXPECT_EQ(backend->connections(), 0);
  EXPECT_TRUE(it_.registry.has("web-1"));  // its time is somebody else's to watch
  EXPECT_EQ(it_.told(kWebCheck), "critical no answer");
  tell(kWebCheck, CheckStatus::kPassing, "by another");
  EXPECT_EQ(soft().status, CheckStatus::kPassing);
  EXPECT_EQ(soft().beats, "");
  EXPECT_EQ(it_.monitor->check_count(), 1U);
}

TEST_F(OwnershipTest, AProbeUnderWayIsUnheardOnceItIsNotOurs) {
  owned_.insert("|web-1");
  it_.network.pause(*base::parse_socket_address("10.0.0.1:80"));
  put_web(make_spec_for_test(CheckKind::kTcp));
  wait(Millis(100));
  EXPECT_EQ(it_.monitor->probes_in_flight(), 1U);
  lose("|web-1");
  wait(Seconds(2));
  EXPECT_EQ(it_.monitor->probes_in_flight(), 0U);
  EXPECT_EQ(it_.told(kWebCheck), "");
}

TEST_F(OwnershipTest, AReportAboutWhatIsNotOursCountsHereWhenNobodyElseIsToldOfIt) {
  put_web(make_spec_for_test(CheckKind::kTtl));
  EXPECT_TRUE(it_.monitor->report_ttl(kWebCheck, {CheckStatus::kWarning, "slow"}));
  it_.settle();
  EXPECT_EQ(it_.told(kWebCheck), "warning");
  EXPECT_EQ(soft().output, "slow");
  wait(Seconds(10));
  EXPECT_EQ(it_.told(kWebCheck), "warning");  // that it expires is not ours to say
  take("|web-1");
  wait(Millis(900));
  EXPECT_EQ(it_.told(kWebCheck), "warning");
  wait(Millis(200));
  EXPECT_EQ(it_.told(kWebCheck), "critical no answer");
}

TEST_F(OwnershipTest, ANodesChecksAreSharedOutByItsName) {
  const BackendForTest backend(*it_.loop, "10.0.0.1:80");
  model::Node node;
  node.name = "web-1";
  node.address = "10.0.0.1";
  CheckSpec spec = make_spec_for_test(CheckKind::kTcp);
  spec.target = "10.0.0.1:80";
  node.checks = {spec};
  it_.registry.put(node);
  owned_.insert("|web-1");  // the instance of that name
  wait(Seconds(2));
  EXPECT_EQ(backend.connections(), 0);
  take("web-1|");
  wait(Millis(100));
  EXPECT_EQ(it_.told({"web-1", {}, "default"}), "passing");
}

TEST_F(OwnershipTest, AnAliasThatBecomesOursIsLookedAtAtOnce) {
  CheckSpec alias = make_spec_for_test(CheckKind::kAlias);
  alias.details.emplace().alias_node = "n1";
  put_web(alias);
  model::Node node;
  node.name = "n1";
  node.checks = {make_spec_for_test(CheckKind::kTold, "disk")};
  it_.registry.put(node);
  tell({"n1", {}, "disk"}, CheckStatus::kWarning);
  EXPECT_EQ(it_.told(kWebCheck), "");
  take("|web-1");
  it_.settle();
  EXPECT_EQ(it_.told(kWebCheck), "warning");
  lose("|web-1");
  tell({"n1", {}, "disk"}, CheckStatus::kPassing);
  EXPECT_EQ(it_.told(kWebCheck), "warning");
}

TEST(TtlForwarding, AReportGoesToWhoseCheckItIs) {
  std::vector<std::string> forwarded;
  bool is_ours = false;
  MonitorSinks sinks;
  sinks.owns = [&is_ours](const OwnerKey& /*owner*/) { return is_ours; };
  sinks.forward_ttl = [&forwarded](const CheckKey& check,
                                   const TtlReport& report) -> base::Result<void> {
    forwarded.push_back(std::string(check.instance) + "/" + std::string(check.check) + " " +
                        std::string(report.output));
    if (report.status == CheckStatus::kCritical) {
      return base::fail(Code::kUnavailable, "the other one is away");
    }
    return {};
  };
  MonitorForTest it(std::move(sinks));
  it.registry.put(make_instance_for_test("10.0.0.1", 80, make_spec_for_test(CheckKind::kTtl)));
  EXPECT_TRUE(it.monitor->report_ttl("web-1", "default", {CheckStatus::kPassing, "fine"}));
  EXPECT_EQ(it.monitor->report_ttl(kWebCheck, {CheckStatus::kCritical, "bad"}).error().code,
            Code::kUnavailable);
  it.settle();
  EXPECT_EQ(forwarded, (std::vector<std::string>{"web-1/default fine", "web-1/default bad"}));
  EXPECT_EQ(it.told(kWebCheck), "");
  // What is wrong with a report is said here.
  EXPECT_EQ(it.monitor->report_ttl(kWebCheck, {CheckStatus::kNone, ""}).error().code,
            Code::kInvalid);
  EXPECT_EQ(it.monitor->report_ttl({{}, "web-2", "default"}, {}).error().code, Code::kNotFound);
  is_ours = true;
  it.monitor->reconsider();
  EXPECT_TRUE(it.monitor->report_ttl(kWebCheck, {CheckStatus::kWarning, ""}));
  it.settle();
  EXPECT_EQ(it.told(kWebCheck), "warning");
  EXPECT_EQ(forwarded.size(), 2U);
}

}  // namespace
}  // namespace weft::health
