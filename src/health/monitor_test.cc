#include "health/monitor.h"

#include "health/backend_for_test.h"
#include "health/registry_for_test.h"
#include "io/sim_world.h"

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace weft::health {
namespace {

using base::Code;
using base::Millis;
using base::Seconds;
using model::CheckKind;
using model::CheckSpec;
using model::CheckStatus;
using model::Health;
using News = std::vector<std::string>;

constexpr const char* kAddress = "10.0.0.1:80";

class MonitorTest : public testing::Test {
 protected:
  MonitorTest() { make_monitor(); }
  void TearDown() override { loop_->run_until_done(monitor_->stop()); }

  void make_monitor() {
    MonitorSinks sinks;
    sinks.apply = [this](model::Command command) {
      return registry_.apply_later(std::move(command));
    };
    sinks.outcome = [this](const ProbeOutcome& outcome) {
      outcomes_.push_back(outcome);
      outcome_instance_ = outcome.instance_id;
      outcome_node_ = outcome.node;
    };
    monitor_ = std::make_unique<Monitor>(Monitor::Parts{*loop_, resolver_, log_, meters_},
                                         Monitor::Options{}, std::move(sinks));
    monitor_->start(registry_.view());
    registry_.follower = monitor_.get();
  }

  // As when the process ends and begins again `away` later.
  void restart(base::Nanos away) {
    loop_->run_until_done(monitor_->stop());
    registry_.follower = nullptr;
    run_for(*loop_, away);
    make_monitor();
  }

  static CheckSpec make_spec(CheckKind kind = CheckKind::kHttp) {
    CheckSpec spec;
    spec.kind = kind;
    spec.interval = Seconds(1);
    spec.timeout = Millis(500);
    spec.jitter = 0;
    return spec;
  }
  void add(CheckSpec spec = make_spec()) {
    registry_.put(make_instance_for_test("10.0.0.1", 80, std::move(spec)));
  }
  // Its checks are probed at the backend of this test.
  void add_node(std::vector<CheckSpec> checks, const std::string& address = "10.0.0.1") {
    model::Node node;
    node.name = "db-1";
    node.address = address;
    for (CheckSpec& check : checks) {
      check.target = model::is_probed(check.kind) ? kAddress : "";
    }
    node.checks = std::move(checks);
    registry_.put(node);
  }
  void start_backend() { backend_ = std::make_unique<BackendForTest>(*loop_, kAddress); }
  void stop_backend() { backend_.reset(); }
  void wait(base::Nanos duration) { run_for(*loop_, duration); }
  CheckSoft soft(const model::CheckKey& check = {{}, "web-1", "default"}) const {
    return monitor_->soft_state(check).value_or(CheckSoft());
  }
  base::Result<void> report(CheckStatus status, std::string_view output = "") {
    return monitor_->report_ttl("web-1", "default", {status, output});
  }

  io::SimNetwork network_{1};
  std::unique_ptr<io::Loop> loop_ = io::make_sim_loop(network_, "test", 1);
  io::FixedResolver resolver_;
  std::ostringstream lines_;
  base::Log log_{{.queue_lines = 0}, lines_};
  base::MeterRegistry meters_;
  RegistryForTest registry_{*loop_};
  std::vector<ProbeOutcome> outcomes_;  // their texts are gone
  std::string outcome_instance_;
  std::string outcome_node_;
  std::unique_ptr<BackendForTest> backend_;
  std::unique_ptr<Monitor> monitor_;
};

TEST_F(MonitorTest, ARegisteredInstanceIsProbedAtOnce) {
  start_backend();
  add();
  wait(Millis(20));
  EXPECT_EQ(registry_.news, (News{"web-1 passing"}));
  EXPECT_EQ(soft().beats, "p");
  EXPECT_EQ(soft().output, "HTTP GET http://10.0.0.1:80/health: 200 OK Output: fine");
}

TEST_F(MonitorTest, AnOutputIsCutToWhatTheCheckKeeps) {
  start_backend();
  CheckSpec spec = make_spec();
  spec.details.emplace().output_bytes_max = 10;
  add(spec);
  wait(Millis(20));
  EXPECT_EQ(soft().output, "HTTP GET h");
  CheckSpec ttl = make_spec(CheckKind::kTtl);
  ttl.details = spec.details;
  add(ttl);
  EXPECT_TRUE(report(CheckStatus::kPassing, "123456789\u00e9"));  // two bytes: the tenth, one more
  EXPECT_EQ(soft().output, "123456789");
}

TEST_F(MonitorTest, OnlyAChangeOfStatusIsToldToTheRegistry) {
  start_backend();
  add();
  wait(Seconds(10));
  EXPECT_EQ(registry_.news, (News{"web-1 passing"}));
  stop_backend();
  wait(Seconds(10));
  EXPECT_EQ(registry_.news, (News{"web-1 passing", "web-1 critical no answer"}));
}

TEST_F(MonitorTest, EveryResultIsToldToTheSink) {
  start_backend();
  add();
  wait(Millis(3500));
  stop_backend();
  wait(Seconds(1));
  ASSERT_EQ(outcomes_.size(), 5U);
  EXPECT_EQ(outcomes_[0].status, CheckStatus::kPassing);
  EXPECT_EQ(outcomes_[4].status, CheckStatus::kCritical);
  EXPECT_TRUE(outcomes_[4].no_answer);
  EXPECT_EQ(outcome_instance_, "web-1");
  EXPECT_EQ(outcomes_[0].service, registry_.view().find<model::Service>("web")->number);
  EXPECT_EQ(outcomes_[0].instance, registry_.view().find<model::Instance>("web-1")->number);
}

TEST_F(MonitorTest, ThreeFailuresMakeUnhealthyWhenThreeAreAskedFor) {
  start_backend();
  CheckSpec spec = make_spec();
  spec.unhealthy_threshold = 3;
  add(std::move(spec));
  wait(Millis(500));
  stop_backend();
  wait(Seconds(2));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
  EXPECT_EQ(soft().last_status, CheckStatus::kCritical);
  EXPECT_EQ(soft().beats, "pcc");
  wait(Seconds(1));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNoAnswer);
}

TEST_F(MonitorTest, AnAnswerThatComesToCountKeepsTheTimeOfTheFailure) {
  start_backend();
  stop_backend();
  add();
  wait(Millis(100));
  const base::WallTime since = soft().since;
  start_backend();
  backend_->pieces = {"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"};
  wait(Seconds(2));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kCritical);
  EXPECT_EQ(soft().since, since);
}

TEST_F(MonitorTest, AStatusTheRegistryCouldNotTakeIsToldLater) {
  start_backend();
  add();
  wait(Millis(100));
  registry_.failure = Code::kUnavailable;
  stop_backend();
  wait(Seconds(5));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
  registry_.failure.reset();
  wait(Seconds(1));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNoAnswer);
}

TEST_F(MonitorTest, AStatusThatSomebodyRemovedIsToldAgain) {
  start_backend();
  add();
  wait(Millis(100));
  registry_.remove(model::Table::kCheckStatus, model::check_key("web-1", "default"));
  wait(Seconds(2));
  EXPECT_EQ(registry_.news, (News{"web-1 passing", "web-1 passing"}));
}

TEST_F(MonitorTest, AnInstanceThatStaysCriticalIsDeregistered) {
  CheckSpec spec = make_spec();
  spec.interval = Seconds(10);
  spec.deregister_after = Seconds(61);
  add(std::move(spec));
  wait(Millis(60'900));
  EXPECT_TRUE(registry_.has("web-1"));
  wait(Millis(200));
  EXPECT_FALSE(registry_.has("web-1"));
  EXPECT_EQ(registry_.news, (News{"web-1 critical no answer", "web-1 gone by health"}));
  EXPECT_EQ(monitor_->check_count(), 0U);
}

TEST_F(MonitorTest, APassingResultStartsTheTimeAnew) {
  CheckSpec spec = make_spec();
  spec.deregister_after = Seconds(60);
  add(std::move(spec));
  wait(Seconds(50));
  start_backend();
  wait(Seconds(2));
  stop_backend();
  wait(Seconds(58));
  EXPECT_TRUE(registry_.has("web-1"));
  wait(Seconds(5));
  EXPECT_FALSE(registry_.has("web-1"));
}

TEST_F(MonitorTest, WithoutATimeACriticalInstanceIsKept) {
  add();
  wait(Seconds(3600));
  EXPECT_TRUE(registry_.has("web-1"));
}

TEST_F(MonitorTest, AnInstanceThatChangesStaysUntilItsTimeAllTheSame) {
  CheckSpec spec = make_spec();
  spec.deregister_after = Seconds(60);
  add(spec);
  wait(Seconds(30));
  auto changed = make_instance_for_test("10.0.0.1", 80, spec);
  changed.weight = 7;
  registry_.put(changed);
  wait(Seconds(29));
  EXPECT_TRUE(registry_.has("web-1"));
  wait(Seconds(2));
  EXPECT_FALSE(registry_.has("web-1"));
}

TEST_F(MonitorTest, TheTimeRunsOnWhileTheProcessIsAway) {
  CheckSpec spec = make_spec();
  spec.deregister_after = Seconds(60);
  add(std::move(spec));
  wait(Seconds(20));
  restart(Seconds(30));
  wait(Seconds(8));
  EXPECT_TRUE(registry_.has("web-1"));
  wait(Seconds(4));
  EXPECT_FALSE(registry_.has("web-1"));
}

TEST_F(MonitorTest, NothingIsDeregisteredAfterARestartBeforeItWasSeenToFail) {
  CheckSpec spec = make_spec();
  spec.deregister_after = Seconds(60);
  add(std::move(spec));
  wait(Seconds(20));
  start_backend();
  restart(Seconds(3600));
  wait(Seconds(5));
  EXPECT_TRUE(registry_.has("web-1"));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
}

TEST_F(MonitorTest, ARestartTellsNothingThatIsKnownAlready) {
  start_backend();
  add();
  wait(Seconds(1));
  restart(Seconds(1));
  EXPECT_EQ(soft().status, CheckStatus::kPassing);
  EXPECT_FALSE(soft().last_time.has_value());
  wait(Seconds(5));
  EXPECT_EQ(registry_.news, (News{"web-1 passing"}));
}

TEST_F(MonitorTest, AChangeThatTouchesNoCheckDisturbsNone) {
  start_backend();
  add();
  wait(Millis(500));
  auto changed = make_instance_for_test("10.0.0.1", 80, make_spec());
  changed.tags = {"v2"};
  registry_.put(changed);
  wait(Millis(400));
  EXPECT_EQ(backend_->connections(), 1);
  wait(Millis(200));
  EXPECT_EQ(backend_->connections(), 2);
  EXPECT_EQ(soft().beats, "pp");
}

TEST_F(MonitorTest, AnInstanceThatMovesIsProbedAtItsNewPlaceAtOnce) {
  start_backend();
  const BackendForTest other(*loop_, "10.0.0.2:80");
  add();
  wait(Millis(500));
  registry_.put(make_instance_for_test("10.0.0.2", 80, make_spec()));
  wait(Millis(100));
  EXPECT_EQ(other.connections(), 1);
  EXPECT_EQ(backend_->connections(), 1);
  EXPECT_EQ(soft().status, CheckStatus::kPassing);
}

TEST_F(MonitorTest, AnInstanceThatMovesHasNoResultUntilItsNewPlaceAnswers) {
  start_backend();
  add();
  wait(Millis(500));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
  registry_.put(make_instance_for_test("10.0.0.2", 80, make_spec()));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNone);
  EXPECT_EQ(soft().status, CheckStatus::kNone);
  EXPECT_EQ(soft().beats, "");
  EXPECT_FALSE(soft().last_time.has_value());
  wait(Seconds(5));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNoAnswer);
}

TEST_F(MonitorTest, AFailureOfAnotherCheckIsForgotten) {
  start_backend();
  CheckSpec spec = make_spec();
  spec.target = "http://10.0.0.9:80/health";
  add(spec);
  wait(Seconds(2));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNoAnswer);
  add();
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNone);
  wait(Millis(100));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
}

TEST_F(MonitorTest, ChecksComeAndGoWithTheirInstance) {
  start_backend();
  auto instance = make_instance_for_test("10.0.0.1", 80, make_spec());
  CheckSpec second = make_spec(CheckKind::kTcp);
  second.id = "port";
  instance.checks.push_back(second);
  registry_.put(instance);
  wait(Millis(100));
  EXPECT_EQ(monitor_->check_count(), 2U);
  instance.checks.erase(instance.checks.begin());
  registry_.put(instance);
  EXPECT_EQ(monitor_->check_count(), 1U);
  EXPECT_FALSE(monitor_->soft_state("web-1", "default"));
  EXPECT_EQ(soft({{}, "web-1", "port"}).beats, "p");
  registry_.remove(model::Table::kInstances, "web-1");
  EXPECT_EQ(monitor_->check_count(), 0U);
  const int before = backend_->connections();
  wait(Seconds(5));
  EXPECT_EQ(backend_->connections(), before);
}

TEST_F(MonitorTest, AnInstanceThatJoinsAnotherServiceBeginsAnew) {
  start_backend();
  add();
  wait(Millis(100));
  auto moved = make_instance_for_test("10.0.0.1", 80, make_spec());
  moved.service = "shop";
  registry_.put(moved);
  EXPECT_EQ(soft().beats, "");
  wait(Millis(100));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
  EXPECT_EQ(outcomes_.back().service, registry_.view().find<model::Service>("shop")->number);
}

TEST_F(MonitorTest, ACheckHasItsInitialStatusUntilTheFirstResult) {
  CheckSpec spec = make_spec(CheckKind::kTtl);
  spec.initial = CheckStatus::kWarning;
  add(std::move(spec));
  EXPECT_EQ(soft().status, CheckStatus::kWarning);
  EXPECT_TRUE(registry_.news.empty());
}

TEST_F(MonitorTest, AnInstanceThatStopsReportingIsCritical) {
  CheckSpec spec = make_spec(CheckKind::kTtl);
  spec.unhealthy_threshold = 3;
  add(std::move(spec));
  wait(Millis(500));
  EXPECT_TRUE(report(CheckStatus::kPassing, "12 jobs"));
  EXPECT_EQ(soft().output, "12 jobs");
  wait(Millis(900));
  EXPECT_TRUE(report(CheckStatus::kPassing));
  wait(Millis(900));
  EXPECT_EQ(registry_.news, (News{"web-1 passing"}));
  wait(Millis(200));
  EXPECT_EQ(registry_.news, (News{"web-1 passing", "web-1 critical no answer"}));
  EXPECT_EQ(soft().output, "TTL expired");
  EXPECT_TRUE(report(CheckStatus::kPassing));
  wait(Millis(100));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kPassing);
}

TEST_F(MonitorTest, AReportSaysWhatItSays) {
  add(make_spec(CheckKind::kTtl));
  EXPECT_TRUE(report(CheckStatus::kWarning, "disk \x01"));
  wait(Millis(50));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kWarning);
  EXPECT_EQ(soft().output, "disk ?");
  EXPECT_TRUE(report(CheckStatus::kCritical));
  wait(Millis(50));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kCritical);
}

TEST_F(MonitorTest, AReportIsRefusedForWhatIsNotReported) {
  add();
  EXPECT_EQ(report(CheckStatus::kPassing).error().code, Code::kUnsupported);
  const TtlReport passing;
  EXPECT_EQ(monitor_->report_ttl("web-1", "other", passing).error().code, Code::kNotFound);
  EXPECT_EQ(monitor_->report_ttl("web-2", "default", passing).error().code, Code::kNotFound);
  registry_.put(make_instance_for_test("10.0.0.1", 80, make_spec(CheckKind::kTtl)));
  EXPECT_EQ(report(CheckStatus::kNone).error().code, Code::kInvalid);
}

TEST_F(MonitorTest, AHintMakesTheRegistryKnowWithinMilliseconds) {
  start_backend();
  CheckSpec spec = make_spec();
  spec.interval = Seconds(10);
  add(std::move(spec));
  wait(Seconds(3));
  stop_backend();
  monitor_->check_now(registry_.view().find<model::Instance>("web-1")->number);
  wait(Millis(20));
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNoAnswer);
}

TEST_F(MonitorTest, AskingForAProbeNamesWhoIsUnknown) {
  add(make_spec(CheckKind::kTtl));
  EXPECT_TRUE(monitor_->check_now("web-1"));  // reports by itself: nothing to ask
  EXPECT_EQ(monitor_->check_now("web-2").error().code, Code::kNotFound);
  monitor_->check_now(std::uint32_t{4711});
  EXPECT_EQ(monitor_->probes_in_flight(), 0U);
}

TEST_F(MonitorTest, ProbesUnderWayEndUnheardWhenItsInstanceGoes) {
  network_.pause(*base::parse_socket_address(kAddress));
  add();
  wait(Millis(100));
  EXPECT_EQ(monitor_->probes_in_flight(), 1U);
  registry_.remove(model::Table::kInstances, "web-1");
  wait(Seconds(2));
  EXPECT_EQ(monitor_->probes_in_flight(), 0U);
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(MonitorTest, StopEndsProbesAndHearsNothingMore) {
  network_.pause(*base::parse_socket_address(kAddress));
  add();
  wait(Millis(100));
  loop_->run_until_done(monitor_->stop());
  EXPECT_EQ(monitor_->check_count(), 0U);
  registry_.remove(model::Table::kInstances, "web-1");
  add();
  EXPECT_EQ(monitor_->check_count(), 0U);
}

// One tells of the other kind of owner what it was: an instance may have the name of a node.
TEST_F(MonitorTest, TheChecksOfANodeAreKeptGoingAsThoseOfAnInstanceAre) {
  start_backend();
  add_node({make_spec(CheckKind::kTcp)});
  add();
  wait(Millis(100));
  EXPECT_EQ(registry_.news, (News{"db-1 passing", "web-1 passing"}));
  const auto* row =
      registry_.view().find<model::CheckState>(model::node_check_key("db-1", "default"));
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->object.node, "db-1");
  EXPECT_EQ(row->object.service, "");
  EXPECT_EQ(row->object.instance, "");
  EXPECT_EQ(soft({"db-1", {}, "default"}).beats, "p");
  EXPECT_FALSE(monitor_->soft_state("db-1", "default"));
  EXPECT_EQ(monitor_->check_count(), 2U);
  stop_backend();
  wait(Seconds(2));
  EXPECT_EQ(soft({"db-1", {}, "default"}).status, CheckStatus::kCritical);
  EXPECT_EQ(registry_.health_of("web-1"), Health::kNoAnswer);
}

TEST_F(MonitorTest, AnOutcomeOfANodeNamesNoInstance) {
  start_backend();
  add_node({make_spec(CheckKind::kTcp)});
  wait(Millis(100));
  ASSERT_EQ(outcomes_.size(), 1U);
  EXPECT_EQ(outcomes_[0].service, 0U);
  EXPECT_EQ(outcomes_[0].instance, 0U);
  EXPECT_EQ(outcome_instance_, "");
  EXPECT_EQ(outcome_node_, "db-1");
}

TEST_F(MonitorTest, ANodeReportsItsTtlItself) {
  CheckSpec spec = make_spec(CheckKind::kTtl);
  spec.id = "disk";
  add_node({spec});
  EXPECT_TRUE(monitor_->report_ttl({"db-1", {}, "disk"}, {CheckStatus::kWarning, "90 %"}));
  wait(Millis(100));
  EXPECT_EQ(registry_.news, (News{"db-1 warning"}));
  wait(Seconds(1));
  EXPECT_EQ(registry_.news, (News{"db-1 warning", "db-1 critical no answer"}));
  EXPECT_EQ(monitor_->report_ttl({{}, "db-1", "disk"}, {}).error().code, Code::kNotFound);
}

TEST_F(MonitorTest, ANodeIsKeptHoweverLongItIsCritical) {
  CheckSpec spec = make_spec(CheckKind::kTcp);
  spec.deregister_after = Seconds(60);
  add_node({spec});
  wait(Seconds(3600));
  EXPECT_EQ(registry_.news, (News{"db-1 critical no answer"}));
  EXPECT_NE(registry_.view().find<model::Node>("db-1"), nullptr);
}

TEST_F(MonitorTest, ANodeThatChangesDisturbsNoCheckOfItThatStays) {
  start_backend();
  CheckSpec second = make_spec(CheckKind::kTtl);
  second.id = "disk";
  add_node({make_spec(CheckKind::kTcp), second});
  wait(Millis(500));
  add_node({make_spec(CheckKind::kTcp)});
  wait(Millis(300));
  EXPECT_EQ(backend_->connections(), 1);
  EXPECT_EQ(monitor_->check_count(), 1U);
  add_node({make_spec(CheckKind::kTcp)}, "10.0.0.2");  // the address was moved: it begins anew
  wait(Millis(100));
  EXPECT_EQ(backend_->connections(), 2);
  registry_.remove(model::Table::kNodes, "db-1");
  wait(Seconds(3));
  EXPECT_EQ(monitor_->check_count(), 0U);
  EXPECT_EQ(backend_->connections(), 2);
}

TEST_F(MonitorTest, TheNodesOfAStartAreWatchedToo) {
  start_backend();
  add_node({make_spec(CheckKind::kTcp)});
  wait(Seconds(1));
  restart(Seconds(1));
  EXPECT_EQ(soft({"db-1", {}, "default"}).status, CheckStatus::kPassing);
  stop_backend();
  wait(Seconds(2));
  EXPECT_EQ(registry_.news, (News{"db-1 passing", "db-1 critical no answer"}));
}

TEST_F(MonitorTest, AFleetIsWatchedWhole) {
  start_backend();
  for (int i = 0; i < 500; ++i) {
    auto instance = make_instance_for_test("10.0.0.1", i % 5 == 0 ? 81 : 80, make_spec());
    instance.id = "web-" + std::to_string(i);
    registry_.put(instance);
  }
  wait(Seconds(2));
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(registry_.health_of("web-" + std::to_string(i)),
              i % 5 == 0 ? Health::kNoAnswer : Health::kPassing);
  }
  EXPECT_EQ(registry_.news.size(), 500U);
}

}  // namespace
}  // namespace weft::health
