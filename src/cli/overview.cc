#include "cli/overview.h"

#include "base/described_decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace weft::cli {
namespace {

// From this share of failed requests on, healthy services are not the whole answer.
// Source: the page's verdict (web/src/overview/verdict.ts).
constexpr double kErrorRatioWorthSaying = 0.01;

int badness(std::string_view status) {
  if (status == "unhealthy") {
    return 0;
  }
  return status == "degraded" ? 1 : status == "unknown" ? 2 : 3;
}

std::string count_services(std::uint64_t count) {
  return count == 1 ? "1 service" : fmt::format("{} services", count);
}

Failure no_overview(const ApiUrl& url, const std::string& why) {
  return {
      fmt::format("{} answered something else than an overview ({}); is it a node of version {}?",
                  url.text, why, WEFT_VERSION)};
}

std::string show_or_dash(const std::optional<double>& value, const char* unit) {
  if (!value) {
    return "-";
  }
  const char* form = *value < 9.95 ? "{:.1f}{}" : "{:.0f}{}";
  return fmt::format(fmt::runtime(form), *value, unit);
}

}  // namespace

Outcome<FetchedOverview> fetch_overview(ApiSession& session) {
  auto frame = session.fetch("/api/v1/ui/snapshot");
  if (!frame) {
    return std::unexpected(frame.error());
  }
  const auto* object = frame->if_object();
  const json::value* data = object == nullptr ? nullptr : object->if_contains("data");
  if (data == nullptr) {
    return std::unexpected(no_overview(session.url(), "no data"));
  }
  auto overview = base::decode<Overview>(*data);
  if (!overview) {
    return std::unexpected(no_overview(session.url(), overview.error().front().to_string()));
  }
  std::ranges::sort(overview->services, {}, [](const ServiceInfo& service) {
    return std::tuple(badness(service.status), service.name);
  });
  return FetchedOverview{std::move(*overview), *data};
}

std::string verdict(const Overview& overview) {
  const std::uint64_t total = overview.services.size();
  if (total == 0) {
    return "No services yet.";
  }
  const auto attention = std::ranges::count_if(overview.services, needs_attention);
  if (attention > 0) {
    return fmt::format("{} of {} {} attention.", attention, count_services(total),
                       attention == 1 ? "needs" : "need");
  }
  const double errors = overview.totals.error_ratio.value_or(0);
  if (errors >= kErrorRatioWorthSaying) {
    return fmt::format(
        "{} healthy, but {} of requests fail.",
        total == 1 ? "The one service is" : fmt::format("All {} are", count_services(total)),
        show_percent(errors));
  }
  const auto unchecked = std::ranges::count(overview.services, "unknown", &ServiceInfo::status);
  if (unchecked > 0) {
    return fmt::format("{} of {} {} no check result yet.", unchecked, count_services(total),
                       unchecked == 1 ? "has" : "have");
  }
  return total == 1 ? "The one service is healthy."
                    : fmt::format("All {} are healthy.", count_services(total));
}

bool needs_attention(const ServiceInfo& service) { return badness(service.status) <= 1; }

std::string show_rate(const std::optional<double>& per_second) {
  return show_or_dash(per_second, "");
}

std::string show_percent(const std::optional<double>& ratio) {
  return show_or_dash(ratio ? std::optional(*ratio * 100) : std::nullopt, " %");
}

std::string show_millis(const std::optional<double>& ms) { return show_or_dash(ms, " ms"); }

}  // namespace weft::cli
