#include "proxy/gateway_fixture_for_test.h"
#include "proxy/route_index.h"
#include "proxy/worker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::proxy {
namespace {

// Services s0, s1, … with one endpoint each, whose number is its port; every index says what it has
// otherwise than the one before.
class AdoptionTest : public GatewayTest {
 protected:
  void begin(std::size_t services) {
    add_backend([](const std::string&) { return answer_with("one"); });
    add_backend([](const std::string&) { return answer_with("two"); });
    start({9001});
    std::vector<model::Cluster> clusters;
    clusters.reserve(services);
    for (std::size_t i = 0; i < services; ++i) {
      clusters.push_back(cluster_at(i, 9001));
    }
    snapshot_ = model::make_snapshot(std::move(clusters), {});
    worker->adopt(std::make_shared<RouteIndex>(snapshot_));
  }

  static model::Cluster cluster_at(std::size_t service, std::uint16_t port) {
    model::Cluster cluster;
    cluster.number = static_cast<std::uint32_t>(service + 1);
    cluster.service = "s" + std::to_string(service);
    cluster.endpoints.push_back(
        {port, cluster.service, "127.0.0.1", port, 100, model::Health::kPassing});
    return cluster;
  }

  // Puts these clusters in the place of those of their names.
  void change(std::vector<model::Cluster> clusters) {
    model::SnapshotChanges changes;
    for (model::Cluster& cluster : clusters) {
      auto after = std::make_shared<const model::Cluster>(std::move(cluster));
      changes.clusters.push_back({*snapshot_->clusters.find(after->service), after});
    }
    adopt(std::move(changes));
  }

  void remove(const std::string& service) {
    model::SnapshotChanges changes;
    changes.clusters.push_back({*snapshot_->clusters.find(service), nullptr});
    adopt(std::move(changes));
  }

  std::string ask(std::size_t service) {
    const std::string answer = talk("GET /svc/s" + std::to_string(service) +
                                        "/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                    "");
    return answer.starts_with("HTTP/1.1 200") ? answer.substr(answer.size() - 3)
                                              : answer.substr(9, 3);
  }

  // How many of this loop's clusters go to that port.
  std::size_t clusters_at(std::uint16_t port) const {
    return static_cast<std::size_t>(std::ranges::count(worker->status().endpoints, port,
                                                       &WorkerStatus::EndpointStatus::instance));
  }

 private:
  void adopt(model::SnapshotChanges changes) {
    auto next = std::make_shared<model::Snapshot>(*snapshot_);
    for (const auto& [before, after] : changes.clusters) {
      if (after != nullptr) {
        next->clusters.put(after->service, after);
      } else {
        next->clusters.erase(before->service);
      }
    }
    next->index = snapshot_->index + 1;
    changes.since = snapshot_->index;
    next->changes = std::move(changes);
    snapshot_ = std::move(next);
    worker->adopt(std::make_shared<RouteIndex>(worker->index(), snapshot_));
  }

  std::shared_ptr<const model::Snapshot> snapshot_;
};

TEST_F(AdoptionTest, AChangedClusterIsTakenAndTheOthersStay) {
  begin(3);
  EXPECT_EQ(ask(0) + ask(1), "oneone");
  change({cluster_at(0, 9002), cluster_at(2, 9002)});
  EXPECT_EQ(ask(0) + ask(1) + ask(2), "twoonetwo");
}

TEST_F(AdoptionTest, AServiceThatLeftLetsItsConnectionsGo) {
  begin(2);
  EXPECT_EQ(ask(0) + ask(1), "oneone");
  EXPECT_EQ(worker->status().idle_backend_connections, 2U);
  remove("s1");
  EXPECT_EQ(worker->status().idle_backend_connections, 1U);
  EXPECT_EQ(ask(1), "404");
  EXPECT_EQ(ask(0), "one");
}

TEST_F(AdoptionTest, AServiceMadeAnewUnderItsNameIsAnotherOne) {
  begin(1);
  EXPECT_EQ(ask(0), "one");
  model::Cluster anew = cluster_at(0, 9002);
  anew.number = 77;
  change({std::move(anew)});
  EXPECT_EQ(ask(0), "two");
  ASSERT_EQ(worker->status().endpoints.size(), 1U);
  EXPECT_EQ(worker->status().endpoints[0].service, 77U);
}

TEST_F(AdoptionTest, OfVeryManyChangedClustersSomeAreLeftForTheNextTurns) {
  constexpr std::size_t kChangedServices = 200;
  begin(kChangedServices);
  std::vector<model::Cluster> moved;
  for (std::size_t i = 0; i < kChangedServices; ++i) {
    ASSERT_EQ(ask(i), "one");
    moved.push_back(cluster_at(i, 9002));
  }
  change(std::move(moved));
  EXPECT_GT(clusters_at(9002), 0U);
  EXPECT_GT(clusters_at(9001), 0U);
  EXPECT_TRUE(world.run_until([&] { return clusters_at(9001) == 0; }, 1s));
  EXPECT_EQ(clusters_at(9002), kChangedServices);
}

TEST_F(AdoptionTest, VeryManyClustersAreLookedAtInParts) {
  constexpr std::size_t kCalledServices = 1'200;
  begin(kCalledServices);
  for (std::size_t i = 0; i < kCalledServices; ++i) {
    ASSERT_EQ(ask(i), "one");
  }
  std::size_t parts = 0;
  std::size_t counted = 0;
  ActivePart part;
  while (!part.is_last) {
    part = worker->active(part.next);
    EXPECT_EQ(part.is_first, parts == 0);
    counted += part.counts.size();
    ++parts;
  }
  EXPECT_EQ(counted, kCalledServices);
  EXPECT_GT(parts, 2U);
  EXPECT_TRUE(worker->active({.bucket = 7, .buckets = 1}).is_first) << "of a table that has grown";
  ASSERT_GT(worker->status().idle_backend_connections, 1'000U);
  EXPECT_TRUE(world.run_until([&] { return worker->status().idle_backend_connections == 0; }, 600s))
      << "some are never swept";
}

}  // namespace
}  // namespace weft::proxy
