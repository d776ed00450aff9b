// The head parser's spine: lines (http1_lines.h) over bitmaps (http1_scan.h), then what they mean
// together (http1_framing.h).
#include "wire/http1.h"
#include "wire/http1_framing.h"
#include "wire/http1_lines.h"

#include <algorithm>

namespace weft::wire {
namespace {

using base::Code;
using base::Result;
using base::Side;

// Whether the input may hold a whole head, given that its first `seen` bytes do not. A line feed
// after an empty line ends a head; with bare LFs it does so too, so that the parser gets to refuse
// them. Looks only at new bytes: a head that comes byte by byte costs linear time.
bool may_be_complete(std::string_view input, std::size_t seen) {
  if (seen == 0) {
    return true;
  }
  std::size_t at = seen < 3 ? 0 : seen - 3;
  for (;;) {
    at = input.find('\n', at);
    if (at == std::string_view::npos) {
      return false;
    }
    const std::size_t next = at + 1 < input.size() && input[at + 1] == '\r' ? at + 2 : at + 1;
    if (next < input.size() && input[next] == '\n') {
      return true;
    }
    ++at;
  }
}

Result<std::size_t> fail_with(const base::Error& error, Side side) {
  return base::fail(error.code, error.what, side);
}

Result<std::size_t> more(std::string_view input, const HeadLimits& limits, Side side) {
  if (input.size() >= limits.head_bytes) {
    return base::fail(Code::kHeadTooLarge, "the message head is too large", side);
  }
  return std::size_t{0};
}

Result<std::size_t> parse_request(std::string_view input, const HeadLimits& limits,
                                  RequestHead& out, const scan::Scanner& scanner) {
  out.headers.clear();
  HeadLines lines(input, limits, scanner);
  Step step = lines.skip_empty_line();
  if (step == Step::kOk) {
    step = lines.request_line(out);
  }
  if (step == Step::kOk) {
    step = lines.fields(out.headers);
  }
  if (step != Step::kOk) {
    return step == Step::kMore ? more(input, limits, Side::kClient)
                               : fail_with(lines.failure(), Side::kClient);
  }
  if (const char* what = finish_request(out)) {
    return base::fail(Code::kBadMessage, what, Side::kClient);
  }
  out.bytes = lines.position();
  return out.bytes;
}

Result<std::size_t> parse_response(std::string_view input, Method request_method,
                                   const HeadLimits& limits, ResponseHead& out,
                                   const scan::Scanner& scanner) {
  out.headers.clear();
  HeadLines lines(input, limits, scanner);
  Step step = lines.status_line(out);
  if (step == Step::kOk) {
    step = lines.fields(out.headers);
  }
  if (step != Step::kOk) {
    return step == Step::kMore ? more(input, limits, Side::kBackend)
                               : fail_with(lines.failure(), Side::kBackend);
  }
  if (const char* what = finish_response(out, request_method)) {
    return base::fail(Code::kBadMessage, what, Side::kBackend);
  }
  out.bytes = lines.position();
  return out.bytes;
}

// What may belong to the head; bytes behind the limit must not change the verdict.
std::string_view within(std::string_view input, const HeadLimits& limits) {
  return input.substr(0, std::min(input.size(), limits.head_bytes));
}

// More bytes are needed and there is room for them. A head that fills its room is parsed all the
// same, so that its error is that of the whole, in whatever pieces it came.
bool is_still_short(std::string_view head, const HeadLimits& limits, std::size_t seen) {
  return head.size() < limits.head_bytes && !may_be_complete(head, seen);
}

}  // namespace

static_assert(base::facts_of(base::Limit::kHeadFields).most == HeaderList::kCapacity);

HeadLimits head_limits(const base::Limits& limits) {
  return {.head_bytes = limits[base::Limit::kHeadBytes],
          .header_count = limits[base::Limit::kHeadFields],
          .uri_bytes = limits[base::Limit::kUriBytes]};
}

Result<std::size_t> parse_request_head(std::string_view input, const HeadLimits& limits,
                                       RequestHead& out, std::size_t seen) {
  const std::string_view head = within(input, limits);
  if (is_still_short(head, limits, seen)) {
    return std::size_t{0};
  }
  return parse_request(head, limits, out, scan::best());
}

Result<std::size_t> parse_request_head_scalar(std::string_view input, const HeadLimits& limits,
                                              RequestHead& out, std::size_t seen) {
  const std::string_view head = within(input, limits);
  if (is_still_short(head, limits, seen)) {
    return std::size_t{0};
  }
  return parse_request(head, limits, out, scan::scalar());
}

Result<std::size_t> parse_response_head(std::string_view input, Method request_method,
                                        const HeadLimits& limits, ResponseHead& out,
                                        std::size_t seen) {
  const std::string_view head = within(input, limits);
  if (is_still_short(head, limits, seen)) {
    return std::size_t{0};
  }
  return parse_response(head, request_method, limits, out, scan::best());
}

Result<std::size_t> parse_response_head_scalar(std::string_view input, Method request_method,
                                               const HeadLimits& limits, ResponseHead& out,
                                               std::size_t seen) {
  const std::string_view head = within(input, limits);
  if (is_still_short(head, limits, seen)) {
    return std::size_t{0};
  }
  return parse_response(head, request_method, limits, out, scan::scalar());
}

}  // namespace weft::wire
