#include "cli/overview.h"

#include "base/described_decode.h"
#include "cli/services_command.h"
#include "cli/status_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::cli {
namespace {

using testing::HasSubstr;

const Paint kPlain(Paint::Colours::kOff);

// The example of web/PROTOCOL.md, shortened, with a second service.
constexpr const char* kData = R"({
  "node": {"name": "node-1", "version": "0.1.0", "uptime_seconds": 3725, "warnings": ["read-only"]},
  "totals": {"services": 2, "healthy": 1, "degraded": 1, "unhealthy": 0, "unknown": 0,
             "instances": 3, "instances_healthy": 2, "requests_per_second": 51.3,
             "error_ratio": 0.004, "p50_ms": 2.1, "p95_ms": 8.9, "p99_ms": 21},
  "services": [
    {"name": "shop", "status": "healthy", "instances_total": 1, "instances_healthy": 1,
     "requests_per_second": null, "error_ratio": null, "p95_ms": null, "breakers_open": 0,
     "beats": "hh", "beat_seconds": 10, "instances": [], "tags": [], "version": null,
     "description": null, "icon": null},
    {"name": "web", "status": "degraded", "instances_total": 2, "instances_healthy": 1,
     "requests_per_second": 20.1, "error_ratio": 0.01, "p95_ms": 12.4, "breakers_open": 1,
     "instances": [{"id": "web-1", "address": "127.0.0.1:8080", "status": "unhealthy",
        "breaker": "open", "active": 0, "drained": null, "last_check_time": "2026-01-02T03:04:05.120Z",
        "response_time_ms": null, "output": "connect: connection refused"}],
     "tags": ["edge"], "version": "1.4.2", "description": "the shop window", "icon": ""}],
  "series": {"step_seconds": 1, "points": []}})";

Overview sample_overview() { return *base::decode<Overview>(*base::parse_json(kData)); }

Overview with_states(const std::vector<std::string>& states) {
  Overview overview;
  for (const std::string& state : states) {
    overview.services.emplace_back().status = state;
  }
  return overview;
}

TEST(Verdict, SpeaksLikeThePage) {
  EXPECT_EQ(verdict(with_states({})), "No services yet.");
  EXPECT_EQ(verdict(with_states({"healthy"})), "The one service is healthy.");
  EXPECT_EQ(verdict(with_states({"healthy", "healthy"})), "All 2 services are healthy.");
  EXPECT_EQ(verdict(with_states({"degraded", "healthy"})), "1 of 2 services needs attention.");
  EXPECT_EQ(verdict(with_states({"unhealthy", "degraded", "unknown"})),
            "2 of 3 services need attention.");
  EXPECT_EQ(verdict(with_states({"healthy", "unknown"})),
            "1 of 2 services has no check result yet.");
}

TEST(Verdict, NamesFailingRequestsOfHealthyServices) {
  Overview overview = with_states({"healthy", "healthy"});
  overview.totals.error_ratio = 0.034;
  EXPECT_EQ(verdict(overview), "All 2 services are healthy, but 3.4 % of requests fail.");
  overview.totals.error_ratio = 0.009;
  EXPECT_EQ(verdict(overview), "All 2 services are healthy.");
}

TEST(Figures, ShowADashForWhatWasNotMeasured) {
  EXPECT_EQ(show_rate(std::nullopt), "-");
  EXPECT_EQ(show_percent(0.0), "0.0 %");
  EXPECT_EQ(show_percent(1.0), "100 %");
  EXPECT_EQ(show_millis(2.14), "2.1 ms");
  EXPECT_EQ(show_millis(1234.0), "1234 ms");
}

TEST(StatusText, TellsTotalsTroubleAndWarnings) {
  EXPECT_EQ(status_text(sample_overview(), kPlain),
            "1 of 2 services needs attention.\n"
            "\n"
            "  node       node-1, weft 0.1.0, up 1h2m5s\n"
            "  services   1 healthy, 1 degraded\n"
            "  instances  2 of 3 healthy\n"
            "  traffic    51 requests/s, 0.4 % failed, p50 2.1 ms, p95 8.9 ms\n"
            "\n"
            "NEEDS ATTENTION  STATE     INSTANCES  WHY\n"
            "web              degraded        1/2  web-1: connect: connection refused\n"
            "\n"
            "warning: read-only\n");
}

TEST(StatusText, TellsANewcomerHowToRegister) {
  EXPECT_THAT(status_text(Overview{}, kPlain), HasSubstr("weft register --name web"));
}

TEST(StatusJson, KeepsWhatTheNodeSent) {
  const json::object out = status_json({sample_overview(), *base::parse_json(kData)});
  EXPECT_EQ(out.at("warnings"), json::array{"read-only"});
  EXPECT_EQ(out.at("verdict"), json::value("1 of 2 services needs attention."));
  EXPECT_EQ(out.at("totals").at("p99_ms"), json::value(21));
  EXPECT_EQ(out.at("attention").at(0).at("name"), json::value("web"));
}

TEST(ServicesText, ListsOneServicePerLine) {
  EXPECT_EQ(services_text(sample_overview().services, kPlain),
            "NAME  STATE     INSTANCES  REQUESTS/S  FAILED    P95\n"
            "shop  healthy         1/1           -       -      -\n"
            "web   degraded        1/2          20   1.0 %  12 ms\n");
}

TEST(ServiceText, ShowsInstancesAndSettings) {
  ServiceSettings settings;
  settings.own = {"timeouts.request", "limits.pending_max"};
  settings.balancing_of_calls = "round_robin";
  settings.settings.balancing = "p2c_ewma";
  settings.settings.timeouts.request = base::Seconds(5);
  const std::string text = service_text(sample_overview().services[1], settings, kPlain);
  EXPECT_THAT(text, HasSubstr("web  degraded  the shop window\n"));
  EXPECT_THAT(text, HasSubstr("  breaker    opens after 5 failures in a row, for 1m\n"));
  EXPECT_THAT(text,
              HasSubstr("  balancing  p2c_ewma in the gateway, round_robin for mesh calls\n"));
  EXPECT_THAT(text, HasSubstr("  timeouts   connect 1s, request 5s, idle 1m, one try no limit"));
  EXPECT_THAT(text,
              HasSubstr("  retries    2 where safe, within 20 % of the requests of 10s and 10"));
  EXPECT_THAT(text, HasSubstr("  limits     1024 connections, 1024 pending"));
  EXPECT_THAT(text, HasSubstr("  its own    timeouts.request, limits.pending_max\n"));
  EXPECT_THAT(text, HasSubstr("web-1     127.0.0.1:8080  unhealthy  open          0      -  "
                              "connect: connection refused\n"));
}

TEST(SettingsPatch, IsWhatWasWritten) {
  const auto patch = settings_patch({"timeouts.request=5s", "retry.retries=0", "balancing=random",
                                     "breaker.enabled=false", "retry.budget_ratio=0.5"},
                                    {"limits", "timeouts.idle"});
  ASSERT_TRUE(patch);
  EXPECT_EQ(base::write_json(*patch),
            R"({"timeouts":{"request":"5s","idle":null},"retry":{"retries":0,"budget_ratio":0.5},)"
            R"("balancing":"random","breaker":{"enabled":false},"limits":null})");
  EXPECT_EQ(settings_patch({"timeouts"}, {}).error(), "timeouts");
  EXPECT_EQ(settings_patch({".request=5s"}, {}).error(), ".request=5s");
  EXPECT_EQ(settings_patch({}, {""}).error(), "");
}

}  // namespace
}  // namespace weft::cli
