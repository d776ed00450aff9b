// append_access_line() of access_entry.h. On the log's thread, but for every request: into memory
// whose room is made once, numbers and times by hand.
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "proxy/access_entry.h"
#include "proxy/error_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace weft::proxy {
namespace {

char* put_digit(char* to, unsigned value) {
  *to = static_cast<char>('0' + value);
  return to + 1;
}

// Digits that are there also when they are zero.
char* put_two(char* to, unsigned value) { return put_digit(put_digit(to, value / 10), value % 10); }
char* put_three(char* to, unsigned value) {
  return put_two(put_digit(to, value / 100), value % 100);
}
char* put_four(char* to, unsigned value) { return put_two(put_two(to, value / 100), value % 100); }

char* put_number(char* to, std::uint64_t value) {
  if (value < 10) {
    return put_digit(to, static_cast<unsigned>(value));
  }
  const fmt::format_int digits(value);
  std::memcpy(to, digits.data(), digits.size());
  return to + digits.size();
}

// Of a literal: its size is known where it is copied.
template <std::size_t kBytes>
char* put(char* to, const char (&literal)[kBytes]) {
  std::memcpy(to, literal, kBytes - 1);
  return to + kBytes - 1;
}

// RFC 3339 §5.6 in UTC, with milliseconds.
char* put_time(char* to, base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto millis =
      static_cast<unsigned>(std::chrono::duration_cast<base::Millis>(time - day).count());
  to = put_four(to, static_cast<unsigned>(std::max(0, static_cast<int>(date.year()))));
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(date.month()));
  *to++ = '-';
  to = put_two(to, static_cast<unsigned>(date.day()));
  *to++ = 'T';
  to = put_two(to, millis / 3'600'000);
  *to++ = ':';
  to = put_two(to, millis / 60'000 % 60);
  *to++ = ':';
  to = put_two(to, millis / 1'000 % 60);
  *to++ = '.';
  to = put_three(to, millis % 1'000);
  *to++ = 'Z';
  return to;
}

// Milliseconds with microseconds behind the point.
char* put_millis(char* to, std::int64_t nanos) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanos)) / 1'000;
  to = put_number(to, micros / 1'000);
  *to++ = '.';
  return put_three(to, static_cast<unsigned>(micros % 1'000));
}

// Left out when empty. `key` brings its comma and colon.
template <std::size_t kBytes>
char* put_text(char* to, const char (&key)[kBytes], std::string_view text) {
  return text.empty() ? to : base::write_json_bytes(put(to, key), text);
}

char* put_line(char* to, const AccessEntry& entry) {
  const AccessNumbers& numbers = entry.numbers;
  to = put(to, R"({"time":")");
  to = put_time(to, base::WallTime(base::Nanos(numbers.started_unix_ns)));
  *to++ = '"';
  to = put_text(to, R"(,"client":)", entry.client);
  to = put_text(to, R"(,"method":)", entry.method);
  to = put_text(to, R"(,"host":)", entry.host);
  to = put_text(to, R"(,"path":)", entry.path);
  to = put_number(put(to, R"(,"status":)"), numbers.status);
  to = put_number(put(to, R"(,"request_bytes":)"), numbers.request_bytes);
  to = put_number(put(to, R"(,"response_bytes":)"), numbers.response_bytes);
  to = put_millis(put(to, R"(,"duration_ms":)"), numbers.duration_ns);
  if (numbers.first_byte_ns > 0) {
    to = put_millis(put(to, R"(,"first_byte_ms":)"), numbers.first_byte_ns);
  }
  to = put_text(to, R"(,"service":)", entry.service);
  to = put_text(to, R"(,"instance":)", entry.instance);
  to = put_number(put(to, R"(,"retries":)"), numbers.retries);
  to = put_text(to, R"(,"trace_id":)", entry.trace_id);
  to = put_text(to, R"(,"request_id":)", entry.request_id);
  to = put_text(to, R"(,"user_agent":)", entry.user_agent);
  if (numbers.failed) {
    to = put_text(to, R"(,"error":)",
                  entry.error.empty() ? base::code_name(numbers.error) : entry.error);
    to = put_text(to, R"(,"side":)", side_name(numbers.side));
  }
  return entry.is_cut ? put(to, ",\"cut\":true}\n") : put(to, "}\n");
}

// All keys, and numbers of any size.
constexpr std::size_t kFixedBytesMax = 1024;

std::size_t bytes_max(const AccessEntry& entry) {
  std::size_t bytes = kFixedBytesMax;
  for (const std::string_view text :
       {entry.client, entry.method, entry.host, entry.path, entry.service, entry.instance,
        entry.trace_id, entry.request_id, entry.user_agent, entry.error}) {
    bytes += base::json_bytes_max(text.size());
  }
  return bytes;
}

}  // namespace

void append_access_line(std::string& out, const AccessEntry& entry) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + bytes_max(entry), [&](char* text, std::size_t /*room*/) {
    return static_cast<std::size_t>(put_line(text + before, entry) - text);
  });
}

}  // namespace weft::proxy
