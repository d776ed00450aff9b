#include "balance/algorithms/ip_hash.h"

#include "balance/cluster_fixture_for_test.h"
#include "balance/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace weft::balance {
namespace {

constexpr std::uint32_t kClients = 10'000;

class IpHashTest : public testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.strategy = Strategy::kIpHash;
    return options;
  }
  std::uint32_t endpoint_of(std::uint32_t client, const Tried& tried = {}) {
    return test_.pick(tried, hash_client(base::IpAddress::v4(0x0a000000 + client)))->endpoint->id;
  }
  std::map<std::uint32_t, std::uint32_t> endpoints_of_all() {
    std::map<std::uint32_t, std::uint32_t> result;
    for (std::uint32_t client = 0; client < kClients; ++client) {
      result[client] = endpoint_of(client);
    }
    return result;
  }

  ClusterForTest test_{options()};
};

TEST_F(IpHashTest, IsStableAndSpreadsClientsEvenly) {
  test_.update(ClusterForTest::specs_of(10));
  const auto first = endpoints_of_all();
  EXPECT_EQ(endpoints_of_all(), first);
  std::map<std::uint32_t, int> clients;
  for (const auto& [client, endpoint] : first) {
    ++clients[endpoint];
  }
  for (std::uint32_t id = 1; id <= 10; ++id) {
    EXPECT_NEAR(clients[id], 1000, 150) << id;
  }
}

TEST_F(IpHashTest, OnlyTheClientsOfAnEndpointThatGoesMove) {
  for (std::uint32_t count = 2; count <= 20; ++count) {
    SCOPED_TRACE(count);
    std::vector<EndpointSpec> specs = ClusterForTest::specs_of(count);
    test_.update(specs);
    const auto before = endpoints_of_all();
    const std::uint32_t gone = 1 + count / 2;
    std::erase_if(specs, [gone](const EndpointSpec& spec) { return spec.id == gone; });
    test_.update(specs);
    const auto after = endpoints_of_all();
    std::uint32_t moved = 0;
    for (const auto& [client, endpoint] : before) {
      if (endpoint != gone) {
        ASSERT_EQ(after.at(client), endpoint) << "client " << client;
      } else {
        ++moved;
      }
    }
    EXPECT_LE(moved, kClients / count * 115 / 100);
    EXPECT_GE(moved, kClients / count * 85 / 100);
  }
}

TEST_F(IpHashTest, TheOrderOfTheEndpointsDoesNotMatter) {
  std::vector<EndpointSpec> specs = ClusterForTest::specs_of(9);
  test_.update(specs);
  const auto before = endpoints_of_all();
  std::ranges::reverse(specs);
  test_.update(specs);
  EXPECT_EQ(endpoints_of_all(), before);
}

TEST_F(IpHashTest, AnIdentityHashKeepsClientsInPlaceWhenIdsAreNew) {
  const auto specs_from = [](std::uint32_t first_id) {
    std::vector<EndpointSpec> specs;
    specs.reserve(5);
    for (std::uint32_t i = 0; i < 5; ++i) {
      specs.push_back({.id = first_id + i,
                       .identity_hash = hash_identity("10.0.0.1:" + std::to_string(8000 + i))});
    }
    return specs;
  };
  test_.update(specs_from(1));
  const auto before = endpoints_of_all();
  test_.update(specs_from(501));
  for (const auto& [client, endpoint] : endpoints_of_all()) {
    ASSERT_EQ(endpoint, before.at(client) + 500);
  }
}

TEST_F(IpHashTest, ARetryAlwaysGoesToTheSameSecondChoice) {
  test_.update(ClusterForTest::specs_of(5));
  const std::uint32_t first = endpoint_of(42);
  const std::uint32_t second = endpoint_of(42, tried_of({first}));
  EXPECT_NE(second, first);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(endpoint_of(42, tried_of({first})), second);
  }
}

TEST_F(IpHashTest, WithoutAClientTheChoiceIsRandom) {
  test_.update(ClusterForTest::specs_of(5));
  std::set<std::uint32_t> picked;
  for (int i = 0; i < 200; ++i) {
    picked.insert(test_.pick_id());
  }
  EXPECT_EQ(picked.size(), 5U);
}

TEST(Hash, OfAnIdentityIsNeverTheMarkForNone) {
  EXPECT_NE(hash_identity(""), 0U);
  EXPECT_NE(hash_identity("10.0.0.1:80"), hash_identity("10.0.0.1:81"));
}

}  // namespace
}  // namespace weft::balance
