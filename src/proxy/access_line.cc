// append_access_line() of access_entry.h. On the log's thread, but for every request: numbers and
// times are written by hand.
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "proxy/access_entry.h"
#include "proxy/error_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace weft::proxy {
namespace {

void append_digits(std::string& out, std::uint64_t value, std::size_t width) {
  out.append(width, '0');
  for (std::size_t i = 1; i <= width; ++i, value /= 10) {
    out[out.size() - i] = static_cast<char>('0' + value % 10);
  }
}

void append_number(std::string& out, std::uint64_t value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

// RFC 3339 §5.6 in UTC, with milliseconds.
void append_time(std::string& out, base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const auto millis =
      static_cast<std::uint64_t>(std::chrono::duration_cast<base::Millis>(time - day).count());
  append_digits(out, static_cast<std::uint64_t>(std::max(0, static_cast<int>(date.year()))), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, millis / 3'600'000, 2);
  out += ':';
  append_digits(out, millis / 60'000 % 60, 2);
  out += ':';
  append_digits(out, millis / 1'000 % 60, 2);
  out += '.';
  append_digits(out, millis % 1'000, 3);
  out += 'Z';
}

void append_count(std::string& out, std::string_view key, std::uint64_t value) {
  out += key;
  append_number(out, value);
}

// Milliseconds with microseconds behind the point.
void append_millis(std::string& out, std::string_view key, std::int64_t nanos) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(0, nanos)) / 1'000;
  out += key;
  append_number(out, micros / 1'000);
  out += '.';
  append_digits(out, micros % 1'000, 3);
}

// Left out when empty. `key` brings its comma and colon.
void append_text(std::string& out, std::string_view key, std::string_view text) {
  if (!text.empty()) {
    out += key;
    base::append_json_bytes(out, text);
  }
}

}  // namespace

void append_access_line(std::string& out, const AccessEntry& entry) {
  const model::Record& record = entry.record;
  out += R"({"time":")";
  append_time(out, base::WallTime(base::Nanos(record.started_unix_ns)));
  out += '"';
  append_text(out, R"(,"client":)", entry.client);
  append_text(out, R"(,"method":)", entry.method);
  append_text(out, R"(,"host":)", entry.host);
  append_text(out, R"(,"path":)", entry.path);
  append_count(out, R"(,"status":)", record.status);
  append_count(out, R"(,"request_bytes":)", record.request_bytes);
  append_count(out, R"(,"response_bytes":)", record.response_bytes);
  append_millis(out, R"(,"duration_ms":)", record.duration_ns);
  if (record.first_byte_ns > 0) {
    append_millis(out, R"(,"first_byte_ms":)", record.first_byte_ns);
  }
  append_text(out, R"(,"service":)", entry.service);
  append_text(out, R"(,"instance":)", entry.instance);
  append_count(out, R"(,"retries":)", record.retries);
  append_text(out, R"(,"trace_id":)", entry.trace_id);
  append_text(out, R"(,"request_id":)", entry.request_id);
  append_text(out, R"(,"user_agent":)", entry.user_agent);
  if (record.failed) {
    append_text(out, R"(,"error":)",
                entry.error.empty() ? base::code_name(record.error) : entry.error);
    append_text(out, R"(,"side":)", side_name(record.side));
  }
  out += entry.is_cut ? ",\"cut\":true}\n" : "}\n";
}

}  // namespace weft::proxy
