#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace weft::base {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kCancelled:
      return "cancelled";
    case Code::kTimeout:
      return "timeout";
    case Code::kClosed:
      return "closed";
    case Code::kReset:
      return "reset";
    case Code::kRefused:
      return "refused";
    case Code::kUnreachable:
      return "unreachable";
    case Code::kAddressInUse:
      return "address_in_use";
    case Code::kNoName:
      return "no_name";
    case Code::kUntrusted:
      return "untrusted";
    case Code::kBadMessage:
      return "bad_message";
    case Code::kHeadTooLarge:
      return "head_too_large";
    case Code::kTooManyFields:
      return "too_many_fields";
    case Code::kUriTooLong:
      return "uri_too_long";
    case Code::kBodyTooLarge:
      return "body_too_large";
    case Code::kLimit:
      return "limit";
    case Code::kInvalid:
      return "invalid";
    case Code::kNotFound:
      return "not_found";
    case Code::kConflict:
      return "conflict";
    case Code::kForbidden:
      return "forbidden";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kOverloaded:
      return "overloaded";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kShutdown:
      return "shutdown";
    case Code::kNoSpace:
      return "no_space";
    case Code::kIo:
      return "io";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

std::string describe(const Error& error) {
  const std::string_view what = error.what;
  if (error.sys != 0) {
    return fmt::format("{}{}{} ({})", what, what.empty() ? "" : ": ", code_name(error.code),
                       strerrordesc_np(error.sys));
  }
  return what.empty() ? std::string(code_name(error.code))
                      : fmt::format("{} ({})", what, code_name(error.code));
}

Error error_from_errno(int sys, const char* what, Side side) {
  Code code = Code::kIo;
  Retry retry = Retry::kNever;
  switch (sys) {
    case ECANCELED:
      code = Code::kCancelled;
      break;
    case ETIMEDOUT:
    case ETIME:
      code = Code::kTimeout;
      break;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      code = Code::kReset;
      retry = Retry::kIfReused;
      break;
    case ECONNREFUSED:
      code = Code::kRefused;
      retry = Retry::kSafe;
      break;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      code = Code::kUnreachable;
      retry = Retry::kSafe;
      break;
    case EADDRINUSE:
      code = Code::kAddressInUse;
      break;
    case EACCES:
    case EPERM:
      code = Code::kForbidden;
      break;
    case ENOENT:
      code = Code::kNotFound;
      break;
    case ENOSYS:
    case EOPNOTSUPP:
      code = Code::kUnsupported;
      break;
    case EADDRNOTAVAIL:  // no local port is left
    case EAGAIN:         // connect: likewise, or the backlog of a unix socket is full
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case EDQUOT:
      code = Code::kNoSpace;
      break;
    default:
      break;
  }
  return Error{code, side, retry, sys, what};
}

}  // namespace weft::base
