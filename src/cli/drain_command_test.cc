#include "cli/drain_command.h"

#include "base/described_decode.h"
#include "cli/endpoints_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DrainProgress, CountsRequestsAndLoops) {
  DrainInfo info;
  info.instance_id = "web-3";
  info.active = 12;
  info.loops_active = 2;
  EXPECT_EQ(drain_progress(info), "web-3: 12 requests under way on 2 loops");
  info.active = info.loops_active = 1;
  EXPECT_EQ(drain_progress(info), "web-3: 1 request under way on 1 loop");
  info.active = 0;
  EXPECT_EQ(drain_progress(info), "web-3: no request under way");
  info.loops_waited_for = 1;
  EXPECT_EQ(drain_progress(info), "web-3: 1 loop may still send it requests");
}

EndpointPage endpoint_page() {
  return *base::decode<EndpointPage>(*base::parse_json(R"({"count": 2, "endpoints": [
    {"instance_id": "web-1", "service_name": "web", "address": "10.0.0.1:80", "zone": "eu-1",
     "weight": 100, "health": "healthy", "drained": true, "drain_reason": "disk swap",
     "traffic": {"breaker": "open", "ejected": false, "slow_start": false, "active": 3,
       "idle_connections": 4, "idle_timeout_ms": 5000, "requests_total": 70, "failures_total": 6},
     "loops": [{"loop": "proxy-0", "breaker": "open", "ejected": false, "slow_start": false,
       "active": 3, "idle_connections": 4, "idle_timeout_ms": null, "requests_total": 70,
       "failures_total": 6}]},
    {"instance_id": "web-2", "service_name": "web", "address": "10.0.0.2:80", "zone": null,
     "weight": 0, "health": "unknown", "drained": false, "drain_reason": "", "traffic": null,
     "loops": []}]})"));
}

TEST(EndpointsText, ShowsOneLineForEachEndpoint) {
  EndpointPage page = endpoint_page();
  for (EndpointInfo& endpoint : page.endpoints) {
    endpoint.loops.reset();
  }
  const std::string text = endpoints_text(page.endpoints, Paint(Paint::Colours::kOff));
  EXPECT_THAT(text, HasSubstr("drained: disk swap"));
  EXPECT_THAT(text, HasSubstr("5s"));
  EXPECT_THAT(text, HasSubstr("no weight"));
  EXPECT_THAT(text, Not(HasSubstr("LOOP")));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
}

TEST(EndpointsText, ShowsTheLoopsThatHaveCalledAnEndpoint) {
  const std::string text = endpoints_text(endpoint_page().endpoints, Paint(Paint::Colours::kOff));
  EXPECT_THAT(text, HasSubstr("LOOP"));
  EXPECT_THAT(text, HasSubstr("proxy-0"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << "a line for web-2 as well: " << text;
}

}  // namespace
}  // namespace weft::cli
