#include "model/cluster_settings.h"

#include "model/objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::model {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(ClusterSettings, NamesEverySingleSetting) {
  EXPECT_EQ(setting_names().size(), 55U);
  EXPECT_EQ(setting_names().front(), "balancing");
  EXPECT_THAT(setting_names(), Contains("breaker.consecutive_failures"));
  EXPECT_THAT(setting_names(), Contains("timeouts.per_try"));
  EXPECT_THAT(setting_names(), Contains("limits.pending_max"));
  EXPECT_THAT(setting_names(), Not(Contains("service")));
  EXPECT_THAT(setting_names(), Not(Contains("own")));
}

TEST(ClusterSettings, InheritWhatIsNotTheirOwn) {
  ClusterSettings base{.service = "*", .balancing = Balancing::kRandom};
  base.retry.retries = 5;
  ClusterSettings web{.service = "web"};
  web.own.emplace();
  ClusterSettings wanted;
  wanted.timeouts.request = base::Seconds(3);
  wanted.retry.retries = 9;
  take_setting(web, wanted, "timeouts.request");
  take_setting(web, wanted, "timeouts.request");
  EXPECT_THAT(*web.own, ElementsAre("timeouts.request")) << "once";
  const ClusterSettings whole = inherit(base, web);
  EXPECT_EQ(whole.service, "web");
  EXPECT_EQ(whole.timeouts.request, base::Seconds(3));
  EXPECT_EQ(whole.timeouts.connect, base.timeouts.connect);
  EXPECT_EQ(whole.balancing, Balancing::kRandom);
  EXPECT_EQ(whole.retry.retries, 5U);
  EXPECT_EQ(whole.own, web.own);
}

TEST(ClusterSettings, AreTakenAndDroppedInGroupsToo) {
  ClusterSettings web{.service = "web"};
  web.own.emplace();
  take_setting(web, ClusterSettings(), "limits");
  take_setting(web, ClusterSettings(), "balancing");
  EXPECT_THAT(*web.own,
              ElementsAre("limits.connections_max", "limits.pending_max", "limits.requests_max",
                          "limits.cluster_connections_max", "limits.cluster_pending_max",
                          "limits.cluster_requests_max", "limits.requests_per_connection_max",
                          "limits.request_bytes_max", "limits.response_bytes_max", "balancing"));
  EXPECT_TRUE(has_own(web, "limits"));
  EXPECT_FALSE(has_own(web, "timeouts"));
  drop_setting(web, "limits");
  EXPECT_THAT(*web.own, ElementsAre("balancing"));
}

TEST(ClusterSettings, WithoutAListAreAllTheirOwn) {
  ClusterSettings web{.service = "web"};
  EXPECT_TRUE(has_own(web, "breaker.recovery"));
  EXPECT_EQ(inherit(ClusterSettings{.balancing = Balancing::kRandom}, web), web);
  drop_setting(web, "breaker");
  EXPECT_FALSE(has_own(web, "breaker.recovery"));
  EXPECT_TRUE(has_own(web, "timeouts.request"));
}

TEST(ClusterSettings, OwnNamesAreThoseOfSettings) {
  ClusterSettings web{.service = "web"};
  web.own = {"timeouts.request", "timeouts", "speed"};
  std::vector<std::string> fields;
  for (const base::FieldError& error : validate(web)) {
    fields.push_back(error.where());
  }
  EXPECT_THAT(fields, ElementsAre("own[1]", "own[2]"));
}

}  // namespace
}  // namespace weft::model
