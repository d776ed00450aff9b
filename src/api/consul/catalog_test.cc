#include "api/consul/consul_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::api::consul {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class ConsulCatalog : public testing::Test, public ConsulForTest {
 protected:
  std::string enroll(std::string body) {
    return say("PUT", "/v1/catalog/register", std::move(body));
  }
  std::vector<std::string> ids(std::string_view target, std::string_view member) {
    std::vector<std::string> out;
    const json::value list = get(target);
    for (const json::value& one : list.as_array()) {
      out.emplace_back(one.at(member).as_string());
    }
    return out;
  }
};

constexpr const char* kDatabase = R"({"Node":"db-host","Address":"10.9.9.9",
    "NodeMeta":{"rack":"7"},"Service":{"ID":"pg-1","Service":"pg","Tags":["main"],"Port":5432},
    "Check":{"CheckID":"pg-up","Name":"pg up","Status":"passing","ServiceID":"pg-1"}})";

TEST_F(ConsulCatalog, AnEntryFromOutsideIsANodeAServiceAndItsChecks) {
  EXPECT_EQ(enroll(kDatabase), "200 true");
  EXPECT_THAT(ids("/v1/catalog/nodes", "Node"), ElementsAre("db-host", "n1"));
  const json::value service = get("/v1/catalog/service/pg").at(0);
  EXPECT_EQ(service.at("Node"), "db-host");
  EXPECT_EQ(service.at("Address"), "10.9.9.9");
  EXPECT_EQ(service.at("ServiceID"), "pg-1");
  EXPECT_EQ(service.at("ServicePort"), 5432);
  EXPECT_EQ(service.at("NodeMeta").at("rack"), "7");
  const json::value healths = get("/v1/health/service/pg").at(0);
  EXPECT_EQ(healths.at("Checks").as_array().size(), 1U)
      << "no process of ours looks after the node";
  EXPECT_EQ(healths.at("Checks").at(0).at("CheckID"), "pg-up");
  EXPECT_EQ(healths.at("Checks").at(0).at("Status"), "passing");
  EXPECT_EQ(get("/v1/health/service/pg?passing").as_array().size(), 1U);
}

TEST_F(ConsulCatalog, AnEqualRegistrationChangesNothing) {
  enroll(kDatabase);
  const std::uint64_t before = state.feed().index();
  EXPECT_EQ(enroll(kDatabase), "200 true");
  EXPECT_EQ(state.feed().index(), before);
}

TEST_F(ConsulCatalog, TwoNodesMayHaveAServiceOfOneId) {
  const auto on = [](const char* host) {
    return R"({"Node":")" + std::string(host) +
           R"(","Address":"10.0.0.9","Service":{"Service":"web","Port":80}})";
  };
  enroll(on("a"));
  enroll(on("b"));
  EXPECT_THAT(ids("/v1/catalog/service/web", "Node"), ElementsAre("b", "a"));
  EXPECT_THAT(ids("/v1/catalog/service/web", "ServiceID"), ElementsAre("web", "web"));
  say("PUT", "/v1/catalog/deregister", R"({"Node":"b","ServiceID":"web"})");
  EXPECT_THAT(ids("/v1/catalog/service/web", "Node"), ElementsAre("a"));
  say("PUT", "/v1/catalog/deregister", R"({"Node":"a"})");
  EXPECT_EQ(get("/v1/catalog/service/web"), json::array());
}

TEST_F(ConsulCatalog, WhatIsMissingIsNamed) {
  EXPECT_EQ(enroll(R"({"Node":"a"})"), "400 Must provide node and address");
  EXPECT_EQ(enroll(R"({"Address":"1.1.1.1"})"), "400 Must provide node and address");
  EXPECT_EQ(say("PUT", "/v1/catalog/deregister", "{}"), "400 Must provide node");
  EXPECT_EQ(say("PUT", "/v1/catalog/deregister", R"({"Node":"nobody"})"), "200 true");
  EXPECT_EQ(say("PUT", "/v1/catalog/deregister", R"({"Node":"n1","ServiceID":"x"})"), "200 true");
  EXPECT_THAT(say("PUT", "/v1/catalog/deregister", R"({"Node":"n1"})"), StartsWith("400 weft: "));
  EXPECT_THAT(enroll(R"({"Node":"a","Address":"1.1.1.1","Check":{"Name":"c","ServiceID":"x"}})"),
              StartsWith("400 Unknown service ID 'x'"));
}

TEST_F(ConsulCatalog, ACheckOfANodeCountsForItsServices) {
  enroll(kDatabase);
  enroll(R"({"Node":"db-host","Address":"10.9.9.9","NodeMeta":{"rack":"7"},
      "Check":{"CheckID":"disk","Name":"disk","Status":"critical","Output":"full"}})");
  EXPECT_EQ(get("/v1/health/service/pg?passing"), json::array());
  EXPECT_THAT(ids("/v1/health/node/db-host", "CheckID"), ElementsAre("disk", "pg-up"));
  EXPECT_THAT(ids("/v1/health/state/critical", "CheckID"), ElementsAre("disk"));
  EXPECT_THAT(ids("/v1/health/checks/pg", "CheckID"), ElementsAre("pg-up"));
  EXPECT_EQ(say("GET", "/v1/health/state/odd"), "400 Invalid check state: 'odd'");
  say("PUT", "/v1/catalog/deregister", R"({"Node":"db-host","CheckID":"disk"})");
  EXPECT_EQ(get("/v1/health/service/pg?passing").as_array().size(), 1U);
}

TEST_F(ConsulCatalog, ServicesAreNamesWithTheirTags) {
  enroll(kDatabase);
  const json::value services = get("/v1/catalog/services");
  EXPECT_EQ(base::write_json(services), R"({"consul":[],"pg":["main"],"weft-gateway":[]})");
  EXPECT_EQ(base::write_json(get("/v1/catalog/services?node-meta=rack:7")), R"({"pg":["main"]})");
  EXPECT_EQ(base::write_json(get("/v1/catalog/services?filter=ServicePort%20==%205432")),
            R"({"pg":["main"]})");
  EXPECT_EQ(get("/v1/catalog/service/pg?tag=MAIN").as_array().size(), 1U);
  EXPECT_EQ(get("/v1/catalog/service/pg?tag=main&tag=other"), json::array());
  EXPECT_EQ(get("/v1/catalog/service/consul").at(0).at("ServicePort"), 8300);
  EXPECT_EQ(get("/v1/catalog/service/weft-gateway").at(0).at("ServicePort"), 10'005);
  EXPECT_EQ(say("GET", "/v1/catalog/datacenters"), "200 [\"dc1\"]");
}

TEST_F(ConsulCatalog, ANodeIsShownWithItsServices) {
  enroll(kDatabase);
  const json::value shown = get("/v1/catalog/node/db-host");
  EXPECT_EQ(shown.at("Node").at("Address"), "10.9.9.9");
  EXPECT_EQ(shown.at("Services").at("pg-1").at("Port"), 5432);
  EXPECT_EQ(get("/v1/catalog/node-services/db-host").at("Services").at(0).at("ID"), "pg-1");
  EXPECT_EQ(say("GET", "/v1/catalog/node/nobody"), "200 null");
  EXPECT_EQ(say("GET", "/v1/catalog/connect/pg"), "200 []");
}

TEST_F(ConsulCatalog, DefinitionsOfANodeThatAsksForItAreRun) {
  enroll(R"({"Node":"ext","Address":"10.9.9.9","NodeMeta":{"external-probe":"true"},
      "Service":{"Service":"web","Port":80},"Checks":[{"CheckID":"c","Name":"c","ServiceID":"web",
      "Status":"passing","Definition":{"TCP":"10.9.9.9:80","Interval":"30s"}}]})");
  const auto* row = state.view()->find<model::Instance>("web");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->object.checks.at(0).kind, model::CheckKind::kTcp);
  EXPECT_EQ(row->object.checks.at(0).interval, base::Seconds(30));
  enroll(R"({"Node":"int","Address":"10.9.9.8","Service":{"Service":"db","Port":80},
      "Checks":[{"CheckID":"d","Name":"d","ServiceID":"db","Status":"passing",
      "Definition":{"TCP":"10.9.9.9:80","Interval":"30s"}}]})");
  EXPECT_EQ(state.view()->find<model::Instance>("db")->object.checks.at(0).kind,
            model::CheckKind::kTold);
  EXPECT_EQ(get("/v1/health/checks/db").at(0).at("Definition").at("TCP"), "10.9.9.9:80");
}

TEST_F(ConsulCatalog, AnIndexIsThatOfItsOwnPart) {
  enroll(kDatabase);
  get("/v1/health/service/pg");
  const std::uint64_t pg = index();
  get("/v1/catalog/nodes");
  const std::uint64_t nodes = index();
  enroll(R"({"Node":"n2","Address":"10.0.0.2","Service":{"Service":"web"}})");
  get("/v1/health/service/pg");
  EXPECT_EQ(index(), pg);
  get("/v1/catalog/nodes");
  EXPECT_GT(index(), nodes);
  say("PUT", "/v1/catalog/deregister", R"({"Node":"db-host","ServiceID":"pg-1"})");
  get("/v1/health/service/pg");
  EXPECT_GT(index(), pg) << "a deletion counts";
  EXPECT_EQ(headers.value("X-Consul-KnownLeader"), "true");
  EXPECT_EQ(headers.value("X-Consul-LastContact"), "0");
  EXPECT_EQ(headers.value("X-Consul-Effective-Consistency"), "leader");
}

TEST_F(ConsulCatalog, AQuestionThatWaitsIsAnsweredByAChangeOfItsPart) {
  enroll(kDatabase);
  get("/v1/health/service/pg");
  const std::string target = "/v1/health/service/pg?wait=10m&index=" + std::to_string(index());
  http::Request request;
  request.path = "/v1/health/service/pg";
  request.query = target.substr(target.find('?') + 1);
  http::Context context(loop, std::move(request));
  http::Response response;
  bool is_answered = false;
  const auto wait = [](const http::Dispatcher* on, http::Context* asked, http::Response* out,
                       bool* done) -> io::Task<void> {
    *out = co_await on->answer(*asked);
    *done = true;
  };
  io::TaskScope scope;
  scope.spawn("waits", wait(&dispatcher, &context, &response, &is_answered));
  enroll(R"({"Node":"n2","Address":"10.0.0.2","Service":{"Service":"web"}})");
  EXPECT_FALSE(is_answered) << "that was another service";
  say("PUT", "/v1/catalog/deregister", R"({"Node":"db-host","ServiceID":"pg-1"})");
  EXPECT_TRUE(is_answered);
  EXPECT_EQ(response.body_text(), "[]");
}

TEST_F(ConsulCatalog, WhatIsAskedBadlyIsRefused) {
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?index=abc"), "400 Invalid index");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?wait=abc"), "400 Invalid wait time");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?stale&consistent"),
            "400 Cannot specify ?stale with ?consistent, conflicting semantics.");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?dc=dc9"), "500 No path to datacenter");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?dc=DC1").substr(0, 3), "200");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?ns=team").substr(0, 3), "400");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?ns=default").substr(0, 3), "200");
  get("/v1/catalog/nodes?stale");
  EXPECT_EQ(headers.value("X-Consul-Effective-Consistency"), "stale");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?wait=1ms&index=99999999").substr(0, 3), "200");
}

}  // namespace
}  // namespace weft::api::consul
