#include "wire/cookie.h"

#include <gtest/gtest.h>

namespace weft::wire {
namespace {

HeaderList cookies_of(std::initializer_list<std::string_view> fields) {
  HeaderList headers;
  headers.add({"Accept", "*/*", HeaderId::kAccept});
  for (const std::string_view field : fields) {
    headers.add({"Cookie", field, HeaderId::kCookie});
  }
  return headers;
}

TEST(Cookie, IsFoundByItsWholeNameAndCase) {
  const HeaderList headers = cookies_of({"ab=1; a=2;b=3 ;  c=\"4\"; A=5"});
  EXPECT_EQ(find_cookie(headers, "a"), "2");
  EXPECT_EQ(find_cookie(headers, "ab"), "1");
  EXPECT_EQ(find_cookie(headers, "b"), "3");
  EXPECT_EQ(find_cookie(headers, "c"), "\"4\"");
  EXPECT_EQ(find_cookie(headers, "A"), "5");
  EXPECT_EQ(find_cookie(headers, "d"), std::nullopt);
}

TEST(Cookie, TheFirstOfSeveralFieldsCounts) {
  const HeaderList headers = cookies_of({"x=1", "a=2", "a=3; y=4"});
  EXPECT_EQ(find_cookie(headers, "a"), "2");
  EXPECT_EQ(find_cookie(headers, "y"), "4");
}

TEST(Cookie, WhatIsNoPairIsPassedOver) {
  EXPECT_EQ(find_cookie(cookies_of({"a; =; ;;a =1; a=;b"}), "a"), "") << "an empty value is one";
  EXPECT_EQ(find_cookie(cookies_of({"", ";", "  ", "a"}), "a"), std::nullopt);
  EXPECT_EQ(find_cookie(cookies_of({"=1"}), ""), std::nullopt);
  EXPECT_EQ(find_cookie(cookies_of({}), "a"), std::nullopt);
}

}  // namespace
}  // namespace weft::wire
