#include "base/moment.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace weft::base {
namespace {

std::unexpected<Error> no_moment() {
  return fail(Code::kInvalid,
              "not an index, a time such as 2026-01-31T14:03:00Z or 14:03, or 10m for so long ago",
              Side::kClient);
}

// The offset behind a time of the day: "" and "Z" are UTC. Nullopt: it is none.
std::optional<Nanos> parse_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") {
    return Nanos(0);
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
    return std::nullopt;
  }
  const auto hours = parse_u64(text.substr(1, 2));
  const auto minutes = parse_u64(text.substr(4, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const Nanos offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

// `text` has a colon at 2: "14:03", "14:03:20.5", each with an offset or none. The day is the one
// that `now` is in where that offset holds.
Result<Moment> parse_time_of_day(std::string_view text, WallTime now) {
  const std::size_t end = std::min(text.find_first_of("+-Zz"), text.size());
  const std::string_view clock = text.substr(0, end);
  const std::string_view zone = text.substr(end);
  const auto offset = parse_offset(zone);
  if (!offset) {
    return no_moment();
  }
  const std::string day = format_rfc3339(now + *offset).substr(0, 10);
  const bool has_seconds = clock.size() > 5;
  const auto time = parse_rfc3339(
      fmt::format("{}T{}{}{}", day, clock, has_seconds ? "" : ":00", zone.empty() ? "Z" : zone));
  if (!time) {
    return no_moment();
  }
  return Moment{.index = std::nullopt, .time = *time};
}

}  // namespace

Result<Moment> parse_moment(std::string_view text, WallTime now) {
  if (!text.empty() && std::ranges::all_of(text, is_digit)) {
    const auto index = parse_u64(text);
    return index ? Result<Moment>(Moment{.index = *index}) : no_moment();
  }
  if (text.size() >= 5 && text[2] == ':') {
    return parse_time_of_day(text, now);
  }
  if (const auto time = parse_rfc3339(text)) {
    return Moment{.index = std::nullopt, .time = *time};
  }
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  const bool has_unit = !text.empty() && !is_digit(text.back()) && text.back() != '.';
  const auto ago = parse_duration(text);
  if (!has_unit || !ago) {
    return no_moment();
  }
  return Moment{.index = std::nullopt, .time = now - *ago};
}

std::string format_moment(const Moment& moment) {
  return moment.index ? fmt::to_string(*moment.index) : format_rfc3339(moment.time);
}

}  // namespace weft::base
