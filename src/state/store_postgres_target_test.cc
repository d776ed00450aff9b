#include "state/store_postgres_target.h"

#include <gtest/gtest.h>

namespace weft::state {
namespace {

PgTarget only_target(const std::string& url) {
  const auto targets = parse_postgres_url(url);
  EXPECT_TRUE(targets) << url;
  EXPECT_EQ(targets->size(), 1U);
  return targets->front();
}

TEST(PgTarget, AUrlIsTakenApartAsLibpqDoes) {
  const PgTarget target =
      only_target("postgres://ose:se%20cret@db.example:6543/service_mesh?sslmode=verify-full");
  EXPECT_EQ(target.value_of("user"), "ose");
  EXPECT_EQ(target.value_of("password"), "se cret");
  EXPECT_EQ(target.value_of("host"), "db.example");
  EXPECT_EQ(target.value_of("port"), "6543");
  EXPECT_EQ(target.value_of("dbname"), "service_mesh");
  EXPECT_EQ(target.value_of("sslmode"), "verify-full");
  EXPECT_EQ(target.value_of("options"), "");
}

TEST(PgTarget, SeveralHostsAreSeveralTargetsInTheirOrder) {
  const auto targets = parse_postgres_url("postgresql://a:1,b:2,c:3/weft");
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 3U);
  EXPECT_EQ(targets->at(0).value_of("host"), "a");
  EXPECT_EQ(targets->at(1).value_of("host"), "b");
  EXPECT_EQ(targets->at(1).value_of("port"), "2");
  EXPECT_EQ(targets->at(2).value_of("dbname"), "weft");
}

TEST(PgTarget, OnePortIsThePortOfAllHosts) {
  const auto targets = parse_postgres_url("postgresql:///weft?host=a,b&port=7000");
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 2U);
  EXPECT_EQ(targets->at(0).value_of("port"), "7000");
  EXPECT_EQ(targets->at(1).value_of("port"), "7000");
}

TEST(PgTarget, WhatIsNoUrlOfPostgresqlIsRefused) {
  for (const char* bad : {"", "sqlite:///weft.db", "host=localhost dbname=weft", "postgres:/a",
                          "postgresql://a/weft?nonsense=1", "postgresql://a:1,b:2,c/weft?port=1,2",
                          "postgresql://[::1/weft"}) {
    const auto targets = parse_postgres_url(bad);
    ASSERT_FALSE(targets) << bad;
    EXPECT_EQ(targets.error().code, base::Code::kInvalid) << bad;
  }
}

TEST(PgTarget, OnlyANameIsLookedUp) {
  for (const char* url : {"postgresql:///weft", "postgresql:///weft?host=/run/postgresql",
                          "postgresql://10.0.0.1/weft", "postgresql://[::1]/weft",
                          "postgresql://db.example/weft?hostaddr=10.0.0.1"}) {
    const auto resolved = resolve_target(only_target(url), base::MonoTime{});
    ASSERT_TRUE(resolved) << url;
    EXPECT_EQ(resolved->size(), 1U);
  }
  const auto local = resolve_target(only_target("postgresql://localhost/weft"), base::MonoTime{});
  ASSERT_TRUE(local);
  EXPECT_EQ(local->at(0).value_of("host"), "localhost") << "certificates are checked by it";
  EXPECT_EQ(local->at(0).value_of("hostaddr"), "127.0.0.1");
}

}  // namespace
}  // namespace weft::state
