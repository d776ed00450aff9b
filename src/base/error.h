// What can go wrong, whose fault it was, and whether a second try is safe.
// Start at Error; result.h carries it through functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::base {

// One enum for the whole program. The mapping to an HTTP status lives once per face and once in
// proxy/error_reply.cc.
enum class Code : std::uint8_t {
  kCancelled,      // the work was stopped by its owner
  kTimeout,        // a deadline passed
  kClosed,         // the peer ended the stream in an orderly way
  kReset,          // the peer ended the stream with a reset
  kRefused,        // nobody listens there
  kUnreachable,    // no way to the peer
  kAddressInUse,   // the local address is taken
  kNoName,         // the name does not resolve
  kUntrusted,      // the peer's certificate is not accepted
  kBadMessage,     // the bytes break the protocol
  kHeadTooLarge,   // a message head passes its limit
  kTooManyFields,  // a message head has more fields than its limit
  kUriTooLong,     // a request target passes its limit
  kBodyTooLarge,   // a body passes its limit
  kLimit,          // another named limit is reached
  kInvalid,        // a value is refused by validation
  kNotFound,       // the object does not exist
  kConflict,       // the object exists already, or the index moved on
  kForbidden,      // the caller may not do this
  kUnsupported,    // understood, but not offered here
  kOverloaded,     // refused to protect the rest
  kUnavailable,    // no usable instance, or a part is not ready
  kShutdown,       // this process is stopping
  kNoSpace,        // disk or descriptor table full
  kIo,             // the operating system failed; see sys
  kInternal,       // our own bug, reported instead of hidden
};

// Who caused it. A proxy answers 4xx, 502/504 or 503 by this, not by the code alone.
enum class Side : std::uint8_t { kClient, kBackend, kSelf, kStore };

// Is a second try safe?
enum class Retry : std::uint8_t {
  kNever,     // the peer may have acted on the request
  kIfReused,  // safe only when the connection was a pooled one that died idle
  kSafe,      // nothing was sent, or the method is idempotent
};

// Small and allocation-free. Context (route, endpoint, field path) is added where it is logged.
// Lifetime: `what` points to static text.
// Thread: any (a value).
struct Error {
  Code code = Code::kInternal;
  Side side = Side::kSelf;
  Retry retry = Retry::kNever;
  int sys = 0;  // errno, 0 when none
  const char* what = "";

  friend bool operator==(const Error& a, const Error& b) { return a.code == b.code; }
};

// Returns: the enumerator's name in snake case, e.g. "address_in_use".
std::string_view code_name(Code code);

// Returns: one line for people: what, code and the system's text for sys.
std::string describe(const Error& error);

// Maps an errno of a socket or file call to a code. Source: connect(2), recv(2), open(2).
Error error_from_errno(int sys, const char* what, Side side = Side::kSelf);

}  // namespace weft::base
