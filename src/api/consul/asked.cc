#include "api/consul/asked.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::api::consul {

bool Asked::has_flag(std::string_view name) const {
  const http::QueryPair* pair = query.find(name);
  return pair != nullptr && pair->value != "0" && pair->value != "false";
}

std::vector<std::string> Asked::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const http::QueryPair& pair : query.pairs()) {
    if (pair.name == name) {
      values.push_back(pair.value);
    }
  }
  return values;
}

Judged<base::Nanos> parse_go_duration(std::string_view text) {
  const auto parsed = base::parse_duration(text);
  const bool is_bare_number = base::parse_double(text).has_value();
  if (!parsed || (is_bare_number && text != "0")) {
    return refuse(400, is_bare_number && parsed
                           ? fmt::format("time: missing unit in duration \"{}\"", text)
                           : fmt::format("time: invalid duration \"{}\"", text));
  }
  return *parsed;
}

namespace {

Judged<void> parse_waiting(Asked& asked) {
  if (const auto index = asked.query.value("index"); index && !index->empty()) {
    const auto number = base::parse_u64(*index);
    if (!number) {
      return refuse(400, "Invalid index");
    }
    asked.index = *number;
  }
  if (const auto wait = asked.query.value("wait"); wait && !wait->empty()) {
    const auto duration = parse_go_duration(*wait);
    if (!duration) {
      return refuse(400, "Invalid wait time");
    }
    if (*duration > base::Nanos(0)) {
      asked.wait = std::min(*duration, kWaitMax);
    }
  }
  return {};
}

Judged<void> check_place(const Asked& asked, std::string_view datacenter) {
  for (const char* name : {"ns", "partition"}) {
    const std::string_view value = asked.text(name);
    if (!value.empty() && value != "default") {
      return refuse(
          400, fmt::format("Invalid query parameter: \"{}\" - {} are a Consul Enterprise "
                           "feature",
                           name, name == std::string_view("ns") ? "Namespaces" : "Partitions"));
    }
  }
  const std::string_view dc = asked.text("dc");
  if (!dc.empty() && !base::iequals(dc, datacenter)) {
    return refuse(500, "No path to datacenter");
  }
  return {};
}

}  // namespace

Judged<Asked> parse_asked(const http::Context& context, std::string_view datacenter) {
  Asked asked;
  auto query = http::Query::parse(context.request.query);
  if (!query) {
    return refuse(400, "Invalid query string");
  }
  asked.query = *std::move(query);
  const bool is_stale = asked.has_flag("stale");
  const bool is_consistent = asked.has_flag("consistent");
  if (is_stale && is_consistent) {
    return refuse(400, "Cannot specify ?stale with ?consistent, conflicting semantics.");
  }
  asked.freshness = is_stale        ? Freshness::kStale
                    : is_consistent ? Freshness::kConsistent
                                    : Freshness::kDefault;
  asked.is_pretty = asked.has_flag("pretty");
  WEFT_TRY_VOID(parse_waiting(asked));
  WEFT_TRY_VOID(check_place(asked, datacenter));
  return asked;
}

}  // namespace weft::api::consul
