#include "http/status.h"

#include <algorithm>
#include <array>

namespace weft::http {
namespace {

struct Phrase {
  int status;
  std::string_view text;
};

// Ordered by status.
constexpr std::array<Phrase, 45> kPhrases{{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {508, "Loop Detected"},
}};

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* at = std::lower_bound(kPhrases.begin(), kPhrases.end(), status,
                                    [](const Phrase& p, int wanted) { return p.status < wanted; });
  return at != kPhrases.end() && at->status == status ? at->text : std::string_view();
}

int status_of(base::Code code) {
  using base::Code;
  switch (code) {
    case Code::kBadMessage:
      return 400;
    case Code::kForbidden:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
      return 409;
    case Code::kBodyTooLarge:
      return 413;
    case Code::kUriTooLong:
      return 414;
    case Code::kInvalid:
      return 422;
    case Code::kLimit:
      return 429;
    case Code::kHeadTooLarge:
    case Code::kTooManyFields:
      return 431;
    case Code::kUnsupported:
      return 501;
    case Code::kRefused:
    case Code::kUnreachable:
    case Code::kReset:
    case Code::kClosed:
    case Code::kNoName:
    case Code::kUntrusted:
      return 502;
    case Code::kCancelled:
    case Code::kOverloaded:
    case Code::kUnavailable:
    case Code::kShutdown:
    case Code::kNoSpace:
      return 503;
    case Code::kTimeout:
      return 504;
    case Code::kAddressInUse:
    case Code::kIo:
    case Code::kInternal:
      break;
  }
  return 500;
}

}  // namespace weft::http
