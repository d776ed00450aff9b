#include "proxy/policies/fault.h"
#include "proxy/policies/rate_limit.h"
#include "proxy/policies/redirect.h"
#include "proxy/policies/rewrite.h"
#include "proxy/policies/split.h"

#include <gtest/gtest.h>

#include <map>

namespace weft::proxy {
namespace {

// Heads for policies to look at; the text lives as long as the test.
class PolicyTest : public testing::Test {
 protected:
  const wire::RequestHead& head_of(const std::string& head) {
    text_ = head + "\r\n\r\n";
    EXPECT_TRUE(wire::parse_request_head(text_, {}, head_)) << head;
    return head_;
  }

  std::string text_;
  wire::RequestHead head_;
};

TEST_F(PolicyTest, ARedirectTakesWhatItDoesNotSayFromTheRequest) {
  const auto& head = head_of("GET /a/b?q=1 HTTP/1.1\r\nHost: shop.example:8080");
  EXPECT_EQ(redirect_location({.scheme = "https"}, head), "https://shop.example:8080/a/b?q=1");
  EXPECT_EQ(redirect_location({.host = "www.example"}, head), "http://www.example/a/b?q=1");
  EXPECT_EQ(redirect_location({.path = "/x"}, head), "http://shop.example:8080/x?q=1");
  EXPECT_EQ(redirect_location({.path = "/x?p=2"}, head), "http://shop.example:8080/x?p=2&q=1");
  EXPECT_EQ(redirect_location({.path = "/x", .keeps_query = false}, head),
            "http://shop.example:8080/x");
}

TEST_F(PolicyTest, APrefixIsReplacedWithOneSlashBetweenTheParts) {
  const auto rewritten = [](const char* prefix, const char* path, std::size_t matched) {
    const model::Rewrite rewrite{.prefix = prefix};
    return TargetRewrite(rewrite).path(path, matched);
  };
  EXPECT_EQ(rewritten("/api", "/v1/users", 3), "/api/users");
  EXPECT_EQ(rewritten("/api/", "/v1/users", 3), "/api/users");
  EXPECT_EQ(rewritten("/api/", "/v1/users", 4), "/api/users");
  EXPECT_EQ(rewritten("/api", "/v1/users", 4), "/api/users");
  EXPECT_EQ(rewritten("/api", "/v1", 3), "/api");
  EXPECT_EQ(rewritten("/", "/v1/users", 3), "/users");
}

TEST_F(PolicyTest, APatternReplacesItsFirstMatchAndMakesAPath) {
  const model::Rewrite rewrite{.pattern = "^/users/([0-9]+)", .substitution = "u/\\1"};
  const TargetRewrite target(rewrite);
  EXPECT_TRUE(target.changes_path());
  EXPECT_EQ(target.path("/users/42/x", 0), "/u/42/x");
  EXPECT_EQ(target.path("/other", 0), "/other");
  const model::Rewrite only_host{.host = "inner"};
  EXPECT_FALSE(TargetRewrite(only_host).changes_path());
}

TEST_F(PolicyTest, AFaultComesAsOftenAsItSays) {
  constexpr int kRounds = 20'000;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    base::Random random(seed);
    const model::Fault fault{
        .delay = base::Seconds(1), .delay_percent = 25, .abort_status = 503, .abort_percent = 0.5};
    int delayed = 0;
    int aborted = 0;
    for (int i = 0; i < kRounds; ++i) {
      const InjectedFault drawn = draw_fault(fault, random);
      delayed += drawn.delay == base::Seconds(1) ? 1 : 0;
      aborted += drawn.abort_status == 503 ? 1 : 0;
      EXPECT_EQ(drawn.is_any(), drawn.delay.count() > 0 || drawn.abort_status != 0);
    }
    EXPECT_NEAR(delayed, kRounds / 4, 300) << "seed " << seed;
    EXPECT_NEAR(aborted, kRounds / 200, 40) << "seed " << seed;
  }
  base::Random random(9);
  EXPECT_FALSE(draw_fault({.delay = base::Seconds(1), .delay_percent = 0}, random).is_any());
  EXPECT_FALSE(is_drawn(0, random));
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(is_drawn(100, random));
  }
}

TEST_F(PolicyTest, TheKeyOfARateIsTheAddressTheFieldOrNothing) {
  const base::IpAddress ann = *base::parse_ip("10.0.0.1");
  const base::IpAddress bob = *base::parse_ip("10.0.0.2");
  const auto& head = head_of("GET / HTTP/1.1\r\nHost: a\r\nX-Key: one");
  const model::RateLimit everyone{.key = model::RateLimitKey::kEveryone};
  EXPECT_EQ(rate_limit_key(everyone, head, ann, 1), rate_limit_key(everyone, head, bob, 1));
  const model::RateLimit by_ip{.key = model::RateLimitKey::kIp};
  EXPECT_NE(rate_limit_key(by_ip, head, ann, 1), rate_limit_key(by_ip, head, bob, 1));
  EXPECT_NE(rate_limit_key(by_ip, head, ann, 1), rate_limit_key(by_ip, head, ann, 2));
  const model::RateLimit by_field{.key = model::RateLimitKey::kHeader, .header = "x-key"};
  EXPECT_EQ(rate_limit_key(by_field, head, ann, 1), rate_limit_key(by_field, head, bob, 1));
  const std::uint64_t one = rate_limit_key(by_field, head, ann, 1);
  EXPECT_NE(rate_limit_key(by_field, head_of("GET / HTTP/1.1\r\nHost: a\r\nX-Key: two"), ann, 1),
            one);
  const auto& bare = head_of("GET / HTTP/1.1\r\nHost: a");
  EXPECT_EQ(rate_limit_key(by_field, bare, ann, 1), rate_limit_key(by_ip, bare, ann, 1));
}

TEST_F(PolicyTest, RatesOfRoutesAreApartAndBeginAnewWhenTheyChange) {
  RouteRates rates(7);
  const base::IpAddress ip = *base::parse_ip("10.0.0.1");
  const auto& head = head_of("GET / HTTP/1.1\r\nHost: a");
  const base::MonoTime now{};
  const model::RateLimit two{.requests = 2, .period = base::Seconds(60)};
  EXPECT_TRUE(rates.take(1, two, head, ip, now).is_allowed);
  EXPECT_TRUE(rates.take(1, two, head, ip, now).is_allowed);
  const auto refused = rates.take(1, two, head, ip, now);
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(retry_after_seconds(refused.retry_after), 30U);
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed);
  model::RateLimit three = two;
  three.requests = 3;
  EXPECT_TRUE(rates.take(1, three, head, ip, now).is_allowed);
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed);
  EXPECT_FALSE(rates.take(2, two, head, ip, now).is_allowed);
  model::Route other;
  other.id = "other";
  model::Route limited;  // has the number 2
  limited.id = "limited";
  limited.policies.emplace().rate_limit = two;
  rates.sweep(*model::make_snapshot({}, {other, limited}));
  EXPECT_FALSE(rates.take(2, two, head, ip, now).is_allowed) << "its bucket stays";
  rates.sweep(model::Snapshot());
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed) << "a route that came back";
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed);
  rates.follow(2, &limited);
  EXPECT_FALSE(rates.take(2, two, head, ip, now).is_allowed) << "its limit is as it was";
  rates.follow(2, &other);
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed) << "it had no limit for a while";
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed);
  rates.follow(2, nullptr);
  EXPECT_TRUE(rates.take(2, two, head, ip, now).is_allowed) << "it left";
}

TEST_F(PolicyTest, RetryAfterIsInWholeSecondsAndNeverZero) {
  EXPECT_EQ(retry_after_seconds(base::Nanos(0)), 1U);
  EXPECT_EQ(retry_after_seconds(base::Millis(1)), 1U);
  EXPECT_EQ(retry_after_seconds(base::Millis(1001)), 2U);
  EXPECT_EQ(retry_after_seconds(base::Seconds(60)), 60U);
}

TEST_F(PolicyTest, AKeySplitsByWeightAndStaysPut) {
  std::vector<model::Cluster> clusters;
  for (const char* name : {"a", "b", "c"}) {
    model::Cluster& cluster = clusters.emplace_back();
    cluster.number = static_cast<std::uint32_t>(clusters.size());
    cluster.service = name;
  }
  const RouteIndex index(model::make_snapshot(std::move(clusters), {}));
  const auto compiled = [](std::vector<model::Destination> destinations) {
    auto row = std::make_shared<model::Row<model::Route>>();
    row->object.destinations = std::move(destinations);
    return CompiledRoute::compile(std::move(row), 0);
  };
  const auto route = compiled({{.service = "a", .weight = 70},
                               {.service = "gone", .weight = 1000},
                               {.service = "b", .weight = 30},
                               {.service = "c", .weight = 0}});
  std::map<std::string, int> shares;
  base::Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t key = random.next();
    const RouteTarget target = split_by_key(index, *route, key);
    ASSERT_NE(target.cluster, nullptr);
    ++shares[target.cluster->service];
    EXPECT_EQ(split_by_key(index, *route, key).cluster, target.cluster);
  }
  EXPECT_EQ(shares.size(), 2U);
  EXPECT_NEAR(shares["a"], 7'000, 200);
  const auto nowhere = compiled({{.service = "gone", .weight = 1}});
  EXPECT_EQ(split_by_key(index, *nowhere, 5).cluster, nullptr);
}

TEST_F(PolicyTest, ASplitGoesByWhatTheRequestBringsAlong) {
  const auto& head = head_of("GET / HTTP/1.1\r\nHost: a\r\nX-Tenant: acme\r\nCookie: u=1; v=2");
  EXPECT_EQ(split_key({}, head), std::nullopt);
  const auto by_header = split_key({model::SplitBy::kHeader, "x-tenant"}, head);
  const auto by_cookie = split_key({model::SplitBy::kCookie, "v"}, head);
  ASSERT_TRUE(by_header && by_cookie);
  EXPECT_NE(*by_header, *by_cookie);
  EXPECT_EQ(split_key({model::SplitBy::kHeader, "X-None"}, head), std::nullopt);
  EXPECT_EQ(split_key({model::SplitBy::kCookie, "w"}, head), std::nullopt);
}

}  // namespace
}  // namespace weft::proxy
