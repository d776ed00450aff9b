#include "proxy/hash_key.h"

#include "balance/hash.h"
#include "base/hash.h"
#include "proxy/gateway_fixture_for_test.h"

#include <map>
#include <set>
#include <string>

namespace weft::proxy {
namespace {

const base::IpAddress kHashedClient = base::IpAddress::v4(0x0a000001);

std::optional<std::uint64_t> key_from(model::HashSettings hash, std::string_view head_text,
                                      model::Balancing balancing = model::Balancing::kMaglev) {
  model::ClusterSettings settings{.service = "web", .balancing = balancing};
  settings.hash = std::move(hash);
  wire::RequestHead head;
  EXPECT_TRUE(wire::parse_request_head(head_text, {}, head));
  return hash_key(settings, head, kHashedClient);
}

constexpr std::string_view kKeyedRequest =
    "GET /a/b?user=7&user=8&empty=&x HTTP/1.1\r\n"
    "Host: web\r\nX-User: 42\r\nCookie: sid=abc; theme=dark\r\n\r\n";

TEST(HashKey, IsOfWhatTheSettingsName) {
  using model::HashOn;
  EXPECT_EQ(key_from({.on = HashOn::kIp}, kKeyedRequest), balance::hash_client(kHashedClient));
  EXPECT_EQ(key_from({.on = HashOn::kHeader, .name = "x-user"}, kKeyedRequest), base::hash64("42"));
  EXPECT_EQ(key_from({.on = HashOn::kCookie, .name = "sid"}, kKeyedRequest), base::hash64("abc"));
  EXPECT_EQ(key_from({.on = HashOn::kQuery, .name = "user"}, kKeyedRequest), base::hash64("7"));
  EXPECT_EQ(key_from({.on = HashOn::kPath}, kKeyedRequest), base::hash64("/a/b"));
  EXPECT_EQ(key_from({.on = HashOn::kNone}, kKeyedRequest), std::nullopt);
}

TEST(HashKey, FallsBackToAnotherKeyThenToNone) {
  using model::HashOn;
  for (const HashOn missing : {HashOn::kHeader, HashOn::kCookie, HashOn::kQuery}) {
    EXPECT_EQ(key_from({.on = missing, .name = "nothing"}, kKeyedRequest), std::nullopt);
    EXPECT_EQ(key_from({.on = missing, .name = "empty", .fallback = HashOn::kIp}, kKeyedRequest),
              balance::hash_client(kHashedClient));
    EXPECT_EQ(key_from({.on = missing,
                        .name = "nothing",
                        .fallback = HashOn::kCookie,
                        .fallback_name = "theme"},
                       kKeyedRequest),
              base::hash64("dark"));
  }
  EXPECT_EQ(key_from({.on = HashOn::kQuery, .name = "x"}, kKeyedRequest), std::nullopt);
}

TEST(HashKey, OnlyHashingStrategiesHaveOne) {
  const model::HashSettings hash{.on = model::HashOn::kPath};
  EXPECT_EQ(key_from(hash, kKeyedRequest, model::Balancing::kIpHash),
            balance::hash_client(kHashedClient))
      << "its key is its name";
  EXPECT_EQ(key_from(hash, kKeyedRequest, model::Balancing::kRingHash), base::hash64("/a/b"));
  EXPECT_EQ(key_from(hash, kKeyedRequest, model::Balancing::kPeakEwma), std::nullopt);
}

class HashRouteTest : public GatewayTest {
 protected:
  std::string ask(const std::string& fields) {
    return talk("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n" + fields + "\r\n", "");
  }
};

TEST_F(HashRouteTest, RequestsWithOneKeyGoToOneInstanceAndARetryToTheSameSecondOne) {
  bool is_first_down = false;
  for (const char* name : {"one", "two", "three"}) {
    add_backend([name, &is_first_down](const std::string&) {
      return is_first_down && name == std::string_view("one") ? std::string() : answer_with(name);
    });
  }
  model::ClusterSettings settings;
  settings.balancing = model::Balancing::kMaglev;
  settings.hash = {.on = model::HashOn::kHeader, .name = "X-User"};
  settings.breaker.enabled = false;
  start({9001, 9002, 9003}, settings);
  std::map<int, std::string> instance_of;
  std::set<std::string> instances;
  const auto body_for = [this](int user) {
    const std::string answer = ask("X-User: " + std::to_string(user) + "\r\n");
    return answer.substr(answer.find("\r\n\r\n") + 4);
  };
  for (int user = 0; user < 30; ++user) {
    instance_of[user] = body_for(user);
    instances.insert(instance_of[user]);
    EXPECT_EQ(body_for(user), instance_of[user]);
  }
  EXPECT_EQ(instances, (std::set<std::string>{"one", "two", "three"}));
  is_first_down = true;
  for (int user = 0; user < 30; ++user) {
    const std::string other = body_for(user);
    if (instance_of[user] == "one") {
      EXPECT_NE(other, "one");
      EXPECT_EQ(body_for(user), other);
    } else {
      EXPECT_EQ(other, instance_of[user]);
    }
  }
}

}  // namespace
}  // namespace weft::proxy
