// The Date field: IMF-fixdate, made once per second.
#pragma once

#include "base/time.h"

#include <string>

namespace weft::http {

// "Sun, 06 Nov 1994 08:49:37 GMT". Source: RFC 9110 §5.6.7. Thread: any; pure.
std::string format_http_date(base::WallTime time);

// Remembers the text of the running second. Thread: its loop.
class DateField final {
 public:
  // Lifetime of the reference: until the next call.
  const std::string& text(base::WallTime now);

 private:
  std::chrono::sys_seconds second_{};
  std::string text_ = format_http_date(base::WallTime{});
};

}  // namespace weft::http
