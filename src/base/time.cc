#include "base/time.h"

#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace weft::base {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};

constexpr std::array<Unit, 8> kUnits{{
    {"ns", 1},
    {"us", 1'000},
    {"\xc2\xb5s", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60LL * 1'000'000'000},
    {"h", 3600LL * 1'000'000'000},
    {"d", 86'400LL * 1'000'000'000},
}};

constexpr double kDurationMaxNanos = 100.0 * 365 * 86'400 * 1e9;

// What a WallTime of 64-bit nanoseconds holds in whole years.
constexpr int kYearMin = 1678;
constexpr int kYearMax = 2261;

// Reads exactly `count` digits at `at`; -1 when they are not all digits.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) {
    return -1;
  }
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i])) {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::string format_rfc3339(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto micros = std::chrono::duration_cast<Micros>(time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     micros / 3'600'000'000, micros / 60'000'000 % 60, micros / 1'000'000 % 60,
                     micros % 1'000'000);
}

std::string format_rfc3339_offset(WallTime time) {
  std::string text = format_rfc3339(time);
  text.pop_back();  // the Z
  return text + "+00:00";
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  const auto bad = [] { return fail(Code::kInvalid, "not an RFC 3339 time", Side::kClient); };
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] | 0x20) != 't' ||
      text[13] != ':' || text[16] != ':') {
    return bad();
  }
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < kYearMin || year > kYearMax || month < 0 || day < 0 || !date.ok() || hour < 0 ||
      hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
    return bad();
  }
  std::size_t at = 19;
  std::int64_t nanos = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000'000;
    const std::size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      nanos += (text[at] - '0') * scale;
      scale /= 10;
    }
    if (at == first) {
      return bad();
    }
  }
  if (at >= text.size()) {
    return bad();
  }
  int offset_minutes = 0;
  if ((text[at] | 0x20) == 'z' && at + 1 == text.size()) {
    offset_minutes = 0;
  } else if ((text[at] == '+' || text[at] == '-') && at + 6 == text.size() && text[at + 3] == ':') {
    const int offset_hour = digits_at(text, at + 1, 2);
    const int offset_minute = digits_at(text, at + 4, 2);
    if (offset_hour < 0 || offset_hour > 23 || offset_minute < 0 || offset_minute > 59) {
      return bad();
    }
    offset_minutes = (offset_hour * 60 + offset_minute) * (text[at] == '-' ? -1 : 1);
  } else {
    return bad();
  }
  const WallTime time(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
                      std::chrono::minutes(minute - offset_minutes) + Seconds(second) +
                      Nanos(nanos));
  // An offset or a leap second may lead to the year before or after.
  const int utc_year = static_cast<int>(
      std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year());
  if (utc_year < kYearMin || utc_year > kYearMax) {
    return bad();
  }
  return time;
}

Result<Nanos> parse_duration(std::string_view text) {
  const auto bad = [] {
    return fail(Code::kInvalid, "not a duration such as 10s, 250ms or 1m30s", Side::kClient);
  };
  if (text.empty()) {
    return bad();
  }
  double total = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) {
      ++end;
    }
    const auto number = parse_double(text.substr(at, end - at));
    if (!number) {
      return bad();
    }
    std::size_t unit_end = end;
    while (unit_end < text.size() && !is_digit(text[unit_end]) && text[unit_end] != '.') {
      ++unit_end;
    }
    const std::string_view unit_name = text.substr(end, unit_end - end);
    if (unit_name.empty()) {
      if (at != 0) {
        return bad();
      }
      total = *number * 1e9;  // a bare number is seconds
      at = unit_end;
      continue;
    }
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == unit_name) {
        unit = &candidate;
      }
    }
    if (unit == nullptr) {
      return bad();
    }
    total += *number * static_cast<double>(unit->nanos);
    at = unit_end;
  }
  if (!(total >= 0) || total > kDurationMaxNanos) {
    return bad();
  }
  return Nanos(static_cast<std::int64_t>(std::llround(total)));
}

std::string format_duration(Nanos duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) {
    return "0s";
  }
  if (rest % 1'000'000'000 != 0) {
    if (rest % 1'000'000 == 0) {
      return fmt::format("{}ms", rest / 1'000'000);
    }
    return rest % 1'000 == 0 ? fmt::format("{}us", rest / 1'000) : fmt::format("{}ns", rest);
  }
  rest /= 1'000'000'000;
  std::string out;
  if (rest >= 3600) {
    out += fmt::format("{}h", rest / 3600);
    rest %= 3600;
  }
  if (rest >= 60) {
    out += fmt::format("{}m", rest / 60);
    rest %= 60;
  }
  if (rest > 0) {
    out += fmt::format("{}s", rest);
  }
  return out;
}

}  // namespace weft::base
