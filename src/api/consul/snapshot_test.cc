#include "api/consul/snapshot.h"

#include "api/consul/consul_for_test.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::api::consul {
namespace {

class ConsulSnapshot : public testing::Test, public ConsulForTest {
 protected:
  void fill() {
    EXPECT_EQ(
        say("PUT", "/v1/agent/service/register",
            R"({"Name":"web","ID":"web-1","Port":80,"Tags":["a"],"Check":{"TTL":"10m","Status":"passing"}})"),
        "200 ");
    EXPECT_EQ(
        say("PUT", "/v1/catalog/register",
            R"({"Node":"far","Address":"10.0.0.9","Service":{"Service":"db","ID":"db-9","Port":5432},
                      "Checks":[{"CheckID":"far-up","Status":"passing","Output":"up"},
                                {"CheckID":"db-up","ServiceID":"db-9","Status":"warning"}]})"),
        "200 true");
    EXPECT_EQ(say("PUT", "/v1/kv/a/b?flags=7", "first"), "200 true");
    EXPECT_EQ(say("PUT", "/v1/kv/a/c", std::string("\0\xff", 2)), "200 true");
  }
  std::string saved() { return say("GET", "/v1/snapshot").substr(4); }
  std::string everything() {
    std::string out;
    for (const char* path : {"/v1/kv/?recurse", "/v1/catalog/services", "/v1/health/state/any",
                             "/v1/catalog/node-services/far", "/v1/agent/services"}) {
      json::value answer = get(path);
      drop_indexes(answer);
      out += base::write_json(answer) + "\n";
    }
    return out;
  }
  static void drop_indexes(json::value& value) {
    if (auto* list = value.if_array()) {
      for (json::value& one : *list) {
        drop_indexes(one);
      }
    } else if (auto* object = value.if_object()) {
      object->erase("CreateIndex");
      object->erase("ModifyIndex");
      for (auto& member : *object) {
        drop_indexes(member.value());
      }
    }
  }
};

TEST_F(ConsulSnapshot, WhatWasThereIsThereAgainByOneChange) {
  fill();
  const std::string before = everything();
  const std::string archive = saved();
  EXPECT_EQ(headers.find("Content-Type"), "application/x-gzip");
  EXPECT_GT(index(), 1U);
  EXPECT_EQ(say("DELETE", "/v1/kv/?recurse"), "200 true");
  EXPECT_EQ(say("PUT", "/v1/kv/new", "x"), "200 true");
  EXPECT_EQ(say("PUT", "/v1/catalog/deregister", R"({"Node":"far"})"), "200 true");
  EXPECT_EQ(say("PUT", "/v1/agent/service/deregister/web-1"), "200 ");
  EXPECT_NE(everything(), before);
  EXPECT_EQ(say("PUT", "/v1/snapshot", archive), "200 ");
  // The result of a check that is run, or reports by itself, is found out again.
  EXPECT_EQ(say("PUT", "/v1/agent/check/pass/service:web-1"), "200 ");
  EXPECT_EQ(everything(), before);
  const std::uint64_t index = state.view()->index();
  EXPECT_EQ(say("PUT", "/v1/snapshot", archive), "200 ");
  EXPECT_EQ(state.view()->index(), index) << "the same again changes nothing";
}

TEST_F(ConsulSnapshot, ItMovesToAnotherNode) {
  fill();
  const std::string archive = saved();
  const std::string before = everything();
  ConsulForTest other;
  EXPECT_EQ(other.say("PUT", "/v1/snapshot", archive), "200 ");
  EXPECT_EQ(other.say("GET", "/v1/kv/a/b?raw"), "200 first");
  EXPECT_EQ(other.get("/v1/kv/a/b").at(0).at("Flags").as_int64(), 7);
  EXPECT_EQ(other.get("/v1/health/service/db?passing").as_array().size(), 0U);
  EXPECT_EQ(other.get("/v1/health/checks/db").at(0).at("Status").as_string(), "warning");
  EXPECT_EQ(other.get("/v1/health/service/web").at(0).at("Service").at("Tags").at(0).as_string(),
            "a");
}

TEST_F(ConsulSnapshot, WhatCannotBeReadChangesNothing) {
  fill();
  const std::string archive = saved();
  EXPECT_EQ(say("PUT", "/v1/kv/new", "x"), "200 true");
  const std::uint64_t index = state.view()->index();
  const std::string start = "400 Failed to restore the snapshot: ";
  EXPECT_EQ(say("PUT", "/v1/snapshot"), start + "the gzip data is cut off");
  EXPECT_EQ(say("PUT", "/v1/snapshot", "something else entirely"), start + "no gzip data");
  EXPECT_EQ(say("PUT", "/v1/snapshot", archive.substr(0, archive.size() / 2)),
            start + "the gzip data is cut off");
  Archive read = *read_archive(archive);
  read.objects.push_back(read.objects.front());
  EXPECT_EQ(say("PUT", "/v1/snapshot", write_archive(read)),
            start + "one of its objects is there twice");
  read.objects.back() = {"sessions",
                         R"({"id":"11111111-2222-4333-8444-555555555555","node":"n1"})"};
  EXPECT_EQ(say("PUT", "/v1/snapshot", write_archive(read)),
            start + "one of its objects breaks the rules of its type");
  read.objects.back() = {"kv", R"({"key":7})"};
  EXPECT_EQ(say("PUT", "/v1/snapshot", write_archive(read)),
            start + "one of its objects breaks the rules of its type");
  read.objects.back() = {"apples", "{}"};
  EXPECT_EQ(say("PUT", "/v1/snapshot", write_archive(read)),
            start + "it has a table this version does not know");
  EXPECT_EQ(state.view()->index(), index);
  EXPECT_EQ(say("PUT", "/v1/kv/large", std::string(3'000'000, 'a')).substr(0, 30),
            "413 Request body(3000000 bytes");
}

TEST_F(ConsulSnapshot, WhoHoldsALockKeepsIt) {
  const std::string made = say("PUT", "/v1/session/create", "{}").substr(4);
  const std::string session(base::parse_json(made)->at("ID").as_string());
  EXPECT_EQ(say("PUT", "/v1/kv/lock", "before"), "200 true");
  const std::string archive = saved();
  EXPECT_EQ(say("PUT", "/v1/kv/lock?acquire=" + session, "after"), "200 true");
  EXPECT_EQ(say("PUT", "/v1/snapshot", archive), "200 ");
  EXPECT_EQ(say("GET", "/v1/kv/lock?raw"), "200 before");
  EXPECT_EQ(get("/v1/kv/lock").at(0).at("Session").as_string(), session);
}

}  // namespace
}  // namespace weft::api::consul
