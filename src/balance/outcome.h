// How one attempt at an endpoint ended, as far as balancing cares. The proxy and the mesh call
// decide which it was; breaker, outlier detection and latency fold it.
#pragma once

#include "base/error.h"

#include <cstdint>

namespace weft::balance {

enum class Outcome : std::uint8_t {
  kSuccess,        // an answer below 500
  kServerError,    // an answer of 500 or above that is not a gateway error
  kGatewayError,   // an answer of 502, 503 or 504: somebody on the way spoke, not the service
  kTimeout,        // no answer in time
  kConnectFailed,  // refused, unreachable, or not connected in time
  kStreamFailed,   // reset, closed early or broken protocol after the connection stood
  kCancelled,      // the client went away or we stopped; says nothing about the endpoint
};

constexpr bool is_gateway_status(int status) { return status >= 502 && status <= 504; }

// The answer's status alone; 100..599. Source: contract/sutazai.md §1.1 (a failure is a connect
// error, a timeout or a 5xx).
constexpr Outcome outcome_of_status(int status) {
  if (status < 500) {
    return Outcome::kSuccess;
  }
  return is_gateway_status(status) ? Outcome::kGatewayError : Outcome::kServerError;
}

// An attempt that ended with an error. What is our own fault, or the client's, says nothing about
// the endpoint.
constexpr Outcome outcome_of_error(const base::Error& error) {
  switch (error.code) {
    case base::Code::kCancelled:
    case base::Code::kShutdown:
    case base::Code::kNoSpace:
    case base::Code::kOverloaded:
      return Outcome::kCancelled;
    case base::Code::kRefused:
    case base::Code::kUnreachable:
    case base::Code::kNoName:
      return Outcome::kConnectFailed;
    case base::Code::kTimeout:
      return error.retry == base::Retry::kSafe ? Outcome::kConnectFailed : Outcome::kTimeout;
    default:
      return error.retry == base::Retry::kSafe ? Outcome::kConnectFailed : Outcome::kStreamFailed;
  }
}

constexpr bool is_failure(Outcome outcome) {
  return outcome != Outcome::kSuccess && outcome != Outcome::kCancelled;
}

// The endpoint was not reached, or did not speak for itself. Source: Envoy,
// consecutive_gateway_failure (502, 503, 504 and local-origin errors).
constexpr bool is_gateway_failure(Outcome outcome) {
  return is_failure(outcome) && outcome != Outcome::kServerError;
}

}  // namespace weft::balance
