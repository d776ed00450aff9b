// What every question may carry: which datacenter, how fresh, whether to wait for a change.
// Source: contract/consul.md §1, §1.1.
#pragma once

#include "api/consul/refusal.h"
#include "base/time.h"
#include "http/context.h"
#include "http/query.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api::consul {

enum class Freshness : std::uint8_t { kDefault, kStale, kConsistent };

// Thread: any (a value).
struct Asked {
  std::uint64_t index = 0;  // 0: no waiting
  base::Nanos wait = base::Seconds(300);
  Freshness freshness = Freshness::kDefault;
  bool is_pretty = false;
  http::Query query;  // decoded, whole

  // Is it there and not "0" or "false"?
  bool has_flag(std::string_view name) const;
  std::string_view text(std::string_view name) const { return query.value(name).value_or(""); }
  // Every value of a name, in order.
  std::vector<std::string> all(std::string_view name) const;
};

inline constexpr base::Nanos kWaitMax = base::Seconds(600);

// `datacenter` is ours. Errors: 400; 500 for a datacenter nobody knows.
Judged<Asked> parse_asked(const http::Context& context, std::string_view datacenter);

// "10s", "1m30s", or nanoseconds. Errors: 400 as Go words it.
Judged<base::Nanos> parse_go_duration(std::string_view text);

}  // namespace weft::api::consul
