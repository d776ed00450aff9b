#include "proxy/affinity.h"

#include "proxy/gateway_fixture_for_test.h"

namespace weft::proxy {
namespace {

std::optional<std::uint64_t> pin_of(std::string_view cookies) {
  wire::HeaderList headers;
  headers.add({"Cookie", cookies, wire::HeaderId::kCookie});
  return pinned_identity({.cookie = "mesh"}, headers);
}

TEST(AffinityCookie, ReadsBackWhatItWrote) {
  AffinityCookie cookie;
  EXPECT_EQ(cookie.write({.cookie = "mesh"}, 0xabc),
            "mesh=0000000000000abc; Path=/; HttpOnly; "
            "SameSite=Lax");
  EXPECT_EQ(pin_of("a=b; mesh=0000000000000abc"), 0xabcU);
  const std::string longest(100, 'n');
  const model::AffinitySettings settings{.cookie = longest, .max_age = base::Millis(1'500)};
  EXPECT_TRUE(cookie.write(settings, ~0ULL)
                  .ends_with("=ffffffffffffffff; Path=/; HttpOnly; "
                             "SameSite=Lax; Max-Age=2"));
}

TEST(AffinityCookie, GarbageIsNoPin) {
  for (const char* value : {"", "0", "000000000000abc", "00000000000000abc", "0000000000000xyz",
                            "-000000000000abc", "0x00000000000abc", "\"000000000000ab\""}) {
    EXPECT_EQ(pin_of("mesh=" + std::string(value)), std::nullopt) << value;
  }
  EXPECT_EQ(pin_of("Mesh=0000000000000abc"), std::nullopt) << "names are compared with case";
}

class AffinityTest : public GatewayTest {
 protected:
  void start_two() {
    add_backend([](const std::string&) { return answer_with("one"); });
    add_backend([](const std::string&) { return answer_with("two"); });
    start({9001, 9002}, settings());
  }
  static model::ClusterSettings settings() {
    model::ClusterSettings settings;
    settings.balancing = model::Balancing::kRoundRobin;
    settings.affinity = {.cookie = "mesh", .max_age = base::Seconds(60)};
    return settings;
  }
  std::string ask(const std::string& cookie) {
    const std::string field = cookie.empty() ? "" : "Cookie: a=1; mesh=" + cookie + "\r\n";
    return talk("GET / HTTP/1.1\r\nHost: web\r\n" + field + "\r\n", body_);
  }
  // The value that an answer sets; empty: it sets none.
  static std::string cookie_set_by(const std::string& answer) {
    const std::size_t at = answer.find("Set-Cookie: mesh=");
    return at == std::string::npos ? "" : answer.substr(at + 17, 16);
  }
  void expect_body(std::string body) { body_ = std::move(body); }

 private:
  std::string body_;
};

TEST_F(AffinityTest, AClientStaysWhereItsCookieSaysAndGetsItOnce) {
  start_two();
  expect_body("one");
  const std::string first = ask("");
  const std::string cookie = cookie_set_by(first);
  ASSERT_EQ(cookie.size(), 16U);
  EXPECT_TRUE(contains(first, "; Path=/; HttpOnly; SameSite=Lax; Max-Age=60\r\n"));
  EXPECT_FALSE(contains(first, "9001; Path")) << "the address is not shown";
  for (int i = 0; i < 3; ++i) {
    const std::string again = ask(cookie);
    EXPECT_TRUE(again.ends_with("one"));
    EXPECT_EQ(cookie_set_by(again), "") << "nothing changed";
  }
}

TEST_F(AffinityTest, AnEndpointThatLeftIsReplacedAndTheCookieSetAnew) {
  start_two();
  expect_body("one");
  const std::string cookie = cookie_set_by(ask(""));
  publish({9002}, settings());
  expect_body("two");
  const std::string moved = cookie_set_by(ask(cookie));
  EXPECT_EQ(moved.size(), 16U);
  EXPECT_NE(moved, cookie);
  publish({9002, 9001}, settings());
  EXPECT_EQ(cookie_set_by(ask(moved)), "");
}

TEST_F(AffinityTest, AGarbageCookieIsReplaced) {
  start_two();
  expect_body("one");
  EXPECT_EQ(cookie_set_by(ask("garbage")).size(), 16U);
}

TEST_F(AffinityTest, WithoutTheSettingNoCookieIsSet) {
  add_backend([](const std::string&) { return answer_with("one"); });
  start({9001});
  expect_body("one");
  EXPECT_FALSE(contains(ask(""), "Set-Cookie"));
}

}  // namespace
}  // namespace weft::proxy
