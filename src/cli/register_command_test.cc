#include "cli/register_command.h"

#include <gtest/gtest.h>

namespace weft::cli {
namespace {

TEST(RegisterBody, LeavesEverythingOptionalToTheNode) {
  EXPECT_EQ(register_body({.name = "web", .address = "127.0.0.1", .port = 8080}),
            (json::object{{"service_name", "web"}, {"address", "127.0.0.1"}, {"port", 8080}}));
}

TEST(RegisterBody, CarriesWhatWasGiven) {
  const json::object body = register_body({.name = "web",
                                           .address = "::1",
                                           .port = 80,
                                           .id = "web-1",
                                           .tags = {"edge", "v2"},
                                           .metadata = {"version=1.2", "note=a=b"},
                                           .weight = 0,
                                           .interval = "5s",
                                           .deregister_after = "off"});
  EXPECT_EQ(body.at("service_id"), json::value("web-1"));
  EXPECT_EQ(body.at("tags"), (json::value{"edge", "v2"}));
  EXPECT_EQ(body.at("metadata"), (json::object{{"version", "1.2"}, {"note", "a=b"}}));
  EXPECT_EQ(body.at("weight"), json::value(0));
  EXPECT_EQ(body.at("health_check"),
            (json::object{{"interval", "5s"}, {"deregister_after", "off"}}));
}

TEST(RegisterBody, AsksForOneKindOfCheck) {
  const Registration base{.name = "db", .address = "::1", .port = 5432};
  Registration tcp = base;
  tcp.check_tcp = true;
  EXPECT_EQ(register_body(tcp).at("health_check"), (json::object{{"tcp", "[::1]:5432"}}));
  Registration ttl = base;
  ttl.check_ttl = "10s";
  EXPECT_EQ(register_body(ttl).at("health_check"), (json::object{{"ttl", "10s"}}));
  Registration http = base;
  http.check_http = "/ready";
  EXPECT_EQ(register_body(http).at("health_check"), (json::object{{"path", "/ready"}}));
}

}  // namespace
}  // namespace weft::cli
