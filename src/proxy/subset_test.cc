// Routes whose destinations are parts of a service, the whole way.
#include "proxy/gateway_fixture_for_test.h"

#include <array>
#include <map>

namespace weft::proxy {
namespace {

class SubsetRouteTest : public GatewayTest {
 protected:
  // Backend 9001 is version 1, 9002 is version 2 and has the tag "beta".
  void start_with(const std::vector<model::Destination>& destinations) {
    add_backend([](const std::string&) { return answer_with("one"); });
    add_backend([](const std::string&) { return answer_with("two"); });
    start({9001});
    publish_routes(destinations);
  }

  void publish_routes(const std::vector<model::Destination>& destinations) {
    model::Cluster cluster;
    cluster.number = 1;
    cluster.service = "web";
    for (const std::uint16_t port : std::array<std::uint16_t, 2>{9001, 9002}) {
      model::Endpoint endpoint;
      endpoint.number = port;
      endpoint.instance = std::to_string(port);
      endpoint.address = "127.0.0.1";
      endpoint.port = port;
      endpoint.health = model::Health::kPassing;
      endpoint.labels = base::Boxed<model::Labels>(
          port == 9001 ? model::make_labels("1", {}) : model::make_labels("2", {"beta", "other"}));
      cluster.endpoints.push_back(std::move(endpoint));
    }
    model::Route route;
    route.id = "all";
    route.destinations = destinations;
    worker->adopt(std::make_shared<RouteIndex>(
        model::make_snapshot({std::move(cluster)}, {std::move(route)})));
  }

  // The body of an answer, or the reason of a refusal.
  std::string ask() {
    const std::string answer = talk("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n", "");
    const std::size_t reason = answer.find("\"reason\":\"");
    return reason == std::string::npos
               ? answer.substr(answer.find("\r\n\r\n") + 4)
               : answer.substr(reason + 10, answer.find('"', reason + 10) - reason - 10);
  }
};

TEST_F(SubsetRouteTest, ADestinationIsThePartOfTheServiceThatItsSubsetNames) {
  start_with({{.service = "web", .subset = model::Subset{.version = "2", .tags = {"beta"}}}});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ask(), "two");
  }
  publish_routes({{.service = "web", .subset = model::Subset{.version = "1"}}});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ask(), "one");
  }
}

TEST_F(SubsetRouteTest, WeightsSplitAServiceByVersion) {
  start_with({{.service = "web", .weight = 3, .subset = model::Subset{.version = "1"}},
              {.service = "web", .weight = 1, .subset = model::Subset{.version = "2"}}});
  std::map<std::string, int> served;
  for (int i = 0; i < 8; ++i) {
    ++served[ask()];
  }
  EXPECT_EQ(served["one"], 6);
  EXPECT_EQ(served["two"], 2);
}

TEST_F(SubsetRouteTest, AnEmptySubsetIsRefusedAndNotReplacedByTheWhole) {
  start_with({{.service = "web", .subset = model::Subset{.version = "3"}}});
  EXPECT_EQ(ask(), "no_instances");
  publish_routes({{.service = "web", .subset = model::Subset{.version = "1", .tags = {"beta"}}}});
  EXPECT_EQ(ask(), "no_instances");
}

}  // namespace
}  // namespace weft::proxy
