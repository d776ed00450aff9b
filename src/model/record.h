// Record: one finished exchange, as the data plane saw it. Experience goes up in these.
#pragma once

#include "base/error.h"

#include <array>
#include <cstdint>
#include <type_traits>

namespace weft::model {

// The methods counted by name; anything else is kOther.
enum class Method : std::uint8_t {
  kOther,
  kGet,
  kHead,
  kPost,
  kPut,
  kPatch,
  kDelete,
  kOptions,
  kConnect,
  kTrace,
};

// Numbers are those of the snapshot the exchange began with; 0 is nobody.
// Thread: any (a plain value, copied through mailboxes by the thousand).
struct Record {
  std::int64_t started_unix_ns = 0;
  std::int64_t duration_ns = 0;      // first byte of the request to last byte of the answer
  std::int64_t first_byte_ns = 0;    // until the backend's first byte; 0: it never came
  std::int64_t connect_ns = 0;       // of the last try; 0: a pooled connection
  std::uint64_t request_bytes = 0;   // head and body, from the client
  std::uint64_t response_bytes = 0;  // head and body, to the client
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  std::array<std::uint8_t, 8> parent_span_id{};  // zero: this is the root
  std::uint32_t service = 0;                     // who was called
  std::uint32_t instance = 0;                    // which backend answered or failed last
  std::uint32_t client_service = 0;              // who called, when it said so
  std::uint32_t route = 0;
  std::uint16_t status = 0;  // sent to the client; 0: it went away before an answer
  std::uint16_t loop = 0;
  Method method = Method::kOther;
  std::uint8_t retries = 0;
  bool failed = false;  // error and side are meaningful
  base::Code error = base::Code::kInternal;
  base::Side side = base::Side::kSelf;
  bool sampled = false;  // the trace is to be kept
};
static_assert(sizeof(Record) <= 128);
static_assert(std::is_trivially_copyable_v<Record>);

}  // namespace weft::model
