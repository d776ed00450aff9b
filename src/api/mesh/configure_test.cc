#include "api/mesh/configure.h"

#include "api/kit/face_for_test.h"

#include <gmock/gmock.h>

namespace weft::api::mesh {
namespace {

using testing::ElementsAre;

constexpr const char* kBalancer = "/api/v1/mesh/v2/configure/load-balancer";
constexpr const char* kBreaker = "/api/v1/mesh/v2/configure/circuit-breaker";

class Configure : public testing::Test, protected kit::FaceForTest {
 protected:
  Configure() { add_configure_routes(router, style_, parts); }

  static std::string text(const json::value& value) { return base::write_json(value); }

 private:
  http::DetailStyle style_;
};

TEST_F(Configure, AStrategyOfItsOwnOutlivesOneForEveryService) {
  ask_json("POST", std::string(kBalancer) + "?strategy=weighted&service=web");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(text(ask_json("GET", kBalancer)),
            R"({"strategy":"round_robin","gateway_strategy":"p2c_ewma",)"
            R"("services":{"web":"weighted"}})")
      << "the gateway has a default of its own";
  EXPECT_EQ(text(ask_json("GET", kBreaker).at("services")), "{}") << "that was no breaker setting";
  ask_json("POST", std::string(kBalancer) + "?strategy=random");
  EXPECT_EQ(text(ask_json("GET", kBalancer)),
            R"({"strategy":"random","gateway_strategy":"random","services":{"web":"weighted"}})");
  ask_json("POST", std::string(kBreaker) + "?failure_threshold=3");
  EXPECT_EQ(state.view()->cluster_of("web", {}).breaker.consecutive_failures, 3U)
      << "web follows where it has nothing of its own";
  EXPECT_EQ(text(ask_json("GET", kBreaker).at("services")), "{}");
}

TEST_F(Configure, ABreakerParameterThatIsNotGivenStaysAsItIs) {
  ask_json("POST", std::string(kBreaker) + "?failure_threshold=3&recovery_timeout=7");
  EXPECT_EQ(text(ask_json("POST", std::string(kBreaker) + "?failure_threshold=4")),
            R"({"status":"configured","failure_threshold":4,"recovery_timeout":7.0})");
  EXPECT_EQ(text(ask_json("POST", std::string(kBreaker) + "?recovery_timeout=9&service=web")),
            R"({"status":"configured","failure_threshold":4,"recovery_timeout":9.0,)"
            R"("service":"web"})");
  EXPECT_EQ(text(ask_json("GET", kBreaker)),
            R"({"failure_threshold":4,"recovery_timeout":7.0,)"
            R"("services":{"web":{"failure_threshold":4,"recovery_timeout":9.0}}})");
}

TEST_F(Configure, AParameterNobodyKnowsIsRefused) {
  EXPECT_THAT(refused(ask_json("POST", std::string(kBreaker) + "?failure_treshold=4")),
              ElementsAre("query.failure_treshold"));
  EXPECT_EQ(status, 422);
  EXPECT_THAT(refused(ask_json("POST", std::string(kBalancer) + "?strategy=random&serivce=web")),
              ElementsAre("query.serivce"));
}

TEST_F(Configure, AServiceThatCannotBeIsRefused) {
  for (const char* path : {"/configure/load-balancer?strategy=random&service=UP",
                           "/configure/circuit-breaker?failure_threshold=3&service=UP"}) {
    EXPECT_THAT(refused(ask_json("POST", std::string("/api/v1/mesh/v2") + path)),
                ElementsAre("query.service"))
        << path;
    EXPECT_EQ(status, 422);
  }
  EXPECT_THAT(refused(ask_json("POST", std::string(kBalancer) + "?strategy=best")),
              ElementsAre("query.strategy"));
}

}  // namespace
}  // namespace weft::api::mesh
