#include "api/consul/consul_for_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::api::consul {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class ConsulAgent : public testing::Test, public ConsulForTest {
 protected:
  std::string enroll(std::string body, std::string_view query = "") {
    return say("PUT", "/v1/agent/service/register" + std::string(query), std::move(body));
  }
  json::object service(const std::string& id) {
    const json::value all = get("/v1/agent/services");
    const auto* one = all.as_object().if_contains(id);
    return one != nullptr ? one->as_object() : json::object();
  }
  std::vector<std::string> check_ids() {
    std::vector<std::string> out;
    const json::value checks = get("/v1/agent/checks");
    for (const auto& check : checks.as_object()) {
      out.emplace_back(check.key());
    }
    return out;
  }
};

TEST_F(ConsulAgent, ARegisteredServiceIsListedAsItWasGiven) {
  EXPECT_EQ(enroll(R"({"ID":"web-1","Name":"web","Tags":["a","b"],"Address":"10.1.1.1","Port":80,
      "Meta":{"v":"1"},"Weights":{"Passing":10,"Warning":2},"EnableTagOverride":true,
      "TaggedAddresses":{"lan":{"address":"10.1.1.1","port":80}}})"),
            "200 ");
  const json::object web = service("web-1");
  EXPECT_EQ(base::write_json(web),
            R"({"ID":"web-1","Service":"web","Tags":["a","b"],"Meta":{"v":"1"},"Port":80,)"
            R"("Address":"10.1.1.1","TaggedAddresses":{"lan":{"Address":"10.1.1.1","Port":80}},)"
            R"("Weights":{"Passing":10,"Warning":2},"EnableTagOverride":true,"Kind":"",)"
            R"("Datacenter":"dc1"})");
}

TEST_F(ConsulAgent, NamesOfMembersMayBeWrittenInAnyCase) {
  EXPECT_EQ(enroll(R"({"name":"web","port":80,"enable_tag_override":true,"check":
      {"ttl":"10s","deregister_critical_service_after":"90m"}})"),
            "200 ");
  EXPECT_EQ(service("web").at("EnableTagOverride"), true);
  const auto* row = state.view()->find<model::Instance>("web");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->object.checks.at(0).deregister_after, base::Seconds(5400));
}

TEST_F(ConsulAgent, WhatIsLeftOutIsNeverNull) {
  enroll(R"({"Name":"web"})");
  const json::object web = service("web");
  EXPECT_EQ(web.at("Tags"), json::array());
  EXPECT_EQ(web.at("Meta"), json::object());
  EXPECT_EQ(web.at("Port"), 0);
  EXPECT_EQ(base::write_json(web.at("Weights")), R"({"Passing":1,"Warning":1})");
}

TEST_F(ConsulAgent, BadRegistrationsAreRefusedInConsulsWords) {
  struct Row {
    const char* body;
    const char* answer;
  };
  const Row rows[] = {
      {R"({})", "400 Missing service name"},
      {R"({"Name":""})", "400 Missing service name"},
      {R"(nonsense)", "400 Request decode error"},
      {R"([])", "400 Request decode error"},
      {R"({"Name":1})", "400 Request decode error: 'Name' expected type 'string'"},
      {R"({"Name":"a","Port":"80"})", "400 Request decode error: 'Port' expected type 'int'"},
      {R"({"Name":"a","Port":-1})", "400 Invalid service port: -1"},
      {R"({"Name":"a","Kind":"connect-proxy"})", "400 weft: service kind not supported"},
      {R"({"Name":"a","Weights":{"Passing":0}})", "400 Invalid Weights: Passing"},
      {R"({"Name":"a","Weights":{"Warning":-1}})", "400 Invalid Weights: Warning"},
      {R"({"Name":"a","Weights":{"Passing":65536}})", "400 Invalid Weights"},
      {R"({"Name":"a","Meta":{"b c":"d"}})",
       "400 Invalid Service Meta: Couldn't load metadata pair ('b c', 'd'): Key contains invalid"},
      {R"({"Name":"a","Meta":{"k":1}})", "400 Request decode error: 'Meta[k]' expected"},
      {R"({"Name":"a","Check":{"HTTP":"http://x/"}})",
       "400 Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService"},
      {R"({"Name":"a","Check":{"Interval":"10s"}})",
       "400 Invalid check: TTL must be > 0 for TTL checks"},
      {R"({"Name":"a","Check":{"TTL":"abc"}})",
       "400 Request decode error: time: invalid duration \"abc\""},
      {R"({"Name":"a","Check":{"TTL":"10"}})",
       "400 Request decode error: time: missing unit in duration \"10\""},
      {R"({"Name":"a","Check":{"TTL":"10s","HTTP":"http://x/","Interval":"1s"}})",
       "400 Invalid check: Only one of"},
      {R"({"Name":"a","Check":{"HTTP":"ftp://x/","Interval":"1s"}})", "400 Invalid check: HTTP"},
      {R"({"Name":"a","Check":{"TCP":"nowhere","Interval":"1s"}})", "400 Invalid checks[0].target"},
      {R"({"Name":"a","Check":{"TTL":"10s","Status":"well"}})", "400 Invalid check status: 'well'"},
      {R"({"Name":"a","Check":{"Args":["/bin/true"],"Interval":"1s"}})",
       "400 Scripts are disabled on this agent"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(enroll(row.body), StartsWith(row.answer)) << row.body;
  }
  EXPECT_EQ(enroll(R"({"Name":")" + std::string(65'536, 'x') + "\"}").substr(0, 4), "400 ");
  json::object meta;
  for (int i = 0; i < 65; ++i) {
    meta.emplace("k" + std::to_string(i), "v");
  }
  EXPECT_THAT(enroll(base::write_json(json::object{{"Name", "a"}, {"Meta", meta}})),
              HasSubstr("cannot contain more than 64 key/value pairs"));
  EXPECT_EQ(state.view()->all<model::Instance>().size(), 0U) << "nothing was kept";
}

TEST_F(ConsulAgent, PortsThatNoSocketHasAreStoredUnchanged) {
  EXPECT_EQ(enroll(R"({"Name":"a","Port":99999})"), "200 ");
  EXPECT_EQ(service("a").at("Port"), 99'999);
}

TEST_F(ConsulAgent, ChecksWithoutAnIdAreCalledAfterTheService) {
  enroll(R"({"Name":"one","Check":{"TTL":"10s"}})");
  enroll(R"({"Name":"two","Checks":[{"TTL":"10s"},{"TTL":"20s"},{"CheckID":"own","TTL":"1m"}]})");
  EXPECT_THAT(check_ids(), ElementsAre("service:one", "service:two:1", "service:two:2", "own"));
  const json::value checks = get("/v1/agent/checks");
  EXPECT_EQ(checks.at("service:one").at("Name"), "Service 'one' check");
  EXPECT_EQ(checks.at("service:one").at("Status"), "critical");
  EXPECT_EQ(checks.at("service:one").at("Type"), "ttl");
}

TEST_F(ConsulAgent, ChecksThatAreNotNamedAgainStayUnlessTheyAreToGo) {
  enroll(R"({"Name":"web","Checks":[{"CheckID":"a","TTL":"10s"},{"CheckID":"b","TTL":"10s"}]})");
  enroll(R"({"Name":"web","Checks":[{"CheckID":"a","TTL":"30s"}]})");
  EXPECT_THAT(check_ids(), ElementsAre("a", "b"));
  enroll(R"({"Name":"web","Checks":[{"CheckID":"a","TTL":"30s"}]})", "?replace-existing-checks");
  EXPECT_THAT(check_ids(), ElementsAre("a"));
}

TEST_F(ConsulAgent, AnUnknownServiceCannotBeTakenAway) {
  EXPECT_EQ(say("PUT", "/v1/agent/service/deregister/nope"),
            "404 Unknown service ID \"nope\". Ensure that the service ID is passed, not the "
            "service name.");
  enroll(R"({"ID":"web-1","Name":"web"})");
  EXPECT_EQ(say("PUT", "/v1/agent/service/deregister/web-1"), "200 ");
  EXPECT_TRUE(service("web-1").empty());
  EXPECT_EQ(say("GET", "/v1/agent/service/web-1"), "404 unknown service ID: web-1");
}

TEST_F(ConsulAgent, AServiceIsReadWithItsHashAndWaitedForByIt) {
  enroll(R"({"Name":"web","Port":80})");
  const json::value first = get("/v1/agent/service/web");
  const std::string hash(headers.value("X-Consul-ContentHash"));
  EXPECT_FALSE(hash.empty());
  EXPECT_EQ(first.at("ContentHash").as_string(), hash);
  get("/v1/agent/service/web?wait=10ms&hash=" + hash);
  EXPECT_EQ(headers.value("X-Consul-ContentHash"), hash);
  enroll(R"({"Name":"web","Port":81})");
  get("/v1/agent/service/web?hash=" + hash);
  EXPECT_NE(headers.value("X-Consul-ContentHash"), hash);
}

TEST_F(ConsulAgent, AClientReportsItsOwnCheck) {
  enroll(R"({"Name":"web","Check":{"TTL":"10m"}})");
  const auto status_now = [this] { return get("/v1/agent/checks").at("service:web").at("Status"); };
  EXPECT_EQ(say("PUT", "/v1/agent/check/pass/service:web?note=fine"), "200 ");
  EXPECT_EQ(status_now(), "passing");
  EXPECT_EQ(get("/v1/agent/checks").at("service:web").at("Output"), "fine");
  EXPECT_EQ(say("PUT", "/v1/agent/check/warn/service:web"), "200 ");
  EXPECT_EQ(status_now(), "warning");
  EXPECT_EQ(say("PUT", "/v1/agent/check/fail/service:web"), "200 ");
  EXPECT_EQ(status_now(), "critical");
  EXPECT_EQ(
      say("PUT", "/v1/agent/check/update/service:web", R"({"Status":"passing","Output":"again"})"),
      "200 ");
  EXPECT_EQ(status_now(), "passing");
  EXPECT_EQ(say("PUT", "/v1/agent/check/update/service:web", R"({"Status":"odd"})"),
            "400 Invalid check status: 'odd'");
  EXPECT_THAT(say("PUT", "/v1/agent/check/pass/nope"), StartsWith("404 Unknown check ID \"nope\""));
}

TEST_F(ConsulAgent, OldClientsWriteByGetButNoPageDoes) {
  enroll(R"({"Name":"web","Check":{"TTL":"10m"}})");
  EXPECT_EQ(ask("GET", "/v1/agent/check/pass/service:web").status, 200);
  for (const char* field : {"Sec-Fetch-Site", "Origin", "Referer"}) {
    EXPECT_EQ(ask("GET", "/v1/agent/service/deregister/web", {}, {{field, "x"}}).status, 405);
  }
  EXPECT_EQ(get("/v1/health/service/web?passing").as_array().size(), 1U);
  EXPECT_EQ(ask("GET", "/v1/agent/service/deregister/web").status, 200);
}

TEST_F(ConsulAgent, OnlyAClientsOwnKindOfCheckIsReported) {
  enroll(R"({"Name":"web"})");
  EXPECT_EQ(say("PUT", "/v1/agent/check/register", R"({"TTL":"10s"})"), "400 Missing check name");
  EXPECT_THAT(
      say("PUT", "/v1/agent/check/register", R"({"Name":"x","TTL":"10s","ServiceID":"nope"})"),
      StartsWith("404 Unknown service ID \"nope\""));
  EXPECT_EQ(say("PUT", "/v1/agent/check/register",
                R"({"Name":"mem","TTL":"10s","ServiceID":"web","Notes":"n"})"),
            "200 ");
  EXPECT_EQ(say("PUT", "/v1/agent/check/register", R"({"ID":"al","Name":"al","AliasNode":"n1"})"),
            "200 ");
  EXPECT_EQ(get("/v1/agent/checks").at("mem").at("Notes"), "n");
  EXPECT_EQ(say("PUT", "/v1/agent/check/pass/al"),
            "400 CheckID \"al\" does not have associated TTL");
  EXPECT_EQ(say("PUT", "/v1/agent/check/deregister/mem"), "200 ");
  EXPECT_EQ(say("PUT", "/v1/agent/check/deregister/al"), "200 ");
  EXPECT_THAT(say("PUT", "/v1/agent/check/deregister/mem"),
              StartsWith("404 Unknown check ID \"mem\""));
}

TEST_F(ConsulAgent, MaintenanceIsACriticalCheckWithItsReason) {
  enroll(R"({"ID":"web-1","Name":"web"})");
  EXPECT_EQ(say("PUT", "/v1/agent/service/maintenance/web-1"), "400 Missing value for enable");
  EXPECT_THAT(say("PUT", "/v1/agent/service/maintenance/nope?enable=true"), StartsWith("404 "));
  EXPECT_EQ(say("PUT", "/v1/agent/service/maintenance/web-1?enable=true&reason=new%20disk"),
            "200 ");
  const json::value checks = get("/v1/agent/checks");
  EXPECT_EQ(checks.at("_service_maintenance:web-1").at("Status"), "critical");
  EXPECT_EQ(checks.at("_service_maintenance:web-1").at("Notes"), "new disk");
  EXPECT_EQ(get("/v1/health/service/web?passing"), json::array());
  EXPECT_EQ(say("PUT", "/v1/agent/service/maintenance/web-1?enable=false"), "200 ");
  EXPECT_EQ(get("/v1/health/service/web?passing").as_array().size(), 1U);
  EXPECT_EQ(say("PUT", "/v1/agent/maintenance?enable=true"), "200 ");
  EXPECT_EQ(get("/v1/health/service/web?passing"), json::array());
  EXPECT_EQ(say("PUT", "/v1/agent/maintenance?enable=false"), "200 ");
  EXPECT_EQ(get("/v1/health/service/web?passing").as_array().size(), 1U);
}

TEST_F(ConsulAgent, AnAgentSumsUpTheHealthOfItsServices) {
  enroll(R"({"ID":"web-1","Name":"web","Check":{"TTL":"10m","Status":"passing"}})");
  enroll(R"({"ID":"web-2","Name":"web","Check":{"TTL":"10m","Status":"warning"}})");
  EXPECT_EQ(say("GET", "/v1/agent/health/service/id/web-1?format=text"), "200 passing");
  EXPECT_EQ(say("GET", "/v1/agent/health/service/id/web-2?format=text"), "429 warning");
  EXPECT_EQ(say("GET", "/v1/agent/health/service/name/web?format=text"), "429 warning");
  say("PUT", "/v1/agent/check/fail/service:web-2");
  EXPECT_EQ(get("/v1/agent/health/service/name/web").as_array().size(), 2U);
  EXPECT_EQ(status, 503);
  EXPECT_EQ(say("GET", "/v1/agent/health/service/name/nope").substr(0, 3), "404");
}

TEST_F(ConsulAgent, FiltersChooseFromLists) {
  enroll(R"({"ID":"a","Name":"web","Port":80})");
  enroll(R"({"ID":"b","Name":"web","Port":81,"Meta":{"env":"qa"}})");
  EXPECT_EQ(get("/v1/agent/services?filter=Port%20==%2081").as_object().size(), 1U);
  EXPECT_EQ(get("/v1/agent/services?filter=Meta.env%20==%20%22qa%22").as_object().size(), 1U);
  EXPECT_THAT(say("GET", "/v1/agent/services?filter=Nope%20==%201"),
              StartsWith("400 Failed to create boolean expression evaluator: "));
}

TEST_F(ConsulAgent, TheDefinitionOfACheckIsToldToWhoAsksAndRegistersItAgain) {
  for (const char* check :
       {R"({"HTTP":"http://a:1/x","Interval":"15s","Timeout":"3s","Method":"HEAD"})",
        R"({"TCP":"a:1","Interval":"15s","DeregisterCriticalServiceAfter":"1h"})",
        R"({"TTL":"1m30s"})", R"({"UDP":"a:1","Interval":"15s","FailuresBeforeCritical":3})",
        R"({"GRPC":"a:1/s","GRPCUseTLS":true,"TLSSkipVerify":true,"Interval":"15s"})",
        R"({"H2PING":"a:1","H2PingUseTLS":false,"TLSServerName":"b","Interval":"15s"})",
        R"({"AliasService":"other","SuccessBeforePassing":2})"}) {
    enroll(fmt::format(R"({{"Name":"web","Port":80,"Check":{}}})", check));
    const auto before = state.view()->find<model::Instance>("web")->object;
    EXPECT_EQ(get("/v1/health/node/n1").at(1).at("Definition"), json::object()) << "as Consul's";
    const json::value told = get("/v1/health/node/n1?definition").at(1).at("Definition");
    enroll(R"({"Name":"web","Port":80,"Check":)" + base::write_json(told) + "}");
    EXPECT_EQ(state.view()->find<model::Instance>("web")->object, before)
        << check << " was told as " << base::write_json(told);
  }
}

TEST_F(ConsulAgent, TheDefinitionOfACheckTellsNoHeaders) {
  enroll(R"({"Name":"web","Check":{"HTTP":"http://a:1/","Interval":"15s","Body":"hush",
      "Header":{"Authorization":["Bearer hush"]}}})");
  const json::value told = get("/v1/health/node/n1?definition").at(1).at("Definition");
  EXPECT_EQ(told.at("HTTP"), "http://a:1/");
  EXPECT_EQ(base::write_json(told).find("hush"), std::string::npos);
}

TEST_F(ConsulAgent, ItSaysWhoItIs) {
  const json::value self = get("/v1/agent/self");
  EXPECT_EQ(self.at("Config").at("NodeName"), "n1");
  EXPECT_EQ(self.at("Config").at("Datacenter"), "dc1");
  EXPECT_EQ(self.at("Member").at("Port"), 8301);
  EXPECT_EQ(say("GET", "/v1/status/leader"), "200 \"10.0.0.1:8300\"");
  EXPECT_EQ(say("GET", "/v1/status/peers"), "200 [\"10.0.0.1:8300\"]");
  EXPECT_EQ(get("/v1/agent/members").at(0).at("Name"), "n1");
  EXPECT_EQ(get("/v1/agent/metrics").at("Gauges").at(0).at("Name"), "consul.runtime.alloc_bytes");
  EXPECT_THAT(say("GET", "/v1/agent/metrics?format=prometheus"), HasSubstr("# TYPE"));
  EXPECT_EQ(say("GET", "/v1/acl/list"), "401 ACL support disabled");
  EXPECT_EQ(say("PUT", "/v1/agent/reload"), "200 ");
  EXPECT_EQ(say("GET", "/v1/nothing"), "404 Invalid URL path: not a recognized HTTP API endpoint");
  EXPECT_EQ(say("POST", "/v1/agent/services"), "405 method POST not allowed");
  EXPECT_EQ(headers.value("Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace weft::api::consul
