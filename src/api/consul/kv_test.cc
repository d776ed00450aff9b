#include "api/consul/consul_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::api::consul {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConsulKv : public testing::Test, public ConsulForTest {
 protected:
  std::string set(const std::string& key, std::string value) {
    return say("PUT", "/v1/kv/" + key, std::move(value));
  }
  std::string make_session(std::string body = "{}") {
    const http::Response response = ask("PUT", "/v1/session/create", std::move(body));
    const auto answer = base::parse_json(response.body_text());
    return answer ? std::string(answer->at("ID").as_string()) : std::string(response.body_text());
  }
  json::object entry(const std::string& key) { return get("/v1/kv/" + key).at(0).as_object(); }
  std::string transact(std::string body) { return say("PUT", "/v1/txn", std::move(body)); }
};

TEST_F(ConsulKv, AValueIsReadAsItWasWritten) {
  EXPECT_EQ(set("a/b?flags=42", "hello"), "200 true");
  EXPECT_EQ(say("GET", "/v1/kv/a/b"),
            "200 [{\"LockIndex\":0,\"Key\":\"a/b\",\"Flags\":42,\"Value\":\"aGVsbG8=\","
            "\"CreateIndex\":2,\"ModifyIndex\":2}]");
  EXPECT_EQ(say("GET", "/v1/kv/a/b?raw"), "200 hello");
  EXPECT_EQ(headers.value("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(say("GET", "/v1/kv/nothing"), "404 ");
  EXPECT_EQ(set("empty", ""), "200 true");
  EXPECT_TRUE(entry("empty").at("Value").is_null());
}

TEST_F(ConsulKv, KeysAreDecodedOnceAndKeptAsTheyAre) {
  set("a%2Fb", "1");
  set("x//y/", "2");
  set("%C3%A4", "3");
  EXPECT_EQ(say("GET", "/v1/kv/?keys"), "200 [\"a/b\",\"x//y/\",\"\xC3\xA4\"]");
  EXPECT_EQ(say("GET", "/v1/kv/x//y/?raw"), "200 2");
}

TEST_F(ConsulKv, KeysAreListedUpToASeparator) {
  for (const char* key : {"a/b", "a/c/d", "a/c/e", "b"}) {
    set(key, "v");
  }
  EXPECT_EQ(say("GET", "/v1/kv/a/?keys&separator=/"), "200 [\"a/b\",\"a/c/\"]");
  EXPECT_EQ(say("GET", "/v1/kv/?keys&separator=/"), "200 [\"a/\",\"b\"]");
  EXPECT_EQ(get("/v1/kv/a/?recurse").as_array().size(), 3U);
  EXPECT_EQ(say("GET", "/v1/kv/z?recurse"), "404 ");
  EXPECT_EQ(say("GET", "/v1/kv/z?keys"), "404 ");
}

TEST_F(ConsulKv, AnEmptyRootHasNoKeys) {
  EXPECT_EQ(say("GET", "/v1/kv/?keys"), "200 []");
  EXPECT_EQ(say("GET", "/v1/kv/"), "400 Missing key name");
  EXPECT_EQ(say("PUT", "/v1/kv/", "v"), "400 Missing key name");
  EXPECT_EQ(say("DELETE", "/v1/kv/"), "400 Missing key name");
}

TEST_F(ConsulKv, CompareAndSetHoldsToTheIndex) {
  EXPECT_EQ(set("a?cas=0", "1"), "200 true");
  EXPECT_EQ(set("a?cas=0", "2"), "200 false");
  const std::string index = base::write_json(entry("a").at("ModifyIndex"));
  EXPECT_EQ(set("a?cas=" + index, "3"), "200 true");
  EXPECT_EQ(set("a?cas=" + index, "4"), "200 false");
  EXPECT_EQ(say("GET", "/v1/kv/a?raw"), "200 3");
  EXPECT_EQ(say("DELETE", "/v1/kv/a?cas=0"), "400 Invalid cas: must be > 0");
  EXPECT_EQ(say("DELETE", "/v1/kv/a?cas=1"), "200 false");
  EXPECT_EQ(say("DELETE", "/v1/kv/a?cas=" + base::write_json(entry("a").at("ModifyIndex"))),
            "200 true");
  EXPECT_EQ(say("DELETE", "/v1/kv/a"), "200 true") << "also when it is gone";
  EXPECT_THAT(set("a?cas=x", "1"), StartsWith("400 "));
  EXPECT_THAT(set("a?flags=-1", "1"), StartsWith("400 "));
}

TEST_F(ConsulKv, DeletingBelowAPrefixLeavesTheRest) {
  for (const char* key : {"a/b", "a/c", "ab"}) {
    set(key, "v");
  }
  EXPECT_EQ(say("DELETE", "/v1/kv/a/?recurse"), "200 true");
  EXPECT_EQ(say("GET", "/v1/kv/?keys"), "200 [\"ab\"]");
}

TEST_F(ConsulKv, ValuesAndKeysHaveALimit) {
  EXPECT_EQ(set("big", std::string(model::kKvValueBytesMax, 'x')), "200 true");
  EXPECT_THAT(set("big", std::string(model::kKvValueBytesMax + 1, 'x')),
              StartsWith("413 Request body(524289 bytes) too large, max size: 524288 bytes."));
  EXPECT_THAT(set(std::string(model::kKvKeyBytesMax + 1, 'k'), "v"),
              StartsWith("400 Key is too long"));
  EXPECT_EQ(set(std::string(model::kKvKeyBytesMax, 'k'), "v"), "200 true");
}

TEST_F(ConsulKv, ALockIsHeldByOneSession) {
  const std::string one = make_session();
  const std::string two = make_session();
  EXPECT_EQ(set("lock?acquire=" + one, "1"), "200 true");
  EXPECT_EQ(entry("lock").at("Session").as_string(), one);
  EXPECT_EQ(entry("lock").at("LockIndex"), 1);
  EXPECT_EQ(set("lock?acquire=" + two, "2"), "200 false");
  EXPECT_EQ(set("lock?acquire=" + one, "3"), "200 true");
  EXPECT_EQ(set("lock?release=" + two, "4"), "200 false");
  EXPECT_EQ(set("lock?release=" + one, "5"), "200 true");
  EXPECT_FALSE(entry("lock").contains("Session"));
  EXPECT_EQ(say("GET", "/v1/kv/lock?raw"), "200 5");
  EXPECT_EQ(set("lock?acquire=" + two, "6"), "200 true");
  EXPECT_EQ(set("lock?acquire=nobody", "7"), "500 invalid session \"nobody\"");
  EXPECT_THAT(set("lock?acquire=" + one + "&cas=1", "8"), StartsWith("400 Conflicting flags"));
  EXPECT_EQ(say("PUT", "/v1/session/destroy/" + two), "200 true");
  EXPECT_EQ(set("lock?acquire=" + one, "9"), "200 false") << "the delay runs";
}

TEST_F(ConsulKv, SessionsAreMadeAndShown) {
  const std::string id = make_session(
      R"({"Name":"mine","TTL":"30s","LockDelay":"0s","Behavior":"delete","NodeChecks":[]})");
  const json::value session = get("/v1/session/info/" + id).at(0);
  EXPECT_EQ(session.at("Name"), "mine");
  EXPECT_EQ(session.at("TTL"), "30s");
  EXPECT_EQ(session.at("LockDelay"), 0);
  EXPECT_EQ(session.at("Behavior"), "delete");
  EXPECT_EQ(session.at("Node"), "n1");
  EXPECT_GT(index(), 0U);
  EXPECT_EQ(get("/v1/session/list").as_array().size(), 1U);
  EXPECT_EQ(get("/v1/session/node/n1").as_array().size(), 1U);
  EXPECT_EQ(get("/v1/session/node/n2").as_array().size(), 0U);
  EXPECT_EQ(say("GET", "/v1/session/renew/" + id), "405 method GET not allowed");
  EXPECT_EQ(say("PUT", "/v1/session/renew/" + id).substr(0, 3), "200");
  EXPECT_EQ(say("PUT", "/v1/session/renew/nope"), "404 Session id 'nope' not found");
  EXPECT_EQ(get("/v1/session/info/" + std::string(36, '0')), json::array());
  EXPECT_EQ(say("PUT", "/v1/session/destroy/" + id), "200 true");
  EXPECT_EQ(say("PUT", "/v1/session/destroy/" + id), "200 true");
  EXPECT_THAT(say("PUT", "/v1/session/destroy/nope"), StartsWith("400 "));
  const std::string usual = make_session("");
  EXPECT_EQ(get("/v1/session/info/" + usual).at(0).at("LockDelay"), 15'000'000'000);
  EXPECT_EQ(get("/v1/session/info/" + usual).at(0).at("NodeChecks").at(0), "serfHealth");
  const std::string bare = make_session(R"({"LockDelay":5})");
  EXPECT_EQ(get("/v1/session/info/" + bare).at(0).at("LockDelay"), 5'000'000'000);
}

TEST_F(ConsulKv, BadSessionsAreRefusedInConsulsWords) {
  const auto create = [this](const char* body) { return say("PUT", "/v1/session/create", body); };
  EXPECT_THAT(create(R"({"TTL":"5s"})"), StartsWith("400 Invalid Session TTL"));
  EXPECT_THAT(create(R"({"TTL":"90000s"})"), StartsWith("400 Invalid Session TTL"));
  EXPECT_THAT(create(R"({"TTL":"abc"})"), StartsWith("400 Session TTL 'abc' invalid"));
  EXPECT_THAT(create(R"({"Behavior":"x"})"), StartsWith("400 Invalid Behavior setting 'x'"));
  EXPECT_EQ(create(R"({"Node":"n9"})"), "500 Missing node registration");
  EXPECT_EQ(create(R"({"NodeChecks":["x"]})"), "500 Missing check 'x' registration");
  say("PUT", "/v1/agent/service/register",
      R"({"Name":"web","Check":{"CheckID":"c","TTL":"10s","Status":"critical"}})");
  EXPECT_EQ(create(R"({"ServiceChecks":[{"ID":"c"}]})"), "500 Check 'c' is in critical state");
}

TEST_F(ConsulKv, ATransactionHappensWholeOrNotAtAll) {
  EXPECT_THAT(transact(R"([{"KV":{"Verb":"set","Key":"a","Value":"MQ=="}},
      {"KV":{"Verb":"get","Key":"a"}},{"KV":{"Verb":"check-not-exists","Key":"b"}}])"),
              StartsWith("200 {\"Results\":[{\"KV\":{\"LockIndex\":0,\"Key\":\"a\",\"Flags\":0,"
                         "\"Value\":null"));
  const std::string refused = transact(R"([{"KV":{"Verb":"set","Key":"c","Value":"MQ=="}},
      {"KV":{"Verb":"cas","Key":"a","Index":1,"Value":"Mg=="}},
      {"KV":{"Verb":"delete","Key":"a"}}])");
  EXPECT_THAT(refused, StartsWith("409 {\"Results\":null,\"Errors\":[{\"OpIndex\":1,"));
  EXPECT_THAT(refused, HasSubstr("failed to set key \\\"a\\\", index is stale"));
  EXPECT_EQ(say("GET", "/v1/kv/c"), "404 ");
  EXPECT_EQ(say("GET", "/v1/kv/a?raw"), "200 1");
  EXPECT_THAT(transact(R"([{"KV":{"Verb":"get","Key":"zz"}}])"),
              HasSubstr("key \\\"zz\\\" doesn't exist"));
  EXPECT_THAT(transact(R"([{"KV":{"Verb":"get-tree","Key":""}}])"), StartsWith("200 "));
  EXPECT_THAT(transact(R"([{"KV":{"Verb":"delete-tree","Key":""}}])"), StartsWith("200 "));
}

TEST_F(ConsulKv, ATransactionThatIsNoneIsRefused) {
  EXPECT_THAT(transact("{}"), StartsWith("400 "));
  EXPECT_THAT(transact(R"([{"Node":{}}])"), StartsWith("400 "));
  EXPECT_THAT(transact(R"([{"KV":{"Verb":"odd","Key":"a"}}])"), HasSubstr("unknown KV verb"));
  EXPECT_THAT(transact(R"([{"KV":{"Verb":"set","Key":"a","Value":"%%%"}}])"),
              HasSubstr("not base64"));
  json::array many;
  for (int i = 0; i < 129; ++i) {
    many.push_back(json::object{{"KV", json::object{{"Verb", "get"}, {"Key", "a"}}}});
  }
  EXPECT_THAT(transact(base::write_json(many)), StartsWith("413 "));
}

TEST_F(ConsulKv, EventsAreKeptAndFound) {
  const http::Response fired = ask("PUT", "/v1/event/fire/deploy?service=web", "v2");
  const auto event = base::parse_json(fired.body_text()).value();
  EXPECT_EQ(event.at("Name"), "deploy");
  EXPECT_EQ(event.at("Payload"), "djI=");
  EXPECT_EQ(event.at("ServiceFilter"), "web");
  EXPECT_EQ(event.at("LTime"), 1);
  say("PUT", "/v1/event/fire/other");
  EXPECT_EQ(get("/v1/event/list").as_array().size(), 2U);
  EXPECT_EQ(get("/v1/event/list?name=deploy").as_array().size(), 1U);
  EXPECT_THAT(say("PUT", "/v1/event/fire/_inner"), StartsWith("400 "));
  for (int i = 0; i < 300; ++i) {
    say("PUT", "/v1/event/fire/many");
  }
  EXPECT_EQ(get("/v1/event/list").as_array().size(), model::kUserEventsMax);
}

}  // namespace
}  // namespace weft::api::consul
