#include "cli/stale_services.h"

#include "base/described_decode.h"
#include "base/described_encode.h"
#include "base/text.h"
#include "cli/nearest.h"
#include "cli/table.h"
#include "cli/text_width.h"
#include "model/origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace weft::cli {
namespace {

constexpr std::size_t kStaleOutputColumns = 50;
// Source: contract/consul.md §2.1.
constexpr std::string_view kTtlExpired = "TTL expired";

bool is_looked_at(const ListedCheckInfo& check) { return check.kind != "told"; }

// Why the check confirms nothing; "" when it does.
std::string_view doubt_of(const ListedCheckInfo& check, base::Nanos failing_for) {
  const bool is_critical = check.status == "critical";
  if (check.kind == "ttl" && check.status == "none") {
    return kNeverReported;
  }
  if (check.kind == "ttl" && is_critical && check.output == kTtlExpired) {
    return kReportExpired;
  }
  const bool is_long = check.for_seconds.value_or(0) > base::to_seconds(failing_for);
  return is_critical && is_long ? kFailing : std::string_view();
}

bool has_tags(const ListedInstanceInfo& instance, const std::vector<std::string>& tags) {
  return std::ranges::all_of(tags, [&](const std::string& tag) {
    return std::ranges::find(instance.tags, tag) != instance.tags.end();
  });
}

StaleInstance doubt(const ListedInstanceInfo& instance, std::string_view reason) {
  StaleInstance out;
  out.instance_id = instance.id;
  out.service_name = instance.name;
  out.address = instance.address;
  out.reason = reason;
  return out;
}

// One that came from a Consul is confirmed by that, as long as it answers.
StaleInstance doubt_of_sync(const ListedInstanceInfo& instance, base::WallTime now) {
  StaleInstance out = doubt(instance, kNotSynced);
  out.since = model::text_of(instance.metadata, model::kStaleSince);
  out.output = base::concat({"from ", model::text_of(instance.metadata, model::kSyncedFrom)});
  if (const auto since = base::parse_rfc3339(*out.since)) {
    out.for_seconds = std::max(0.0, base::to_seconds(now - *since));
  }
  return out;
}

void add_doubts(std::vector<StaleInstance>& out, const ListedInstanceInfo& instance,
                const StaleQuestion& question) {
  const std::vector<ListedCheckInfo> checks =
      instance.checks.value_or(std::vector<ListedCheckInfo>());
  if (!model::text_of(instance.metadata, model::kStaleSince).empty()) {
    out.push_back(doubt_of_sync(instance, question.now));
  } else if (!model::is_synced(instance.metadata) && std::ranges::none_of(checks, is_looked_at)) {
    out.push_back(doubt(instance, kNoCheck));
  }
  for (const ListedCheckInfo& check : checks) {
    const std::string_view reason = doubt_of(check, question.failing_for);
    if (!reason.empty()) {
      StaleInstance& one = out.emplace_back(doubt(instance, reason));
      one.check_id = check.id;
      one.since = check.since;
      one.for_seconds = check.for_seconds;
      one.output = check.output;
    }
  }
}

Failure nobody_of(const std::string& service, const ListedInstances& all) {
  std::vector<std::string> names;
  names.reserve(all.services.size());
  for (const ListedInstanceInfo& instance : all.services) {
    names.push_back(instance.name);
  }
  const auto meant = nearest(service, names);
  return {fmt::format("no instance of a service '{}'; {}'weft services' lists what is registered",
                      service, meant ? fmt::format("did you mean '{}'? ", *meant) : "")};
}

std::string show_age(const std::optional<double>& seconds) {
  return seconds ? base::format_duration(base::Seconds(std::llround(*seconds))) : "-";
}

}  // namespace

std::vector<StaleInstance> stale_instances(const ListedInstances& all,
                                           const StaleQuestion& question) {
  std::vector<StaleInstance> out;
  for (const ListedInstanceInfo& instance : all.services) {
    const bool is_asked_for = question.service.empty() || instance.name == question.service;
    if (is_asked_for && has_tags(instance, question.tags)) {
      add_doubts(out, instance, question);
    }
  }
  return out;
}

Outcome<std::vector<StaleInstance>> fetch_stale(ApiSession& session,
                                                const StaleQuestion& question) {
  const auto answer = session.fetch(fmt::format("{}/services?checks=true", kMeshApi));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  const auto all = base::decode<ListedInstances>(*answer);
  const bool has_checks =
      all && (all->services.empty() || all->services.front().checks.has_value());
  if (!has_checks) {
    return std::unexpected(
        Failure{fmt::format("{} does not tell what its checks say; is it a node of version {}?",
                            session.url().text, WEFT_VERSION)});
  }
  const bool is_known = question.service.empty() ||
                        std::ranges::find(all->services, question.service,
                                          &ListedInstanceInfo::name) != all->services.end();
  if (!is_known) {
    return std::unexpected(nobody_of(question.service, *all));
  }
  StaleQuestion now = question;
  now.now = session.wall_now();
  return stale_instances(*all, now);
}

std::string stale_text(const std::vector<StaleInstance>& stale, const Paint& paint) {
  if (stale.empty()) {
    return "Nothing is stale: every instance is confirmed by its checks.\n";
  }
  Table table({{"INSTANCE"}, {"SERVICE"}, {"CHECK"}, {"WHY"}, {"FOR", Align::kRight}, {"SAID"}});
  for (const StaleInstance& one : stale) {
    table.add({{one.instance_id},
               {one.service_name},
               {one.check_id.value_or("-")},
               {one.reason, one.reason == kNoCheck ? Tone::kWarning : Tone::kBad},
               {show_age(one.for_seconds)},
               {shorten(one.output, kStaleOutputColumns), Tone::kDim}});
  }
  return table.text(paint);
}

json::object stale_json(const std::vector<StaleInstance>& stale) {
  json::array list;
  for (const StaleInstance& one : stale) {
    list.push_back(base::encode(one));
  }
  return {{"stale", std::move(list)}};
}

}  // namespace weft::cli
