// The answer to a gRPC health check: any bytes give a status or an error, and what is behind a
// message changes it.
#include "fuzz.h"
#include "wire/grpc_health.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  const std::string_view input = fuzz::as_text(data, size);
  const auto status = wire::parse_health_answer(input);
  if (status) {
    WEFT_ASSERT(!wire::serving_status_name(*status).empty());
    WEFT_ASSERT(!wire::parse_health_answer(std::string(input) + '\0'));
    WEFT_ASSERT(!wire::parse_health_answer(input.substr(0, input.size() - 1)));
  }
  // A request is such a message too, whose one field is of another kind.
  WEFT_ASSERT(wire::parse_health_answer(wire::encode_health_request(input)) ==
              wire::ServingStatus::kUnknown);
  return 0;
}
