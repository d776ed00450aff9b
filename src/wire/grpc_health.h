// The two messages of grpc.health.v1.Health/Check, each in the frame of a unary gRPC call.
// Source: gRPC Health Checking Protocol; gRPC over HTTP2, "Length-Prefixed-Message"; Protocol
// Buffers, "Encoding".
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::wire {

inline constexpr std::string_view kGrpcHealthPath = "/grpc.health.v1.Health/Check";

// HealthCheckResponse.ServingStatus; a number that it does not have is kUnknown.
enum class ServingStatus : std::uint8_t { kUnknown, kServing, kNotServing, kServiceUnknown };

// Returns: "SERVING" and so on. Lifetime: static.
std::string_view serving_status_name(ServingStatus status);

// HealthCheckRequest. `service`: empty asks for the server as a whole.
std::string encode_health_request(std::string_view service);

// HealthCheckResponse: the whole body of an answer. Fields that it does not know are passed over.
// Errors: kBadMessage; kUnsupported (compressed, which we said we do not take). Thread: any; pure.
base::Result<ServingStatus> parse_health_answer(std::string_view body);

// Returns: "Unavailable" and so on for the text of a grpc-status; empty for one that gRPC does not
// have. Lifetime: static. Source: gRPC, "Status codes and their use".
std::string_view grpc_status_name(std::string_view status);

}  // namespace weft::wire
