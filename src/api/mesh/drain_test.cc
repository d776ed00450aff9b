#include "api/mesh/drain.h"

#include "api/kit/face_for_test.h"
#include "api/mesh/catalog.h"
#include "api/mesh/endpoints.h"

#include <gtest/gtest.h>

namespace weft::api::mesh {
namespace {

constexpr const char* kDrain = "/api/v1/mesh/v2/instances/web-1/drain";

class Drain : public testing::Test, protected kit::FaceForTest {
 protected:
  Drain() {
    add_catalog_routes(router, style_, parts);
    add_drain_routes(router, style_, parts);
    add_endpoints_route(router, style_, parts);
    register_again();
    // Two loops have heard of everything, and one of them has a request under way.
    data_plane.loops = {{"proxy-0", kHeardOfAll, {endpoint_with(0)}},
                        {"proxy-1", kHeardOfAll, {endpoint_with(3)}},
                        {"control", kHeardOfAll, {}}};
  }

  void register_again() {
    ask_json("POST", "/api/v1/mesh/v2/register",
             R"({"service_name":"web","service_id":"web-1","address":"10.0.0.1","port":80})");
    EXPECT_EQ(status, 200);
  }
  kit::EndpointOnLoop endpoint_with(std::uint32_t active) const {
    kit::EndpointOnLoop out;
    out.instance = state.view()->find<model::Instance>("web-1")->number;
    out.active = active;
    return out;
  }

  static constexpr std::uint64_t kHeardOfAll = 1'000'000;

 private:
  http::DetailStyle style_;
};

TEST_F(Drain, SaysWhatIsStillUnderWay) {
  const json::value answer = ask_json("PUT", kDrain, R"({"reason":"disk swap"})");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(answer.at("drained"), json::value(true));
  EXPECT_EQ(answer.at("reason"), json::value("disk swap"));
  EXPECT_EQ(answer.at("done"), json::value(false));
  EXPECT_EQ(answer.at("active"), json::value(3));
  EXPECT_EQ(answer.at("loops_active"), json::value(1));
  EXPECT_EQ(answer.at("loops").at(1).at("active"), json::value(3));
}

TEST_F(Drain, IsDoneWhenEveryLoopHasHeardAndNothingIsUnderWay) {
  data_plane.loops[1].endpoints[0].active = 0;
  EXPECT_EQ(ask_json("GET", kDrain).at("done"), json::value(false)) << "it is not drained";
  ask_json("PUT", kDrain);
  EXPECT_EQ(ask_json("GET", std::string(kDrain) + "?wait=30s").at("done"), json::value(true));
  data_plane.loops[0].index = 0;
  const json::value answer = ask_json("GET", kDrain);
  EXPECT_EQ(answer.at("done"), json::value(false)) << "a loop may still choose it";
  EXPECT_EQ(answer.at("loops_waited_for"), json::value(1));
}

TEST_F(Drain, AWaitEndsAtOnceWhenNothingIsDrained) {
  EXPECT_EQ(ask_json("GET", std::string(kDrain) + "?wait=10m").at("drained"), json::value(false));
  EXPECT_EQ(status, 200);
}

TEST_F(Drain, StaysOverARegistrationAndEndsByItsOwnCall) {
  ask_json("PUT", kDrain, R"({"reason":"disk swap"})");
  register_again();
  EXPECT_EQ(ask_json("GET", kDrain).at("drained"), json::value(true));
  EXPECT_EQ(ask_json("DELETE", kDrain).at("drained"), json::value(false));
  EXPECT_EQ(ask_json("GET", kDrain).at("reason"), json::value(""));
}

TEST_F(Drain, RefusesWhatItDoesNotKnow) {
  for (const char* method : {"PUT", "GET", "DELETE"}) {
    ask_json(method, "/api/v1/mesh/v2/instances/web-2/drain");
    EXPECT_EQ(status, 404) << method;
  }
  const std::string long_reason =
      base::write_json(json::object{{"reason", std::string(1025, 'x')}});
  EXPECT_EQ(refused(ask_json("PUT", kDrain, long_reason)), std::vector<std::string>{"body.reason"});
  EXPECT_EQ(refused(ask_json("GET", std::string(kDrain) + "?wait=601s")),
            std::vector<std::string>{"query.wait"});
  EXPECT_EQ(refused(ask_json("GET", std::string(kDrain) + "?wait=-1s")),
            std::vector<std::string>{"query.wait"});
}

TEST_F(Drain, EndpointsShowTheWorstOfAllLoopsAndEachWhenAsked) {
  data_plane.loops[0].endpoints[0].idle_connections = 2;
  data_plane.loops[0].endpoints[0].idle_timeout = base::Seconds(60);
  data_plane.loops[1].endpoints[0].breaker = balance::BreakerState::kOpen;
  data_plane.loops[1].endpoints[0].idle_timeout = base::Seconds(5);
  data_plane.loops[1].endpoints[0].is_ejected = true;
  ask_json("PUT", kDrain, R"({"reason":"disk swap"})");
  const json::value one = ask_json("GET", "/api/v1/mesh/v2/endpoints").at("endpoints").at(0);
  EXPECT_EQ(one.at("address"), json::value("10.0.0.1:80"));
  EXPECT_EQ(one.at("health"), json::value("unknown")) << "what its check says, drained or not";
  EXPECT_EQ(one.at("drained"), json::value(true));
  EXPECT_EQ(one.at("drain_reason"), json::value("disk swap"));
  EXPECT_EQ(one.at("traffic").at("breaker"), json::value("open"));
  EXPECT_EQ(one.at("traffic").at("ejected"), json::value(true));
  EXPECT_EQ(one.at("traffic").at("active"), json::value(3));
  EXPECT_EQ(one.at("traffic").at("idle_connections"), json::value(2));
  EXPECT_EQ(one.at("traffic").at("idle_timeout_ms"), json::value(5000.0));
  EXPECT_EQ(one.as_object().if_contains("loops"), nullptr);
  const json::value by_loop =
      ask_json("GET", "/api/v1/mesh/v2/endpoints?service=web&loops=true").at("endpoints").at(0);
  EXPECT_EQ(by_loop.at("loops").as_array().size(), 2U);
  EXPECT_EQ(by_loop.at("loops").at(1).at("loop"), json::value("proxy-1"));
  ask_json("GET", "/api/v1/mesh/v2/endpoints?service=wep");
  EXPECT_EQ(status, 404);
}

TEST_F(Drain, EndpointsComeInPages) {
  data_plane.loops = {};
  for (const char* id : {"web-2", "web-3", "zoo-1"}) {
    ask_json("POST", "/api/v1/mesh/v2/register",
             base::write_json(json::object{{"service_name", std::string(id).substr(0, 3)},
                                           {"service_id", id},
                                           {"address", "10.0.0.2"},
                                           {"port", 80}}));
  }
  for (const char* service : {"", "&service=web"}) {
    std::vector<std::string> seen;
    std::string after;
    for (int pages = 0; pages < 9; ++pages) {
      const json::value page =
          ask_json("GET", "/api/v1/mesh/v2/endpoints?limit=2" + std::string(service) +
                              (after.empty() ? "" : "&after=" + after));
      for (const json::value& one : page.at("endpoints").as_array()) {
        seen.emplace_back(one.at("instance_id").as_string());
      }
      const json::value* next = page.as_object().if_contains("next");
      if (next == nullptr) {
        break;
      }
      after = std::string(next->as_string());
    }
    EXPECT_EQ(seen.size(), *service == '\0' ? 4U : 3U);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
  }
}

}  // namespace
}  // namespace weft::api::mesh
