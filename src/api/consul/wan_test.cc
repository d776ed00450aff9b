#include "api/consul/wan.h"

#include "api/consul/consul_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::api::consul {
namespace {

class ConsulWan : public testing::Test, public ConsulForTest {
 protected:
  ConsulWan() : ConsulForTest({.peers = {{"dc2", {"127.0.0.1", 1}}, {"abc", {"127.0.0.1", 1}}}}) {
    face.wan = &client_;
  }

  static http::Request asked(std::string path, std::string query) {
    http::Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    return request;
  }
  base::Nanos patience(std::string query) {
    const http::Context context(loop, asked("/v1/kv/a", std::move(query)));
    return peer_patience(context);
  }

  http::Client client_{loop, nullptr, http::Client::Reuse::kFreshConnection};
};

TEST_F(ConsulWan, OwnAndKnownDatacentersAreListedTheOwnFirst) {
  EXPECT_EQ(say("GET", "/v1/catalog/datacenters"), R"(200 ["dc1","abc","dc2"])");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?dc=DC1").substr(0, 3), "200");
}

TEST_F(ConsulWan, WhatIsNotKnownOrNotThereIsSaid) {
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?dc=dc3"), "500 No path to datacenter");
  EXPECT_EQ(say("GET", "/v1/catalog/nodes?%64c=dc3"), "500 No path to datacenter");
  EXPECT_EQ(say("PUT", "/v1/kv/a?dc=dc3", "x"), "500 No path to datacenter");
  EXPECT_EQ(say("GET", "/v1/agent/service/a?dc=dc3"), "500 No path to datacenter");
  EXPECT_EQ(say("GET", "/v1/event/list?dc=dc3"), "500 No path to datacenter");
  const std::string far = say("PUT", "/v1/kv/a?dc=dc2", "x");
  EXPECT_EQ(far.rfind("500 Remote datacenter \"dc2\" cannot be reached: ", 0), 0U) << far;
  EXPECT_EQ(
      say("PUT", "/v1/catalog/register", R"({"Node":"n","Address":"10.0.0.9","Datacenter":"dc3"})"),
      "500 No path to datacenter");
  EXPECT_EQ(say("PUT", "/v1/catalog/deregister", R"({"Node":"n","Datacenter":"dc3"})"),
            "500 No path to datacenter");
  EXPECT_EQ(say("GET", "/v1/kv/?keys"), "200 []");
  EXPECT_EQ(say("GET", "/v1/catalog/node/n"), "200 null");
}

TEST_F(ConsulWan, TheRequestGoesThereAsItIsAndOnlyOnce) {
  http::Request request = asked("/v1/kv/a%20b", "dc=dc2&cas=3");
  request.method = wire::Method::kPut;
  request.body = "value";
  request.headers.set("X-Consul-Token", "secret");
  request.headers.set("Cookie", "mine");
  const http::Context context(loop, request);
  const auto sent = peer_request(face, context, "DC2");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->target, "/v1/kv/a%20b?dc=dc2&cas=3");
  EXPECT_EQ(sent->method, wire::Method::kPut);
  EXPECT_EQ(sent->body, "value");
  EXPECT_EQ(sent->to.port, 1);
  EXPECT_EQ(sent->fields.value("X-Consul-Token"), "secret");
  EXPECT_FALSE(sent->fields.has("Cookie"));
  http::Request again = asked("/v1/kv/a", "dc=dc2");
  again.headers.set("X-Weft-Forwarded", std::string(sent->fields.value("X-Weft-Forwarded")));
  const http::Context looped(loop, again);
  const auto refused = peer_request(face, looped, "dc2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "No path to datacenter");
}

TEST_F(ConsulWan, ItWaitsAsLongAsTheQuestionDoesAndALittle) {
  EXPECT_EQ(patience("dc=dc2"), base::Seconds(10));
  EXPECT_EQ(patience("dc=dc2&index=0&wait=5m"), base::Seconds(10));
  EXPECT_EQ(patience("dc=dc2&index=7&wait=160s"), base::Seconds(180));
  EXPECT_EQ(patience("dc=dc2&index=7&wait=99h"), base::Millis(647'500));
  EXPECT_EQ(patience("dc=dc2&hash=ab&wait=16s"), base::Seconds(27));
}

// Whatever page a browser shows must not make it change another datacenter either.
TEST_F(ConsulWan, ABrowserChangesNothingByGet) {
  http::Request request = asked("/v1/agent/service/deregister/a", "dc=dc2");
  request.authority = "localhost:8500";
  request.headers.set("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(ask(std::move(request)).status, 405);
}

}  // namespace
}  // namespace weft::api::consul
