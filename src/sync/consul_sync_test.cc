#include "sync/consul_sync.h"

#include "model/origin.h"
#include "state/store_memory.h"
#include "sync/consul_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace weft::sync {
namespace {

using base::Seconds;
using model::Health;
using model::Instance;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kWeb1 = "consul-dc7-host/web-1";

std::size_t times(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

class ConsulSyncTest : public testing::Test {
 protected:
  void SetUp() override {
    run(start_state(this));
    options_.address = {"127.0.0.1", ConsulForTest::kPort};
    options_.mesh_name = "test";
    options_.own_address = "10.0.0.9";
  }
  void TearDown() override {
    if (sync_) {
      run(stop_sync(this));
    }
    run(ConsulForTest::stop(&consul_));
    run(stop_state(this));
  }

  static io::Task<void> start_state(ConsulSyncTest* test) {
    const auto started = co_await test->state_.start();
    EXPECT_TRUE(started);
  }
  static io::Task<void> stop_state(ConsulSyncTest* test) { co_await test->state_.stop(); }
  static io::Task<void> stop_sync(ConsulSyncTest* test) { co_await test->sync_->stop(); }
  static io::Task<void> finish(io::Task<void> task, bool* done) {
    co_await std::move(task);
    *done = true;
  }
  void run(io::Task<void> task) {
    bool done = false;
    scope_.spawn("test", finish(std::move(task), &done));
    EXPECT_TRUE(world_.run_until([&] { return done; }, Seconds(100)));
  }

  void start(ConsulSync::IsLeader is_leader = {}) {
    sync_ = std::make_unique<ConsulSync>(ConsulSync::Parts{loop_, nullptr, state_, log_, meters_},
                                         options_, std::move(is_leader));
    sync_->start();
  }
  void restart() {
    run(stop_sync(this));
    sync_.reset();
    start();
  }

  static io::Task<void> apply(ConsulSyncTest* test, model::Step step) {
    model::Command command;
    command.actor = "tester";
    command.steps.push_back(std::move(step));
    const auto applied = co_await test->state_.apply(std::move(command));
    EXPECT_TRUE(applied) << base::describe(applied.error());
  }
  void put(model::Object object) { run(apply(this, model::Put{std::move(object), {}})); }

  void put_own(const std::string& id, const std::string& service) {
    Instance instance;
    instance.id = id;
    instance.service = service;
    instance.address = "10.0.0.1";
    instance.port = 80;
    instance.checks.emplace_back().id = "c";
    put(instance);
    tell(id, service, model::CheckStatus::kPassing);
  }
  void tell(const std::string& id, const std::string& service, model::CheckStatus status,
            const std::string& output = {}) {
    model::CheckState state;
    state.instance = id;
    state.service = service;
    state.check = "c";
    state.status = status;
    state.output = output;
    put(state);
  }

  // A condition within the time that is long for everything here.
  bool eventually(const std::function<bool()>& holds, base::Nanos patience = Seconds(120)) {
    return world_.run_until(holds, patience);
  }
  void settle(base::Nanos time = Seconds(5)) {
    bool is_over = false;
    world_.network().call_at(world_.now() + time, [&] { is_over = true; });
    EXPECT_TRUE(world_.run_until([&] { return is_over; }, time * 2));
  }

  const Instance* find(const std::string& id) {
    const auto* row = state_.view()->find<Instance>(id);
    return row != nullptr ? &row->object : nullptr;
  }
  std::optional<Health> health(const std::string& id) {
    const Instance* instance = find(id);
    return instance != nullptr ? std::optional(state_.view()->health_of(*instance)) : std::nullopt;
  }
  std::string stale_since(const std::string& id) {
    const Instance* instance = find(id);
    return instance != nullptr ? std::string(model::text_of(instance->metadata, model::kStaleSince))
                               : "it has gone";
  }
  // "id status" of what is there of ours.
  std::vector<std::string> there() {
    std::vector<std::string> out;
    for (const auto& [name, node] : consul_.nodes) {
      if (!name.starts_with("weft-sync-")) {
        continue;
      }
      for (const auto& [id, service] : node.services) {
        const auto check = node.checks.find("weft:" + id);
        out.push_back(id + " " +
                      (check == node.checks.end()
                           ? "?"
                           : std::string(check->second.at("Status").as_string())));
      }
    }
    return out;
  }
  ConsulForTest::Node* our_node() {
    for (auto& [name, node] : consul_.nodes) {
      if (name.starts_with("weft-sync-")) {
        return &node;
      }
    }
    return nullptr;
  }
  std::int64_t gauge(std::string_view name, const std::string& direction = {}) {
    for (const base::MeterFamily& family : meters_.collect()) {
      for (const base::MeterSample& sample : family.samples) {
        if (family.info.name == name &&
            (direction.empty() || sample.labels.front().second == direction)) {
          return std::get<std::int64_t>(sample.value);
        }
      }
    }
    return -1;
  }

  io::SimWorld world_{1};
  io::Loop& loop_ = world_.add_loop("weft");
  io::BlockingPool pool_{[](io::BlockingPool::Job job) { job(); }};
  std::ostringstream log_text_;
  base::Log log_{{.queue_lines = 0}, log_text_};
  base::MeterRegistry meters_;
  state::StoreMemory store_;
  state::State state_{{loop_, pool_, store_, log_, meters_}, {}};
  ConsulForTest consul_{world_.add_loop("consul")};
  ConsulSync::Options options_;
  std::unique_ptr<ConsulSync> sync_;
  io::TaskScope scope_;
};

TEST_F(ConsulSyncTest, ServicesComeInWithTheirHealth) {
  consul_.put_service("host", "web-1", "web", 8080);
  consul_.put_check("host", "web-1", "passing", "fine");
  start();
  ASSERT_TRUE(eventually([&] { return health(kWeb1) == Health::kPassing; }));
  const Instance& web = *find(kWeb1);
  EXPECT_EQ(web.service, "web");
  EXPECT_EQ(web.address, "10.9.0.1");  // the node's
  EXPECT_EQ(web.port, 8080U);
  EXPECT_EQ(web.weight, Instance::kWeightUsual);
  EXPECT_EQ(model::owner_id_of(web), "web-1");
  EXPECT_EQ(model::text_of(web.metadata, model::kSyncedFrom), "consul/dc7");
  EXPECT_EQ(model::text_of(web.metadata, model::kExternalSource), "consul");
  EXPECT_EQ(web.checks.at(0).kind, model::CheckKind::kTold);
  EXPECT_EQ(gauge("weft_consul_sync_instances", "in"), 1);
  EXPECT_EQ(gauge("weft_consul_sync_up"), 1);

  consul_.put_check("host", "web-1", "critical", "down");
  EXPECT_TRUE(eventually([&] { return health(kWeb1) == Health::kCritical; }));
  consul_.put_check("host", "web-1", "warning");
  EXPECT_TRUE(eventually([&] { return health(kWeb1) == Health::kWarning; }));
  consul_.put_check("host", "web-1", "passing");
  EXPECT_TRUE(eventually([&] { return health(kWeb1) == Health::kPassing; }));
  consul_.put_check("host", "", "critical", "the node is lost");
  EXPECT_TRUE(eventually([&] { return health(kWeb1) == Health::kCritical; }));
}

TEST_F(ConsulSyncTest, WhatChangesOrDisappearsThereDoesSoHere) {
  consul_.put_service("host", "web-1", "web", 8080);
  consul_.put_service("host", "web-2", "web", 8081);
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) && find("consul-dc7-host/web-2"); }));
  consul_.put_service("host", "web-1", "web", 9090);  // no check says anything of this
  EXPECT_TRUE(eventually([&] { return find(kWeb1)->port == 9090; }));
  consul_.drop_service("host", "web-2");
  EXPECT_TRUE(eventually([&] { return find("consul-dc7-host/web-2") == nullptr; }));
  consul_.nodes.clear();
  consul_.touch();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) == nullptr; }));
  EXPECT_EQ(state_.view()->find<model::Node>("consul-dc7-host"), nullptr);
  EXPECT_EQ(state_.view()->find<model::Service>("web"), nullptr);
}

TEST_F(ConsulSyncTest, AChangeOfOneCheckReadsOneService) {
  for (const std::string name : {"a", "b", "c", "d"}) {
    consul_.put_service("host", name, name, 80);
    consul_.put_check("host", name, "passing");
  }
  options_.direction = Direction::kIn;
  start();
  ASSERT_TRUE(eventually([&] { return health("consul-dc7-host/d") == Health::kPassing; }));
  settle();
  const std::size_t before = consul_.count("GET /v1/health/service/");
  consul_.put_check("host", "b", "critical");
  ASSERT_TRUE(eventually([&] { return health("consul-dc7-host/b") == Health::kCritical; }));
  settle();
  EXPECT_EQ(consul_.count("GET /v1/health/service/") - before, 1U);
  consul_.put_check("host", "", "critical");  // of the node, and so of all that is on it
  ASSERT_TRUE(eventually([&] { return health("consul-dc7-host/a") == Health::kCritical; }));
  settle();
  EXPECT_EQ(consul_.count("GET /v1/health/service/") - before, 5U);
}

TEST_F(ConsulSyncTest, NothingIsWrittenWhereNothingDiffers) {
  consul_.put_service("host", "web-1", "web", 8080);
  consul_.put_check("host", "web-1", "passing", "fine");
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return health(kWeb1) == Health::kPassing && !there().empty(); }));
  settle();
  const std::uint64_t index = state_.view()->index();
  const std::size_t puts = consul_.count("PUT");
  EXPECT_EQ(puts, 1U);
  consul_.touch();       // news without a difference
  settle(Seconds(200));  // several times read anew
  restart();
  settle(Seconds(20));
  EXPECT_EQ(state_.view()->index(), index);
  EXPECT_EQ(consul_.count("PUT"), puts);
}

TEST_F(ConsulSyncTest, OursGoOutWithTheirHealth) {
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return there() == std::vector<std::string>{"own-1 passing"}; }));
  const ConsulForTest::Node& node = *our_node();
  const json::object& service = node.services.at("own-1");
  EXPECT_EQ(service.at("Service"), json::value("own"));
  EXPECT_EQ(service.at("Address"), json::value("10.0.0.1"));
  EXPECT_EQ(service.at("Meta").at("external-source"), json::value("weft"));
  EXPECT_EQ(node.facts.at("Meta").at("external-probe"), json::value("false"));
  EXPECT_EQ(node.facts.at("Meta").at("weft-mesh"), service.at("Meta").at("weft-mesh"));

  tell("own-1", "own", model::CheckStatus::kCritical, "refused");
  EXPECT_TRUE(eventually([&] { return there() == std::vector<std::string>{"own-1 critical"}; }));
  EXPECT_EQ(our_node()->checks.at("weft:own-1").at("Output"), json::value("c: refused"));
  put_own("own-2", "own");
  EXPECT_TRUE(eventually([&] { return there().size() == 2; }));
  run(apply(this, model::SetRotation{.key = "own-2", .reason = "repair"}));
  EXPECT_TRUE(eventually([&] { return there().back() == "own-2 critical"; }));
  run(apply(this, model::Delete{model::Table::kInstances, "own-1"}));
  EXPECT_TRUE(eventually([&] { return there() == std::vector<std::string>{"own-2 critical"}; }));
  run(apply(this, model::Delete{model::Table::kInstances, "own-2"}));
  EXPECT_TRUE(eventually([&] { return our_node() == nullptr; }));
}

TEST_F(ConsulSyncTest, WhatWentOutDoesNotComeBackAndWhatCameInDoesNotGoOut) {
  consul_.put_service("host", "web-1", "web", 8080);
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) && !there().empty(); }));
  settle(Seconds(100));
  EXPECT_THAT(there(), ElementsAre("own-1 passing"));
  EXPECT_EQ(state_.view()->all<Instance>().size(), 2U);
}

TEST_F(ConsulSyncTest, ASilentConsulLeavesTheLastStateMarkedAsStale) {
  consul_.put_service("host", "web-1", "web", 8080);
  consul_.put_check("host", "web-1", "passing");
  start();
  ASSERT_TRUE(eventually([&] { return health(kWeb1) == Health::kPassing; }));
  settle();
  consul_.set_down(true);
  settle(Seconds(5));
  EXPECT_EQ(stale_since(kWeb1), "");  // a short silence is none
  ASSERT_TRUE(eventually([&] { return !stale_since(kWeb1).empty(); }));
  EXPECT_EQ(health(kWeb1), Health::kPassing);
  EXPECT_TRUE(base::parse_rfc3339(stale_since(kWeb1)));
  EXPECT_EQ(gauge("weft_consul_sync_up"), 0);
  EXPECT_EQ(gauge("weft_consul_sync_stale"), 1);
  Instance changed = *find(kWeb1);
  changed.port = 1;
  put(changed);
  settle(Seconds(300));
  EXPECT_NE(stale_since(kWeb1), "");  // nobody knows better now
  EXPECT_EQ(times(log_text_.str(), "does not answer"), 1U) << log_text_.str();

  consul_.put_check("host", "web-1", "critical");
  consul_.set_down(false);
  ASSERT_TRUE(eventually([&] { return stale_since(kWeb1).empty(); }));
  EXPECT_EQ(health(kWeb1), Health::kCritical);
  EXPECT_EQ(find(kWeb1)->port, 8080U);
  settle(Seconds(60));
  EXPECT_EQ(gauge("weft_consul_sync_up"), 1);
  EXPECT_EQ(gauge("weft_consul_sync_stale"), 0);
  EXPECT_EQ(times(log_text_.str(), "to sync with answers"), 2U) << log_text_.str();
}

TEST_F(ConsulSyncTest, OneQuestionThatIsNotAnsweredIsSilence) {
  consul_.put_service("host", "web-1", "web", 8080);
  consul_.put_check("host", "web-1", "passing");
  start();
  ASSERT_TRUE(eventually([&] { return health(kWeb1) == Health::kPassing; }));
  for (const char* path : {"/v1/health/state/any", "/v1/catalog/services"}) {
    settle();
    consul_.failing_path = path;
    consul_.touch_checks();  // wakes the one; the other is asked again within its wait
    ASSERT_TRUE(eventually([&] { return !stale_since(kWeb1).empty(); })) << path;
    consul_.failing_path = "";
    EXPECT_TRUE(eventually([&] { return stale_since(kWeb1).empty() && sync_->is_up(); })) << path;
  }
  settle();
  consul_.failing_path = "/v1/health/service/web";
  consul_.put_check("host", "web-1", "critical");
  ASSERT_TRUE(eventually([&] { return !stale_since(kWeb1).empty(); }));
  EXPECT_EQ(health(kWeb1), Health::kPassing);
  consul_.failing_path = "";
  EXPECT_TRUE(eventually([&] { return health(kWeb1) == Health::kCritical && sync_->is_up(); }));
  EXPECT_EQ(stale_since(kWeb1), "");
}

TEST_F(ConsulSyncTest, WhatCameInBeforeAStartIsStaleToo) {
  consul_.put_service("host", "web-1", "web", 8080);
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) != nullptr; }));
  consul_.set_down(true);
  restart();
  EXPECT_TRUE(eventually([&] { return !stale_since(kWeb1).empty(); }));
  EXPECT_NE(find(kWeb1), nullptr);
}

TEST_F(ConsulSyncTest, NothingIsLostWhileConsulIsAway) {
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return there().size() == 1; }));
  consul_.set_down(true);
  settle();
  put_own("own-2", "own");
  run(apply(this, model::Delete{model::Table::kInstances, "own-1"}));
  settle(Seconds(100));
  EXPECT_THAT(there(), ElementsAre("own-1 passing"));
  consul_.set_down(false);
  EXPECT_TRUE(eventually([&] { return there() == std::vector<std::string>{"own-2 passing"}; }));
}

TEST_F(ConsulSyncTest, AConsulThatBeganAnewIsReadAndWrittenAnew) {
  consul_.index = consul_.checks_index = 100'000;
  consul_.put_service("host", "web-1", "web", 8080);
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) && !there().empty(); }));
  settle();
  consul_.set_down(true);
  consul_.nodes.clear();
  consul_.index = consul_.checks_index = 1;
  put_own("own-2", "own");
  settle(Seconds(2));
  consul_.set_down(false);
  // Long before what is there is read anew without a reason.
  EXPECT_TRUE(
      eventually([&] { return find(kWeb1) == nullptr && there().size() == 2; }, Seconds(20)));
  consul_.put_service("host", "web-2", "web", 8080);
  EXPECT_TRUE(eventually([&] { return find("consul-dc7-host/web-2") != nullptr; }));
}

TEST_F(ConsulSyncTest, WhatOthersDoToSyncedThingsIsPutRight) {
  consul_.put_service("host", "web-1", "web", 8080);
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) && !there().empty(); }));
  settle();
  Instance changed = *find(kWeb1);
  changed.port = 1;
  put(changed);
  EXPECT_TRUE(eventually([&] { return find(kWeb1)->port == 8080; }));
  settle();
  run(apply(this, model::Delete{model::Table::kInstances, kWeb1}));
  EXPECT_TRUE(eventually([&] { return find(kWeb1) != nullptr; }));
  run(apply(this, model::SetRotation{.key = kWeb1, .reason = "repair"}));
  settle();
  EXPECT_FALSE(find(kWeb1)->enabled);  // that is the operator's to say
  const std::uint64_t index = state_.view()->index();
  settle(Seconds(100));
  EXPECT_EQ(state_.view()->index(), index);

  our_node()->services.at("own-1")["Port"] = 1;
  our_node()->services["foreign"] = {{"ID", "foreign"}, {"Service", "foreign"}};
  our_node()->checks["foreign"] = {{"CheckID", "foreign"}, {"ServiceID", "own-1"}};
  consul_.touch();
  EXPECT_TRUE(eventually([&] {
    const ConsulForTest::Node& node = *our_node();
    return node.services.size() == 1 && node.services.at("own-1").at("Port") == json::value(80) &&
           node.checks.size() == 1;
  }));
}

TEST_F(ConsulSyncTest, OneThatIsRefusedHoldsNobodyUp) {
  consul_.refused_service = "bad";
  put_own("a", "bad");
  put_own("b", "good");
  start();
  ASSERT_TRUE(eventually([&] { return there() == std::vector<std::string>{"b passing"}; }));
  settle(Seconds(200));
  EXPECT_EQ(times(log_text_.str(), "refuses an instance"), 1U) << log_text_.str();
  EXPECT_TRUE(sync_->is_up());
  EXPECT_LT(consul_.count("PUT"), 10U);
  const std::size_t puts = consul_.count("PUT");
  for (int i = 0; i < 6; ++i) {
    tell("b", "good", i % 2 == 0 ? model::CheckStatus::kWarning : model::CheckStatus::kPassing);
    settle(Seconds(2));
  }
  EXPECT_LE(consul_.count("PUT") - puts, 7U);  // it is not tried again with each of the others
  consul_.refused_service = "";
  EXPECT_TRUE(eventually([&] { return there().size() == 2; }));
}

TEST_F(ConsulSyncTest, AnInstanceThatBreaksARuleIsLeftOutAlone) {
  consul_.put_service("host", std::string(300, 'x'), "web", 1);
  consul_.put_service("host", "web-1", "web", 8080);
  start();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) != nullptr; }));
  EXPECT_THAT(log_text_.str(), HasSubstr("left out"));
}

TEST_F(ConsulSyncTest, TheTokenIsSentAndNotLogged) {
  consul_.token = "s3cret";
  options_.token = "s3cret";
  consul_.put_service("host", "web-1", "web", 8080);
  start();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) != nullptr; }));
  consul_.token = "other";
  consul_.touch();
  EXPECT_TRUE(eventually([&] { return !sync_->is_up(); }));
  EXPECT_THAT(log_text_.str(), HasSubstr("refuses the token"));
  EXPECT_EQ(times(log_text_.str(), "s3cret"), 0U);
}

TEST_F(ConsulSyncTest, ThePrefixIsPutBeforeWhatComesInOnly) {
  options_.prefix = "c-";
  consul_.put_service("host", "web-1", "web", 8080);
  put_own("own-1", "c-own");
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) && !there().empty(); }));
  EXPECT_EQ(find(kWeb1)->service, "c-web");
  EXPECT_EQ(our_node()->services.at("own-1").at("Service"), json::value("c-own"));
}

TEST_F(ConsulSyncTest, ADirectionThatIsNotWantedIsTakenBack) {
  consul_.put_service("host", "web-1", "web", 8080);
  put_own("own-1", "own");
  start();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) && !there().empty(); }));
  options_.direction = Direction::kOut;
  restart();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) == nullptr; }));
  settle();
  EXPECT_THAT(there(), ElementsAre("own-1 passing"));
  options_.direction = Direction::kIn;
  restart();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) && our_node() == nullptr; }));
  options_.direction = Direction::kNone;
  restart();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) == nullptr; }));
  EXPECT_NE(find("own-1"), nullptr);
  EXPECT_TRUE(consul_.nodes.contains("host"));
}

TEST_F(ConsulSyncTest, OnlyTheLeaderSyncs) {
  bool leads = false;
  consul_.put_service("host", "web-1", "web", 8080);
  start([&leads] { return leads; });
  settle(Seconds(100));
  EXPECT_THAT(consul_.asked, IsEmpty());
  leads = true;
  sync_->leadership_changed();
  ASSERT_TRUE(eventually([&] { return find(kWeb1) != nullptr; }));
  leads = false;
  sync_->leadership_changed();
  settle();
  consul_.drop_service("host", "web-1");
  consul_.asked.clear();
  settle(Seconds(100));
  EXPECT_THAT(consul_.asked, IsEmpty());
  EXPECT_NE(find(kWeb1), nullptr);
  leads = true;
  sync_->leadership_changed();
  EXPECT_TRUE(eventually([&] { return find(kWeb1) == nullptr; }));
}

}  // namespace
}  // namespace weft::sync
