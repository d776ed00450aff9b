#include "api/mesh/settings.h"

#include "api/kit/face_for_test.h"

#include <gmock/gmock.h>

namespace weft::api::mesh {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kWeb = "/api/v1/mesh/v2/services/web/settings";
constexpr const char* kEvery = "/api/v1/mesh/v2/services/*/settings";

class SettingsOverApi : public testing::Test, protected kit::FaceForTest {
 protected:
  SettingsOverApi() {
    add_settings_routes(router, style_, parts);
    loop.run_until_done(put_service());
  }

  io::Task<void> put_service() {
    model::Command command;
    command.steps.push_back(model::Put{model::Service{.name = "web"}, {}});
    const auto applied = co_await state.apply(std::move(command));
    EXPECT_TRUE(applied);
  }
  static std::string text(const json::value& value) { return base::write_json(value); }
  static std::vector<std::string> own(const json::value& answer) {
    std::vector<std::string> names;
    for (const json::value& name : answer.at("own").as_array()) {
      names.emplace_back(name.as_string());
    }
    return names;
  }

 private:
  http::DetailStyle style_;
};

TEST_F(SettingsOverApi, AreAllVisibleWithTheirDefaults) {
  const json::value answer = ask_json("GET", kWeb);
  EXPECT_EQ(status, 200);
  EXPECT_THAT(own(answer), IsEmpty());
  EXPECT_EQ(answer.at("index"), json::value(0));
  EXPECT_EQ(answer.at("balancing_of_calls"), json::value("round_robin"));
  const json::value& settings = answer.at("settings");
  EXPECT_EQ(settings.at("balancing"), json::value("p2c_ewma"));
  EXPECT_EQ(text(settings.at("timeouts")),
            R"({"connect":"1s","request":"30s","idle":"1m","per_try":"0s"})");
  EXPECT_EQ(text(settings.at("limits")),
            R"({"connections_max":1024,"pending_max":1024,"requests_max":0,)"
            R"("cluster_connections_max":0,"cluster_pending_max":0,"cluster_requests_max":0,)"
            R"("requests_per_connection_max":0,"request_bytes_max":0,"response_bytes_max":0})");
  EXPECT_EQ(settings.at("retry").at("retries"), json::value(2));
  EXPECT_EQ(settings.at("retry").at("budget_floor_per_second"), json::value(10.0));
}

TEST_F(SettingsOverApi, AreSetOneByOneAndTakenBack) {
  json::value answer =
      ask_json("PATCH", kWeb, R"({"timeouts": {"request": "5s"}, "balancing": "ip_hash"})");
  EXPECT_EQ(status, 200);
  EXPECT_THAT(own(answer), ElementsAre("balancing", "timeouts.request"));
  EXPECT_EQ(answer.at("settings").at("timeouts").at("request"), json::value("5s"));
  EXPECT_EQ(answer.at("balancing_of_calls"), json::value("ip_hash"));
  answer = ask_json("PATCH", kWeb, R"({"limits": {"pending_max": 0}, "balancing": null})");
  EXPECT_THAT(own(answer), ElementsAre("timeouts.request", "limits.pending_max"));
  EXPECT_EQ(answer.at("settings").at("balancing"), json::value("p2c_ewma"));
  answer = ask_json("PUT", kWeb, R"({"retry": {"retries": 0}})");
  EXPECT_THAT(own(answer), ElementsAre("retry.retries"));
  EXPECT_EQ(answer.at("settings").at("timeouts").at("request"), json::value("30s"));
  answer = ask_json("DELETE", kWeb);
  EXPECT_THAT(own(answer), IsEmpty());
  EXPECT_EQ(state.view()->find<model::ClusterSettings>("web"), nullptr);
  EXPECT_THAT(own(ask_json("PATCH", kWeb, R"({"timeouts": null})")), IsEmpty());
}

TEST_F(SettingsOverApi, WhatIsTakenBackFollowsEveryService) {
  ask_json("PATCH", kEvery, R"({"timeouts": {"connect": "2s", "request": "9s"}})");
  EXPECT_EQ(status, 200);
  json::value answer = ask_json("PATCH", kWeb, R"({"timeouts": {"connect": "3s"}})");
  EXPECT_EQ(answer.at("settings").at("timeouts").at("request"), json::value("9s"));
  answer = ask_json("PATCH", kWeb, R"({"timeouts": {"connect": null}})");
  EXPECT_EQ(answer.at("settings").at("timeouts").at("connect"), json::value("2s"));
}

TEST_F(SettingsOverApi, NameEverythingThatIsWrongAndChangeNothing) {
  EXPECT_THAT(refused(ask_json("PATCH", kWeb,
                               R"({"balancing": "best", "speed": 1, "timeouts": {"connect": 0,
                                   "reqest": "5s"}, "retry": {"retries": 11}, "limits": 7})")),
              ElementsAre("body.speed", "body.balancing", "body.retry.retries",
                          "body.timeouts.reqest", "body.limits", "body.timeouts.connect"));
  EXPECT_EQ(status, 422);
  EXPECT_THAT(refused(ask_json("PUT", kWeb, "[]")), ElementsAre("body"));
  EXPECT_THAT(refused(ask_json("PUT", std::string(kWeb) + "?idnex=1", "{}")),
              ElementsAre("query.idnex"));
  EXPECT_EQ(state.view()->find<model::ClusterSettings>("web"), nullptr);
  ask_json("GET", "/api/v1/mesh/v2/services/wbe/settings");
  EXPECT_EQ(status, 404);
  ask_json("PATCH", "/api/v1/mesh/v2/services/wbe/settings", "{}");
  EXPECT_EQ(status, 404);
}

TEST_F(SettingsOverApi, AreWrittenOnTheConditionOfAnIndex) {
  const std::string first = text(
      ask_json("PATCH", std::string(kWeb) + "?index=0", R"({"balancing": "random"})").at("index"));
  EXPECT_EQ(status, 200);
  ask_json("PATCH", std::string(kWeb) + "?index=0", R"({"balancing": "ip_hash"})");
  EXPECT_EQ(status, 409);
  ask_json("PUT", std::string(kWeb) + "?index=" + first, R"({"balancing": "ip_hash"})");
  EXPECT_EQ(status, 200);
  ask_json("DELETE", std::string(kWeb) + "?index=" + first);
  EXPECT_EQ(status, 409);
}

}  // namespace
}  // namespace weft::api::mesh
