// The answers the gateway gives by itself, and whose fault they say it was. The only place that
// maps an Error to a status on the data plane.
#pragma once

#include "balance/candidates.h"
#include "base/error.h"
#include "base/limits.h"
#include "proxy/head_writer.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::proxy {

// One own answer. Texts are static or borrowed until it is written.
struct ErrorReply {
  std::uint16_t status = 500;
  std::string_view message;  // for people
  std::string_view reason;   // for programs, a word such as "backend_timeout"
  base::Side side = base::Side::kSelf;
  bool close = false;            // the connection cannot go on
  std::string_view extra_field;  // a whole field line, or empty
  bool is_failure = true;        // false: the answer is what was wanted, as a redirect is
};

// A request that could not be read: 400, 408, 414, 431, 501, 505; always closes.
ErrorReply reply_to_bad_request(const base::Error& error);
// A backend that failed: 502 (it broke or refused), 504 (it was too slow), 503 (overload).
ErrorReply reply_to_backend_error(const base::Error& error);
// What the gateway offers to nobody: 405 (CONNECT, TRACE), 417, 508 (came by here too often), 404.
ErrorReply reply_to_method();
ErrorReply reply_to_expectation();
ErrorReply reply_to_circle();
ErrorReply reply_to_no_route();
// A head that has no room for our fields: 431. A body that its service does not take: 413.
ErrorReply reply_to_grown_head();
ErrorReply reply_to_large_request();
// What a route's policies say instead of a backend. The fields are whole lines, borrowed.
ErrorReply reply_to_rate(std::string_view retry_after_field);
ErrorReply reply_by_redirect(std::uint16_t status, std::string_view location_field);
ErrorReply reply_by_fault(std::uint16_t status);
// An answer that is larger than its service allows: 502.
ErrorReply reply_to_large_answer();
// Nobody to send it to, or too many are under way: 503.
ErrorReply reply_to_refusal(balance::PickRefusal refusal);
// The loop has too much to do: 503.
ErrorReply reply_to_overload();
// The limit that was met, when it was one.
std::optional<base::Limit> limit_met(balance::PickRefusal refusal);

// Returns: "client", "backend", "gateway" or "store". Lifetime: static.
std::string_view side_name(base::Side side);

// What a failed request is found under; empty: not known. Borrowed.
struct ReplyNames {
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view service;   // whom it was meant for
  std::string_view instance;  // which failed last
};

// Writes the whole answer, head and JSON body `{"message","reason","side","service","instance",
// "request_id"}` with what is known. `has_body` is false for HEAD.
void write_error_reply(const ErrorReply& reply, const ReplyNames& names, bool has_body,
                       HeadWriter& out);

}  // namespace weft::proxy
