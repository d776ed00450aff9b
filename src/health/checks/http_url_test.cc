#include "health/checks/http_url.h"

#include <gtest/gtest.h>

namespace weft::health {
namespace {

std::string normal_form(std::string_view text) {
  const auto url = parse_http_url(text);
  return url ? (url->is_tls ? "https://" : "http://") + url->host.to_string() + url->path
             : std::string(base::code_name(url.error().code));
}

TEST(HttpUrl, HasAHostAPortAndAPathWithItsQuery) {
  EXPECT_EQ(normal_form("http://web:8080/health?deep=1"), "http://web:8080/health?deep=1");
  EXPECT_EQ(normal_form("HTTP://[::1]:80/"), "http://[::1]:80/");
}

TEST(HttpUrl, FillsInWhatIsLeftOut) {
  EXPECT_EQ(normal_form("http://web"), "http://web:80/");
  EXPECT_EQ(normal_form("http://web:81?now"), "http://web:81/?now");
  EXPECT_EQ(normal_form("HTTPS://web"), "https://web:443/");
  EXPECT_EQ(normal_form("https://web:80/x"), "https://web:80/x");
}

TEST(HttpUrl, DropsTheFragment) {
  EXPECT_EQ(normal_form("http://web:81/a#b/c"), "http://web:81/a");
  EXPECT_EQ(normal_form("http://web#@evil/"), "http://web:80/");
}

TEST(HttpUrl, RefusesWhatCannotBeProbed) {
  for (const auto* text : {"", "web:80", "ftp://web/", "http://", "http:///health", "http://:80/",
                           "http://user@web/", "http://web:0/", "http://web:65536/"}) {
    EXPECT_EQ(normal_form(text), "invalid") << text;
  }
}

}  // namespace
}  // namespace weft::health
